import type { Submission } from '../api/api-client.js';
import { urlOf } from '../api/api-client.js';
import { ApiError } from '../api/api-error.js';
import type { WhenceEvent } from '../api/event-types.js';
import { element, setText } from '../page/elements.js';
import { FollowedEvent } from '../page/followed-event.js';
import type { PageData } from '../page/page-data.js';
import { etaText, placeText } from '../text/formatters.js';
import { curlLine } from './curl-line.js';
import { EXAMPLE_ADDRESSES, EXAMPLE_NAMES } from './example-places.js';
import { RoundTrip } from './round-trip.js';
import { submissionOf } from './written-event.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export interface SubmitPanelOptions {
  readonly hasKey: () => boolean;
  readonly onOpen: (taskId: string) => void;
}

/** Sends an event, shows how it goes on, and says the same for a shell. */
export class SubmitPanel {
  private readonly name = this.input('name', { value: EXAMPLE_NAMES[0] ?? '' });
  private readonly code = this.input('status-code', { inputmode: 'numeric', value: '2' });
  private readonly address = this.input('address', { value: EXAMPLE_ADDRESSES[0], list: 'example-addresses' });
  private readonly curl = element('code', {});
  private readonly copied = element('span', { role: 'status' });
  private readonly trip: RoundTrip;
  private readonly followed: FollowedEvent;
  /** Only there is what this page says about the source believed. */
  private readonly choosesAddress = LOOPBACK.test(location.hostname);
  private sent = 0;
  private sends = 0;

  constructor(
    root: HTMLElement,
    private readonly data: PageData,
    private readonly options: SubmitPanelOptions,
  ) {
    this.trip = new RoundTrip(options.onOpen);
    this.followed = new FollowedEvent({
      read: (taskId) => data.event(taskId),
      onNews: (event) => this.showNews(event),
      onFailure: (error) => this.showUnread(error),
    });
    const send = element('button', { type: 'submit', class: 'primary' }, 'Send the event');
    const form = element('form', {}, ...this.fields(), send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    form.addEventListener('input', () => this.showCurl());
    form.addEventListener('change', () => this.tidy());
    const copy = element('button', { type: 'button', class: 'quiet', onclick: () => void this.copy() }, 'Copy');
    root.append(
      element('div', { class: 'panel-head' }, element('h2', { id: 'try-title' }, 'Send one yourself')),
      form,
      this.trip.list,
      this.trip.said,
      element('div', { class: 'panel-head curl-head' }, element('h3', {}, 'The same with curl'), this.copied, copy),
      element('pre', { class: 'curl' }, this.curl),
    );
    this.showCurl();
  }

  /** Takes in news of the event that was sent. */
  take(events: readonly WhenceEvent[]): void {
    this.followed.take(events);
  }

  /** The API is back, or knows who asks. */
  retryNow(): void {
    this.followed.retryNow();
  }

  /** Whether a key is needed may have become clear. */
  showCurl(): void {
    const url = urlOf('event/submit/');
    const needsKey = this.options.hasKey();
    setText(this.curl, curlLine({ url, body: this.submission(), sourceIp: this.sourceIp(), needsKey }));
  }

  private async submit(): Promise<void> {
    const startedAt = performance.now();
    const send = ++this.sends;
    this.followed.leave();
    this.trip.start();
    try {
      const { task_id } = await this.data.submit(this.submission(), this.sourceIp());
      if (send !== this.sends) return;
      this.trip.accepted(task_id, Math.round(performance.now() - startedAt));
      this.followed.follow(task_id);
      this.proposeAnother();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (send !== this.sends) return;
      const faults = error.faults.map(({ field, message }) => `${field}: ${message}`);
      this.trip.refused([error.message, ...faults].join(' '));
    }
  }

  /** It goes on to wait where the API does not answer just now; that is said elsewhere. */
  private showUnread(error: ApiError): void {
    if (!error.mayPass) this.trip.unknown(error.message);
  }

  private showNews(event: WhenceEvent): void {
    if (event.location_status === 'pending') this.trip.pending(etaText(event.estimated_located_at, Date.now()));
    else this.trip.settled(event.location_status, placeText(event, Date.now()));
  }

  /** So that the next one comes from elsewhere. Not the address that somebody has written. */
  private proposeAnother(): void {
    const place = EXAMPLE_ADDRESSES.indexOf(this.address.value as (typeof EXAMPLE_ADDRESSES)[number]);
    if (place >= 0) this.address.value = EXAMPLE_ADDRESSES[(place + 1) % EXAMPLE_ADDRESSES.length] ?? '';
    if (EXAMPLE_NAMES.includes(this.name.value))
      this.name.value = EXAMPLE_NAMES[++this.sent % EXAMPLE_NAMES.length] ?? '';
    this.showCurl();
  }

  /** Blanks around these two are no part of them, and are not seen. */
  private tidy(): void {
    for (const input of [this.code, this.address]) input.value = input.value.trim();
    this.showCurl();
  }

  private submission(): Submission {
    return submissionOf(this.name.value, this.code.value);
  }

  private sourceIp(): string | null {
    const address = this.address.value.trim();
    return this.choosesAddress && address !== '' ? address : null;
  }

  private fields(): HTMLElement[] {
    const options = EXAMPLE_ADDRESSES.map((value) => element('option', { value }));
    const fields = [this.field('Name', this.name), this.field('Status code', this.code)];
    if (!this.choosesAddress) {
      return [...fields, element('p', { class: 'hint' }, 'It comes from your own address.')];
    }
    const from = this.field('From the address', this.address);
    from.append(element('datalist', { id: 'example-addresses' }, ...options));
    return [...fields, from];
  }

  private field(label: string, input: HTMLInputElement): HTMLElement {
    return element('div', { class: 'field' }, element('label', { for: input.id }, label), input);
  }

  private input(name: string, properties: Record<string, string>): HTMLInputElement {
    return element('input', {
      id: `try-${name}`,
      type: 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      ...properties,
    });
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.curl.textContent ?? '');
      setText(this.copied, 'Copied');
    } catch {
      // Without TLS there is no clipboard for pages.
      getSelection()?.selectAllChildren(this.curl);
      setText(this.copied, 'Selected: copy it with Ctrl+C');
    }
    setTimeout(() => setText(this.copied, ''), 4_000);
  }
}
