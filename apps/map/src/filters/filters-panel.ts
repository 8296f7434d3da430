import {
  type FilterName,
  type Filters,
  hasOwnTimes,
  type PageState,
  type Range,
  RANGES,
} from '../address/page-state.js';
import type { FieldFault } from '../api/api-error.js';
import type { LocationStatus } from '../api/event-types.js';
import { STATUS_TEXTS } from '../list/event-row.js';
import { element, icon, setText } from '../page/elements.js';
import { FILTER_FIELDS, FILTER_LABELS, type FilterField, filterOf, localTimeOf } from './filter-fields.js';
import { filterTexts } from './filter-texts.js';

const RANGE_TEXTS: Readonly<Record<Range, string>> = {
  '15m': '15 min',
  '1h': '1 h',
  '24h': '24 h',
  '7d': '7 days',
  '30d': '30 days',
  all: 'All',
};
const STATUSES = Object.keys(STATUS_TEXTS) as LocationStatus[];

export interface FiltersPanelOptions {
  readonly onRange: (range: Range) => void;
  readonly onFilters: (filters: Filters) => void;
  readonly onArea: () => void;
}

/** The range, what is filtered by, and a form of all filters. The address has their state; here it is shown and changed. */
export class FiltersPanel {
  private readonly total = element('p', { class: 'total' });
  private readonly ranges = new Map<Range, HTMLInputElement>();
  private readonly chips = element('ul', { class: 'chips', 'aria-label': 'Filters in force' });
  private readonly inputs = new Map<FilterName, HTMLInputElement>();
  private readonly faults = new Map<FilterName, HTMLElement>();
  private readonly statuses = new Map<LocationStatus, HTMLInputElement>();
  /** For who does not see the fields. It is there all the time, since only then its text is read out when it comes. */
  private readonly said = element('p', { class: 'visually-hidden', role: 'alert' });
  private readonly toggle = element('summary', { class: 'quiet' }, icon('filter'), 'Filters');
  private readonly form: HTMLFormElement;
  private filters: Filters = {};

  constructor(
    root: HTMLElement,
    private readonly options: FiltersPanelOptions,
  ) {
    this.form = this.makeForm();
    root.append(
      element('div', { class: 'filter-line' }, this.total, this.makeRanges(), this.chips),
      this.said,
      element('details', { class: 'filter-form' }, this.toggle, this.form),
    );
  }

  show(state: PageState): void {
    this.filters = state.filters;
    for (const [range, input] of this.ranges) input.checked = range === state.range && !hasOwnTimes(state);
    for (const { name, type } of FILTER_FIELDS) {
      const value = state.filters[name] ?? '';
      const input = this.inputs.get(name);
      if (input !== undefined) input.value = type === 'datetime-local' ? localTimeOf(value) : value;
    }
    const chosen = new Set(state.filters.location_status?.split(','));
    for (const [status, input] of this.statuses) input.checked = chosen.has(status);
    this.showChips(state.filters);
    this.showFaults([]);
  }

  showTotal(text: string): void {
    setText(this.total, text);
  }

  /** What the API says of the filters; it is the one that knows. */
  showFaults(faults: readonly FieldFault[]): void {
    const told = ['These filters cannot be used.'];
    for (const [name, place] of this.faults) {
      const message = faults.find(({ field }) => field === name)?.message ?? '';
      setText(place, message);
      place.hidden = message === '';
      for (const input of this.inputsOf(name)) input.setAttribute('aria-invalid', String(message !== ''));
      if (message !== '') told.push(`${FILTER_LABELS[name]}: ${message}.`);
    }
    setText(this.said, faults.length > 0 ? told.join(' ') : '');
    if (faults.length > 0) this.form.closest('details')?.setAttribute('open', '');
  }

  private inputsOf(name: FilterName): readonly HTMLInputElement[] {
    return name === 'location_status'
      ? [...this.statuses.values()]
      : [this.inputs.get(name)].filter((one) => one !== undefined);
  }

