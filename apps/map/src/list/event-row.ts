import type { LocationStatus, WhenceEvent } from '../api/event-types.js';
import { element, icon, setText } from '../page/elements.js';
import type { KeptRow } from '../page/kept-rows.js';
import { agoText, eventTitle, placeText, timeText } from '../text/formatters.js';

export const STATUS_TEXTS: Readonly<Record<LocationStatus, string>> = {
  pending: 'Pending',
  located: 'Located',
  unlocatable: 'Unlocatable',
  failed: 'Failed',
};

export interface ShownEvent {
  readonly event: WhenceEvent;
  readonly isOpen: boolean;
  /** So that texts that tell of times are right. */
  readonly now: number;
  /** Times that are told already stand still. */
  readonly isPaused: boolean;
}

/** An event in the list. It is kept while the event changes, so that what is seen, or has the focus, stays where it is. */
export class EventRow implements KeptRow<ShownEvent> {
  readonly element: HTMLLIElement;
  private readonly button: HTMLButtonElement;
  private readonly status = element('span', { class: 'status' });
  private readonly title = element('span', { class: 'title' });
  private readonly code = element('span', { class: 'code' });
  private readonly place = element('span', { class: 'place' });
  private readonly address = element('span', { class: 'address' });
  private readonly age = element('time', { class: 'age', 'aria-hidden': 'true' });
  /** For who has it read out: times that stay, so that what has the focus has the same name all the time. */
  private readonly times = element('span', { class: 'visually-hidden' });
  private shown: WhenceEvent | null = null;

  constructor(event: WhenceEvent, onOpen: (taskId: string) => void) {
    this.button = element(
      'button',
      { type: 'button', class: 'event', onclick: () => onOpen(event.task_id) },
      this.status,
      element('span', { class: 'first' }, this.title, this.code, this.age),
      element('span', { class: 'second' }, this.place, this.address),
      this.times,
    );
    this.element = element('li', { 'data-task-id': event.task_id }, this.button);
    this.age.dateTime = event.received_at;
    this.age.title = timeText(event.received_at);
  }

  show({ event, isOpen, now, isPaused }: ShownEvent): void {
    const hasTurned = event.location_status !== this.shown?.location_status;
    if (!isPaused || hasTurned) setText(this.place, placeText(event, now));
    if (!isPaused || this.shown === null) setText(this.age, agoText(Date.parse(event.received_at), now));
    this.button.setAttribute('aria-current', String(isOpen));
    if (event !== this.shown) this.change(event);
    this.shown = event;
  }

  private change(event: WhenceEvent): void {
    const { location_status: status } = event;
    setText(this.title, eventTitle(event));
    setText(this.code, event.name === null || event.status_code === null ? '' : String(event.status_code));
    this.code.title = 'Status code';
    setText(this.address, event.source_ip ?? '');
    setText(this.times, timesText(event));
    this.place.setAttribute('aria-hidden', String(event.location_status === 'pending'));
    if (status === this.shown?.location_status) return;
    this.status.replaceChildren(icon(status), element('span', { class: 'visually-hidden' }, STATUS_TEXTS[status]));
    this.element.dataset['status'] = status;
    // It turns before one's eyes.
    if (this.shown?.location_status === 'pending') this.element.classList.add('turned');
  }
}

function timesText({ location_status: status, received_at, estimated_located_at: estimated }: WhenceEvent): string {
  const received = `received ${timeText(received_at)}`;
  return status === 'pending' && estimated !== null ? `${received}, located about ${timeText(estimated)}` : received;
}
