import { ApiError } from '../api/api-error.js';
import { isOlderNews, isToBeLookedUp, nextAttemptMs } from '../api/event-news.js';
import type { WhenceEvent } from '../api/event-types.js';

const SOONEST_MS = 2_000;
const LATEST_MS = 30_000;
/** The clocks of here and there may differ by much. */
const LONGEST_PAUSE_MS = 3_600_000;
/** Asked about after a tenth more of the time that it has waited already. */
const PART_OF_WAITING = 10;

export interface FollowedEventOptions {
  /** Rejects with an ApiError. */
  read(taskId: string): Promise<WhenceEvent>;
  onNews(event: WhenceEvent): void;
  onFailure(error: ApiError): void;
}

/**
 * One event until it has its last outcome: what the stream tells of it, and what the API says itself, now and then, since the
 * stream tells only what meets the filters and may be away. A lookup that has failed may be tried again, and a place of the
 * local database is replaced.
 */
export class FollowedEvent {
  private id: string | null = null;
  private known: WhenceEvent | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private beganMs = 0;
  private failures = 0;
  /** What is asked just now; it is outdated where it was asked before somebody wanted to know anew. */
  private asking: { isOutdated: boolean } | null = null;

  constructor(private readonly options: FollowedEventOptions) {}

  get event(): WhenceEvent | null {
    return this.known;
  }

  /** @param known how it is, where that is known: then it is asked about later, or not at all */
  follow(taskId: string, known: WhenceEvent | null = null): void {
    this.leave();
    this.id = taskId;
    this.beganMs = performance.now();
    if (known === null) void this.ask();
    else this.take([known]);
  }

  /** Follows none any more. */
  leave(): void {
    clearTimeout(this.timer);
    this.id = this.known = this.asking = null;
    this.failures = 0;
  }

  /** Takes in what the stream has told. */
  take(events: readonly WhenceEvent[]): void {
    for (const event of events) if (event.task_id === this.id) this.show(event);
  }

  /** Asks at once where the API has not answered so far, or not as it should: it may be back, or know the key. */
  retryNow(): void {
    if (this.asking !== null) this.asking.isOutdated = true;
    else if (this.failures > 0) void this.ask();
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    const { id } = this;
    if (id === null) return;
    const asking = { isOutdated: false };
    this.asking = asking;
    try {
      const event = await this.options.read(id);
      if (asking !== this.asking) return;
      this.asking = null;
      this.failures = 0;
      this.show(event);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (asking !== this.asking) return;
      this.asking = null;
      if (asking.isOutdated) void this.ask();
      else this.fail(error);
    }
  }

  private show(event: WhenceEvent): void {
    if (this.known !== null && isOlderNews(event, this.known)) return;
    this.known = event;
    clearTimeout(this.timer);
    if (isToBeLookedUp(event)) this.askIn(this.pauseAfter(event));
    this.options.onNews(event);
  }

  private fail(error: ApiError): void {
    if (this.known !== null && !isToBeLookedUp(this.known)) return;
    this.failures++;
    // Such as one that was erased: what is known of it is true no more.
    if (!error.mayPass && !error.needsKey) this.known = null;
    if (error.mayPass) this.askIn(Math.max(error.retryAfterMs ?? 0, this.pauseMs));
    this.options.onFailure(error);
  }

  private askIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), ms);
  }

  /** While it is pending soon, and else about when the next lookup was. */
  private pauseAfter(event: WhenceEvent): number {
    if (event.location_status === 'pending') return this.pauseMs;
    const nextMs = nextAttemptMs(event);
    if (nextMs === null) return LATEST_MS;
    return Math.min(Math.max(nextMs - Date.now(), 0) + this.pauseMs, LONGEST_PAUSE_MS);
  }

  private get pauseMs(): number {
    const longerMs = SOONEST_MS * 2 ** Math.min(this.failures, 4);
    const waitedMs = performance.now() - this.beganMs;
    return Math.min(Math.max(longerMs, waitedMs / PART_OF_WAITING), LATEST_MS);
  }
}
