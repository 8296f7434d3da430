import type { ApiError } from '../api/api-error.js';
import type { WhenceEvent } from '../api/event-types.js';
import type { EventDetails } from '../list/event-details.js';
import { FollowedEvent } from './followed-event.js';
import type { PageData } from './page-data.js';

/** The event that the address names, in full. */
export class OpenEvent {
  private taskId: string | null = null;
  private readonly followed: FollowedEvent;

  constructor(
    private readonly details: Pick<EventDetails, 'open' | 'close' | 'focus' | 'show' | 'showFault'>,
    data: Pick<PageData, 'event'>,
    private readonly onLocated: (event: WhenceEvent) => void,
  ) {
    this.followed = new FollowedEvent({
      read: (taskId) => data.event(taskId),
      onNews: (event) => this.show(event),
      onFailure: (error) => this.showFault(error),
    });
  }

  /**
   * @param known the events that need not be asked for
   * @param isWished by somebody who wants to read it now; not where the page begins with it
   */
  open(taskId: string | null, known: readonly WhenceEvent[], isWished: boolean): void {
    if (taskId === this.taskId) return;
    this.taskId = taskId;
    this.followed.leave();
    if (taskId === null) return this.details.close();
    this.details.open();
    this.followed.follow(taskId, known.find(({ task_id }) => task_id === taskId) ?? null);
    if (isWished) this.details.focus();
  }

  /** Tells anew where it is: what showed it knows nothing any more. */
  tellAgain(): void {
    const { event } = this.followed;
    if (event?.location_status === 'located') this.onLocated(event);
  }

  /** Takes in what the stream has told. */
  take(events: readonly WhenceEvent[]): void {
    this.followed.take(events);
  }

  /** Called every second or so: the time until its location runs down. */
  goOn(): void {
    const { event } = this.followed;
    if (event?.location_status === 'pending') this.details.show(event);
  }

  /** The API is back, or knows who asks. */
  retryNow(): void {
    this.followed.retryNow();
  }

  private show(event: WhenceEvent): void {
    this.details.show(event);
    if (event.location_status === 'located') this.onLocated(event);
  }

  private showFault(error: ApiError): void {
    // One that was shown stays; whoever looks is told elsewhere that the API does not answer, or asked for a key.
    if (this.followed.event === null && !error.needsKey) this.details.showFault(error.message);
  }
}
