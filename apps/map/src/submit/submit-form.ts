import type { Submission } from '../api/api-client.js';
import type { FieldFault } from '../api/api-error.js';
import { element, setText } from '../page/elements.js';
import { EXAMPLE_ADDRESSES, EXAMPLE_NAMES } from './example-places.js';
import { FORM_FIELDS, type FormField } from './refusal-texts.js';
import { sourceAddressFault } from './source-address.js';
import { submissionOf } from './written-event.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export interface SubmitFormOptions {
  readonly onChange: () => void;
  readonly onSubmit: () => void;
}

/** The fields of an event that somebody writes, with what is wrong with each of them. */
export class SubmitForm {
  readonly element: HTMLFormElement;
  private readonly inputs: Readonly<Record<FormField, HTMLInputElement>> = {
    name: makeInput('name', { value: EXAMPLE_NAMES[0] ?? '' }),
    status_code: makeInput('status-code', { inputmode: 'numeric', value: '2' }),
    source_ip: makeInput('address', { value: EXAMPLE_ADDRESSES[0], list: 'example-addresses' }),
  };
  private readonly faults = new Map<FormField, HTMLElement>();
  /** Only there is what this page says about the source believed. */
  private readonly choosesAddress = LOOPBACK.test(location.hostname);
  private sent = 0;

  constructor(private readonly options: SubmitFormOptions) {
    const send = element('button', { type: 'submit', class: 'primary' }, 'Send the event');
    this.element = element('form', {}, ...this.makeFields(), send);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      options.onSubmit();
    });
    this.element.addEventListener('input', () => options.onChange());
    this.element.addEventListener('change', () => this.tidy());
    this.ignoreRepeats(send);
  }

  /** The event as it is written. */
  get submission(): Submission {
    return submissionOf(this.inputs.name.value, this.inputs.status_code.value);
  }

  /** Null where the event comes from the address of who sends it. */
  get sourceIp(): string | null {
    const address = this.inputs.source_ip.value.trim();
    return this.choosesAddress && address !== '' ? address : null;
  }

  /** Shows what is wrong with the address, of which the API says nothing. @returns whether nothing is */
  hasUsableAddress(): boolean {
    const message = this.sourceIp === null ? null : sourceAddressFault(this.sourceIp);
    this.showFaults(message === null ? [] : [{ field: 'source_ip', message }]);
    return message === null;
  }

  /** The focus goes to the first field with a fault, which is read out with it. */
  showFaults(faults: readonly FieldFault[]): void {
    for (const field of FORM_FIELDS) {
      const message = faults.find((fault) => fault.field === field)?.message ?? '';
      const place = this.faults.get(field);
      if (place === undefined) continue;
      setText(place, message);
      place.hidden = message === '';
      this.inputs[field].setAttribute('aria-invalid', String(message !== ''));
    }
    FORM_FIELDS.map((field) => this.inputs[field])
      .find((input) => input.getAttribute('aria-invalid') === 'true')
      ?.focus();
  }

  /** So that the next one comes from elsewhere. Not the address that somebody has written. */
  proposeAnother(): void {
    const { name, source_ip: address } = this.inputs;
    const place = EXAMPLE_ADDRESSES.indexOf(address.value as (typeof EXAMPLE_ADDRESSES)[number]);
    if (place >= 0) address.value = EXAMPLE_ADDRESSES[(place + 1) % EXAMPLE_ADDRESSES.length] ?? '';
    if (EXAMPLE_NAMES.includes(name.value)) name.value = EXAMPLE_NAMES[++this.sent % EXAMPLE_NAMES.length] ?? '';
    this.options.onChange();
  }

  /** A double click, or Enter that is held down, is meant as one press. */
  private ignoreRepeats(send: HTMLButtonElement): void {
    send.addEventListener('click', (event) => {
      if (event.detail > 1) event.preventDefault();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.repeat) event.preventDefault();
    });
  }

  /** Blanks around these two are no part of them, and are not seen. */
  private tidy(): void {
    for (const input of [this.inputs.status_code, this.inputs.source_ip]) input.value = input.value.trim();
    this.options.onChange();
  }

  private makeFields(): HTMLElement[] {
    const options = EXAMPLE_ADDRESSES.map((value) => element('option', { value }));
    const fields = [this.makeField('name', 'Name'), this.makeField('status_code', 'Status code')];
    if (!this.choosesAddress) {
      return [...fields, element('p', { class: 'hint' }, 'It comes from your own address.')];
    }
    const from = this.makeField('source_ip', 'From the address');
    from.append(element('datalist', { id: 'example-addresses' }, ...options));
    return [...fields, from];
  }

  private makeField(field: FormField, label: string): HTMLElement {
    const input = this.inputs[field];
    const fault = element('span', { class: 'fault', id: `${input.id}-fault`, hidden: true });
    input.setAttribute('aria-describedby', fault.id);
    this.faults.set(field, fault);
    return element('div', { class: 'field' }, element('label', { for: input.id }, label), input, fault);
  }
}

function makeInput(name: string, properties: Record<string, string>): HTMLInputElement {
  return element('input', {
    id: `try-${name}`,
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    ...properties,
  });
}
