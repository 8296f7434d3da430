import type { WhenceEvent } from '../api/event-types.js';
import { element, icon, setText } from '../page/elements.js';
import { focusAround, KeptRows } from '../page/kept-rows.js';
import { plural } from '../text/formatters.js';
import { EventRow, type ShownEvent } from './event-row.js';

export interface EventsPanelOptions {
  readonly onOpen: (taskId: string) => void;
  readonly onPause: () => void;
  readonly onResume: () => void;
  readonly onOlder: () => void;
}

/** What the list shows, and around it. */
export interface EventsPanelState {
  readonly events: readonly WhenceEvent[];
  readonly openTaskId: string | null;
  readonly isPaused: boolean;
  /** How many events were accepted since the list was paused. */
  readonly missed: number;
  readonly hasOlder: boolean;
  readonly isReadingOlder: boolean;
  readonly isLoading: boolean;
  /** Why the API tells of no events; empty where it does. */
  readonly refusal: string;
  /** Where more comes than can be followed. */
  readonly summary: string;
}

/** The list of events, newest first. It can be paused, since nobody can read what moves. */
export class EventsPanel {
  /** Where the details of an event are put. */
  readonly details = element('div', { class: 'details-place' });
  private readonly list = element('ol', { class: 'event-list', 'aria-label': 'Events, newest first' });
  private readonly rows = new KeptRows(
    this.list,
    ({ event }: ShownEvent) => event.task_id,
    ({ event }) => new EventRow(event, (taskId) => this.open(taskId)),
  );
  private readonly pause: HTMLButtonElement;
  private readonly pauseText = element('span');
  private readonly missed = element('span', { class: 'missed' });
  private readonly note = element('p', { class: 'list-note' });
  private readonly empty = element('p', { class: 'empty' });
  private readonly older: HTMLButtonElement;
  private readonly scroller: HTMLElement;
  private state: EventsPanelState | null = null;

  constructor(root: HTMLElement, options: EventsPanelOptions) {
    this.pause = element(
      'button',
      {
        type: 'button',
        class: 'quiet',
        onclick: () => (this.state?.isPaused ? options.onResume() : options.onPause()),
      },
      icon('pause'),
      this.pauseText,
    );
    this.older = element('button', { type: 'button', class: 'wide', onclick: () => options.onOlder() }, 'Older events');
    this.scroller = element('div', { class: 'scroller' }, this.list, this.empty, this.older);
    root.append(
      element('div', { class: 'panel-head' }, element('h2', { id: 'events-title' }, 'Events'), this.missed, this.pause),
      this.note,
      this.details,
      this.scroller,
    );
    this.open = options.onOpen;
  }

  private readonly open: (taskId: string) => void;

  show(state: EventsPanelState): void {
    this.state = state;
    this.showRows(state);
    this.showPause(state);
    setText(this.note, state.summary);
    this.note.hidden = state.summary === '';
    setText(this.older, state.isReadingOlder ? 'Loading…' : 'Older events');
    this.empty.hidden = state.events.length > 0;
    setText(this.empty, whyEmpty(state));
    this.showOlder(state);
  }

  /** The pending events that somebody may be looking at, the newest first. */
  get pendingInView(): readonly WhenceEvent[] {
    const { top, bottom } = this.scroller.getBoundingClientRect();
    const isInView = ({ task_id: taskId }: WhenceEvent) => {
      const box = this.rows.get(taskId)?.element.getBoundingClientRect();
      return box !== undefined && box.bottom > Math.max(top, 0) && box.top < Math.min(bottom, innerHeight);
    };
    const pending = this.state?.events.filter(({ location_status: status }) => status === 'pending') ?? [];
    return pending.filter(isInView);
  }

  private showRows({ events, openTaskId, isPaused }: EventsPanelState): void {
    const now = Date.now();
    this.rows.show(events.map((event) => ({ event, isOpen: event.task_id === openTaskId, now, isPaused })));
  }

  private showOlder({ hasOlder }: EventsPanelState): void {
    const hadFocus = this.older === document.activeElement;
    this.older.hidden = !hasOlder;
    if (!hadFocus || hasOlder) return;
    const last = this.list.querySelector<HTMLElement>('li:last-child button');
    if (last === null) focusAround(this.list);
    else last.focus();
  }

  private showPause({ isPaused, missed }: EventsPanelState): void {
    // Beside the button, whose name stays while it has the focus.
    setText(this.missed, missed === 0 ? '' : plural(missed, 'new event'));
    setText(this.pauseText, isPaused ? 'Resume' : 'Pause');
    if (this.list.dataset['paused'] === String(isPaused)) return;
    this.list.dataset['paused'] = String(isPaused);
    this.pause.firstElementChild?.replaceWith(icon(isPaused ? 'play' : 'pause'));
  }
}

function whyEmpty({ isLoading, refusal }: EventsPanelState): string {
  if (refusal !== '') return refusal;
  return isLoading ? 'Loading…' : 'No events here yet. Send one below, or widen the filters.';
}
