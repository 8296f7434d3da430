import { ApiError } from '../api/api-error.js';
import type { WhenceEvent } from '../api/event-types.js';
import type { EventDetails } from '../list/event-details.js';
import type { PageData } from './page-data.js';

/** How often a pending event is asked about, which the stream may not tell of where it does not meet the filters. */
const ASK_EVERY_MS = 2_000;

/** The event that the address names, in full. */
export class OpenEvent {
  private taskId: string | null = null;
  private event: WhenceEvent | null = null;
  private askedMs = 0;

  constructor(
    private readonly details: EventDetails,
    private readonly data: PageData,
    private readonly onLocated: (event: WhenceEvent) => void,
  ) {}

  /** @param known the events that need not be asked for */
  open(taskId: string | null, known: readonly WhenceEvent[]): void {
    if (taskId === this.taskId) return;
    this.taskId = taskId;
    this.event = null;
    this.askedMs = 0;
    this.details.hide();
    if (taskId === null) return;
    const found = known.find(({ task_id }) => task_id === taskId);
    if (found === undefined) void this.ask();
    else this.show(found);
  }

  /** Takes in what the stream has told. */
  take(events: readonly WhenceEvent[]): void {
    const news = events.findLast(({ task_id }) => task_id === this.taskId);
    if (news !== undefined) this.show(news);
  }

  /** Called every second or so: the time until its location runs down, and it may be there. */
  goOn(): void {
    if (this.event?.location_status !== 'pending') return;
    this.details.show(this.event);
    if (performance.now() - this.askedMs > ASK_EVERY_MS) void this.ask();
  }

  private async ask(): Promise<void> {
    const { taskId } = this;
    if (taskId === null) return;
    this.askedMs = performance.now();
    try {
      const event = await this.data.event(taskId);
      if (taskId === this.taskId) this.show(event);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // One that was shown stays; whoever looks is told elsewhere that the API does not answer.
      if (taskId === this.taskId && this.event === null) this.details.showFault(error.message);
    }
  }

  private show(event: WhenceEvent): void {
    this.event = event;
    this.details.show(event);
    if (event.location_status === 'located') this.onLocated(event);
  }
}
