import type { WhenceEvent } from '../api/event-types.js';
import type { FilterName } from '../address/page-state.js';
import { byId, element, icon, setText } from '../page/elements.js';
import { type KeptRow, KeptRows } from '../page/kept-rows.js';
import { eventTitle } from '../text/formatters.js';
import { type Fact, factsOf } from './event-facts.js';

export interface EventDetailsOptions {
  readonly onClose: () => void;
  readonly onFilter: (name: FilterName, value: string) => void;
  readonly onShowOnMap: (event: WhenceEvent) => void;
}

/** One event in full. What is shown stays while the event changes, with the focus, and what somebody has selected. */
export class EventDetails {
  private readonly title = element('h3', {});
  private readonly loading = element('p', { class: 'loading' }, 'Loading…');
  private readonly fault = element('p', { class: 'fault', role: 'alert' });
  private readonly facts = element('dl', { class: 'facts' });
  private readonly card: HTMLElement;
  private readonly rows = new KeptRows(
    this.facts,
    ({ key }: Fact) => key,
    (fact) => this.makeRow(fact),
  );
  private event: WhenceEvent | null = null;
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
    this.card.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      // Else it would close what the map tells of a place as well, to which the focus goes back.
      event.stopPropagation();
      options.onClose();
    });
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
    const back = this.cameFrom?.checkVisibility() ? this.cameFrom : byId('events');
    if (wasIn && back instanceof HTMLElement) back.focus();
    this.cameFrom = null;
  }

  showFault(message: string): void {
    this.showNothingBut(message, false);
  }

  show(event: WhenceEvent): void {
    this.setTitle(eventTitle(event));
    this.showParts('', false);
    this.event = event;
    this.rows.show(factsOf(event, Date.now()));
  }

  private showNothingBut(fault: string, isLoading: boolean): void {
    this.rows.show([]);
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

  private makeRow({ name }: Fact): KeptRow<Fact> {
    const value = element('dd', {});
    let shown = '';
    return {
      element: element('div', {}, element('dt', {}, name), value),
      show: (fact) => {
        const isSame = shown === JSON.stringify(fact);
        shown = JSON.stringify(fact);
        if (isSame) return;
        if (fact.kind === 'text') setText(value, fact.text);
        else value.replaceChildren(...this.valueOf(fact));
      },
    };
  }

  private valueOf({ kind, text, filter }: Fact): (Node | string)[] {
    const { event } = this;
    if (event === null) return [text];
    const link = (label: string, onclick: () => void, title: string | false) =>
      element('button', { type: 'button', class: 'link', title, onclick }, label);
    if (filter !== undefined)
      return [link(text, () => this.options.onFilter(filter.name, filter.value), 'Show only these')];
    if (kind === 'time') return [element('time', { datetime: event.received_at }, text)];
    if (kind === 'code') return [element('code', {}, text)];
    return [`${text} `, link('Show on the map', () => this.options.onShowOnMap(event), false)];
  }
}
