import type { WhenceEvent } from '../api/event-types.js';
import type { FilterName } from '../address/page-state.js';
import { byId, element, icon, setText } from '../page/elements.js';
import { eventTitle } from '../text/formatters.js';
import { type Fact, factsOf } from './event-facts.js';

export interface EventDetailsOptions {
  readonly onClose: () => void;
  readonly onFilter: (name: FilterName, value: string) => void;
  readonly onShowOnMap: (event: WhenceEvent) => void;
}

interface Row {
  readonly item: HTMLElement;
  readonly value: HTMLElement;
  shown: string;
}

/** One event in full. What is shown stays while the event changes, with the focus, and what somebody has selected. */
export class EventDetails {
  private readonly title = element('h3', {});
  private readonly loading = element('p', { class: 'loading' }, 'Loading…');
  private readonly fault = element('p', { class: 'fault', role: 'alert' });
  private readonly facts = element('dl', { class: 'facts' });
  private readonly card: HTMLElement;
  private readonly rows = new Map<string, Row>();
  /** What had the focus before. */
  private cameFrom: Element | null = null;

  constructor(
    private readonly place: HTMLElement,
    private readonly options: EventDetailsOptions,
  ) {
    const close = element(
      'button',
      { type: 'button', class: 'quiet square', 'aria-label': 'Close the details', onclick: () => options.onClose() },
      icon('close'),
    );
    const head = element('div', { class: 'panel-head' }, this.title, close);
    this.card = element('article', { class: 'details', tabindex: -1 }, head, this.loading, this.fault, this.facts);
  }

  /** Makes room for an event that is not known yet. */
  open(): void {
    this.showNothingBut('', true);
    if (!this.card.isConnected) this.place.append(this.card);
    this.place.scrollTop = 0;
  }

  /** For whoever has opened it: it is read from here on. */
  focus(): void {
    const { activeElement } = document;
    if (!this.card.contains(activeElement)) this.cameFrom = activeElement;
    this.card.focus();
  }

  /** Whoever was in it is again where they were before. */
  close(): void {
    const wasIn = this.card.contains(document.activeElement);
    this.card.remove();
    const back = this.cameFrom?.isConnected ? this.cameFrom : byId('events');
    if (wasIn && back instanceof HTMLElement) back.focus();
    this.cameFrom = null;
  }

  showFault(message: string): void {
    this.showNothingBut(message, false);
  }

  show(event: WhenceEvent): void {
    this.setTitle(eventTitle(event));
    this.showParts('', false);
    const facts = factsOf(event, Date.now());
    this.removeOthers(new Set(facts.map(({ key }) => key)));
    let next = this.facts.firstElementChild;
    for (const fact of facts) {
      const row = this.rows.get(fact.key) ?? this.addRow(fact);
      if (row.item === next) next = next.nextElementSibling;
      else this.facts.insertBefore(row.item, next);
      this.showFact(row, fact, event);
    }
  }

  private showNothingBut(fault: string, isLoading: boolean): void {
    this.facts.replaceChildren();
    this.rows.clear();
    this.setTitle('Event');
    this.showParts(fault, isLoading);
  }

  private showParts(fault: string, isLoading: boolean): void {
    setText(this.fault, fault);
    this.fault.hidden = fault === '';
    this.loading.hidden = !isLoading;
  }

  private setTitle(title: string): void {
    setText(this.title, title);
    this.card.setAttribute('aria-label', `Details: ${title}`);
  }

  private removeOthers(keys: ReadonlySet<string>): void {
    for (const [key, { item }] of this.rows) {
      if (keys.has(key)) continue;
      item.remove();
      this.rows.delete(key);
    }
  }

  private addRow({ key, name }: Fact): Row {
    const value = element('dd', {});
    const row = { item: element('div', {}, element('dt', {}, name), value), value, shown: '' };
    this.rows.set(key, row);
    return row;
  }

  private showFact(row: Row, fact: Fact, event: WhenceEvent): void {
    const shown = JSON.stringify(fact);
    if (shown === row.shown) return;
    row.shown = shown;
    if (fact.kind === 'text') setText(row.value, fact.text);
    else row.value.replaceChildren(...this.valueOf(fact, event));
  }

  private valueOf({ kind, text, filter }: Fact, event: WhenceEvent): (Node | string)[] {
    const link = (label: string, onclick: () => void, title: string | false) =>
      element('button', { type: 'button', class: 'link', title, onclick }, label);
    if (filter !== undefined)
      return [link(text, () => this.options.onFilter(filter.name, filter.value), 'Show only these')];
    if (kind === 'time') return [element('time', { datetime: event.received_at }, text)];
    if (kind === 'code') return [element('code', {}, text)];
    return [`${text} `, link('Show on the map', () => this.options.onShowOnMap(event), false)];
  }
}