  private makeRanges(): HTMLElement {
    const choices = (Object.keys(RANGES) as Range[]).map((range) => {
      const input = element('input', { type: 'radio', name: 'range', value: range });
      input.addEventListener('change', () => this.options.onRange(range));
      this.ranges.set(range, input);
      return element('label', {}, input, element('span', {}, RANGE_TEXTS[range]));
    });
    const legend = element('legend', { class: 'visually-hidden' }, 'Received within');
    return element('fieldset', { class: 'ranges' }, legend, ...choices);
  }

  private makeForm(): HTMLFormElement {
    const form = element('form', { 'aria-label': 'All filters' });
    form.append(this.makeStatuses(), ...FILTER_FIELDS.map((field) => this.makeField(field)), this.makeButtons());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.options.onFilters(this.written());
    });
    return form;
  }

  private makeStatuses(): HTMLElement {
    const boxes = STATUSES.map((status) => {
      const input = element('input', { type: 'checkbox', name: 'location_status', value: status });
      this.statuses.set(status, input);
      return element('label', {}, input, icon(status), STATUS_TEXTS[status]);
    });
    const fault = this.makeFault('location_status');
    const described = { 'aria-describedby': fault.id };
    const legend = element('legend', {}, 'Location status');
    return element('fieldset', { class: 'statuses', ...described }, legend, ...boxes, fault);
  }

  private makeField(field: FilterField): HTMLElement {
    const { name, label, hint, type = 'text' } = field;
    const id = `filter-${name}`;
    const described = { 'aria-describedby': `${id}-hint ${id}-fault` };
    const input = element('input', {
      id,
      name,
      type,
      step: '1',
      spellcheck: 'false',
      autocomplete: 'off',
      ...described,
    });
    // What is seen is what is asked for.
    if (type === 'text')
      input.addEventListener('change', () => (input.value = filterOf(field, input.value, undefined)));
    this.inputs.set(name, input);
    const hinted = element('span', { class: 'hint', id: `${id}-hint` }, hint);
    return element(
      'div',
      { class: 'field' },
      element('label', { for: id }, label),
      input,
      hinted,
      this.makeFault(name),
    );
  }

  private makeFault(name: FilterName): HTMLElement {
    const fault = element('span', { class: 'fault', id: `filter-${name}-fault`, hidden: true });
    this.faults.set(name, fault);
    return fault;
  }

  private makeButtons(): HTMLElement {
    const clear = element('button', { type: 'button', onclick: () => this.options.onFilters({}) }, 'Clear all');
    const area = element(
      'button',
      { type: 'button', onclick: () => this.options.onArea() },
      'Area: what the map shows',
    );
    const apply = element('button', { type: 'submit', class: 'primary' }, 'Apply');
    return element('div', { class: 'buttons' }, area, clear, apply);
  }

  /** What is in the form. */
  private written(): Filters {
    const filters: Partial<Record<FilterName, string>> = {};
    for (const field of FILTER_FIELDS) {
      const meant = filterOf(field, this.inputs.get(field.name)?.value ?? '', this.filters[field.name]);
      if (meant !== '') filters[field.name] = meant;
    }
    const chosen = STATUSES.filter((status) => this.statuses.get(status)?.checked);
    if (chosen.length > 0) filters.location_status = chosen.join(',');
    return filters;
  }

  /** Somebody who has removed one with the keyboard goes on with the next. */
  private showChips(filters: Filters): void {
    const place = [...this.chips.children].findIndex((chip) => chip.contains(document.activeElement));
    this.chips.replaceChildren(...this.chipsOf(filters));
    if (place < 0) return;
    const next = this.chips.children[Math.min(place, this.chips.childElementCount - 1)];
    (next?.querySelector('button') ?? this.toggle).focus();
  }

  private chipsOf(filters: Filters): HTMLElement[] {
    return filterTexts(filters).map(({ name, text }) => {
      const { [name]: _gone, ...others } = filters;
      const onclick = () => this.options.onFilters(others);
      const label = { 'aria-label': `Remove the filter ${text}` };
      return element('li', {}, element('button', { type: 'button', onclick, ...label }, text, icon('close')));
    });
  }
}
