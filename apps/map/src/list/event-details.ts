import type { WhenceEvent } from '../api/event-types.js';
import type { FilterName } from '../address/page-state.js';
import { element, icon } from '../page/elements.js';
import { coordinatesText, countryName, etaText, eventTitle, timeText } from '../text/formatters.js';
import { STATUS_TEXTS } from './event-row.js';

export interface EventDetailsOptions {
  readonly onClose: () => void;
  readonly onFilter: (name: FilterName, value: string) => void;
  readonly onShowOnMap: (event: WhenceEvent) => void;
}

/** One event in full. */
export class EventDetails {
  constructor(
    private readonly place: HTMLElement,
    private readonly options: EventDetailsOptions,
  ) {}

  hide(): void {
    this.place.replaceChildren();
  }

  showFault(message: string): void {
    this.place.replaceChildren(this.card('Event', element('p', { class: 'fault', role: 'alert' }, message)));
  }

  show(event: WhenceEvent): void {
    const { location } = event;
    const facts = element('dl', { class: 'facts' });
    const add = (name: string, ...value: (Node | string)[]) =>
      facts.append(element('div', {}, element('dt', {}, name), element('dd', {}, ...value)));
    add('Status', ...this.statusOf(event));
    if (location !== null) this.addPlace(event, add);
    if (event.name !== null) add('Name', this.filter('name', event.name));
    if (event.status_code !== null) add('Status code', this.filter('status_code', String(event.status_code)));
    if (event.source_ip !== null) add('Source IP', this.filter('source_ip', event.source_ip));
    add('Received', element('time', { datetime: event.received_at }, timeText(event.received_at)));
    if (event.occurred_at !== null) add('Occurred', timeText(event.occurred_at));
    for (const [name, value] of Object.entries(event.attributes)) add(name, String(value));
    add('Task id', element('code', {}, event.task_id));
    this.place.replaceChildren(this.card(eventTitle(event), facts));
  }

  private statusOf(event: WhenceEvent): (Node | string)[] {
    const text = STATUS_TEXTS[event.location_status];
    const { location_error: error } = event;
    if (event.location_status === 'pending') return [`${text}, ${etaText(event.estimated_located_at, Date.now())}`];
    if (error === null) return [text];
    const again = error.next_attempt_at === null ? '' : ` Tried again at ${timeText(error.next_attempt_at)}.`;
    return [`${text}: ${error.message}${again}`];
  }

  private addPlace(event: WhenceEvent, add: (name: string, ...value: (Node | string)[]) => void): void {
    const { location } = event;
    if (location === null) return;
    if (location.city !== null) add('City', this.filter('city', escapedInList(location.city), location.city));
    if (location.region !== null) add('Region', location.region);
    if (location.country_code !== null)
      add('Country', this.filter('country_code', location.country_code, countryName(location.country_code)));
    if (location.latitude === null || location.longitude === null) return;
    const show = element('button', { type: 'button', class: 'link', onclick: () => this.options.onShowOnMap(event) });
    show.textContent = 'Show on the map';
    add('Coordinates', `${coordinatesText(location.latitude, location.longitude)} `, show);
  }

  private filter(name: FilterName, value: string, text = value): HTMLButtonElement {
    const onclick = () => this.options.onFilter(name, value);
    return element('button', { type: 'button', class: 'link', title: 'Show only these', onclick }, text);
  }

  private card(title: string, content: HTMLElement): HTMLElement {
    const close = element(
      'button',
      {
        type: 'button',
        class: 'quiet square',
        'aria-label': 'Close the details',
        onclick: () => this.options.onClose(),
      },
      icon('close'),
    );
    const head = element('div', { class: 'panel-head' }, element('h3', {}, title), close);
    return element('article', { class: 'details', 'aria-label': `Details: ${title}` }, head, content);
  }
}

/** Filters of several values come with commas: one within a name is escaped. */
export function escapedInList(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
}
