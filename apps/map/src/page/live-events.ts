import { type PageState, queryOf, withoutStatus } from '../address/page-state.js';
import type { ApiClient } from '../api/api-client.js';
import { ApiError } from '../api/api-error.js';
import type { WhenceEvent } from '../api/event-types.js';
import { EventStream, type StreamState } from '../api/event-stream.js';
import { LiveList } from '../list/live-list.js';
import { type Batch, Inbox } from './inbox.js';
import type { PageData } from './page-data.js';
import { paced } from './paced.js';

/** How often what has come is shown: often enough to be live, and no more work however much comes. */
const SHOWN_EVERY_MS = 100;

export interface LiveEventsOptions {
  readonly onState: (state: StreamState) => void;
  /** What the stream has told; the list has it already. */
  readonly onBatch: (batch: Batch) => void;
  /** The list has changed. */
  readonly onList: () => void;
  /** The stream has begun, or begun anew, or has said why it does not: it is time to read what was before. */
  readonly onReady: () => void;
}

/** The events of a page's state: those that the API lists, and from then on what its stream tells. */
export class LiveEvents {
  readonly list: LiveList;
  private readonly inbox = new Inbox();
  private readonly stream: EventStream;
  private readonly show = paced(SHOWN_EVERY_MS, () => this.takeIn());
  private isReady = false;
  private stopped = false;

  constructor(
    readonly state: PageState,
    api: ApiClient,
    private readonly data: PageData,
    private readonly options: LiveEventsOptions,
  ) {
    this.list = new LiveList(state);
    this.stream = new EventStream({
      // Without the location status: it tests an event as it is when it is told, and would not tell that one is pending no more.
      open: (lastEventId, signal) => api.stream(withoutStatus(queryOf(state, Date.now())), lastEventId, signal),
      onMessages: (messages) => {
        this.inbox.push(messages);
        this.show();
      },
      onState: (streamState) => this.follow(streamState),
    });
  }

  start(): void {
    this.stream.start();
  }

  stop(): void {
    this.stopped = true;
    this.stream.stop();
  }

  /** Whether nothing is to be read any more. */
  get hasStopped(): boolean {
    return this.stopped;
  }

  retryNow(): void {
    this.stream.retryNow();
  }

  /** Reads the newest events, beside what the stream has told meanwhile. Rejects with an ApiError. */
  async readNewest(): Promise<void> {
    await this.list.readNewest(() => this.data.newest(this.state));
    this.changed();
  }

  /**
   * Reads what is older than all that is listed. The list then stands still: nobody reads what is pushed away. Rejects with
   * an ApiError; not where it was stopped meanwhile, since a refusal then says nothing of what has begun since.
   */
  async readOlder(): Promise<void> {
    try {
      await this.list.readOlder((query) => this.data.page(query), Date.now());
    } catch (error) {
      if (this.stopped && error instanceof ApiError) return;
      throw error;
    }
    this.changed();
  }

  /** Reads when events that are pending are expected to be located, as it is now. Rejects with an ApiError. */
  async readAgain(pending: readonly WhenceEvent[]): Promise<void> {
    if (!this.list.isPaused) return this.readNewest();
    await this.list.readAgain(pending, (query) => this.data.page(query));
    this.changed();
  }

  private changed(): void {
    if (!this.stopped) this.options.onList();
  }

  private follow(streamState: StreamState): void {
    if (this.stopped) return;
    this.options.onState(streamState);
    // Whoever hears it may want no more.
    if (this.stopped) return;
    const isAnew = streamState.kind === 'live' && streamState.isAnew;
    if (!isAnew && (streamState.kind === 'connecting' || this.isReady)) return;
    this.isReady = true;
    this.options.onReady();
  }

  private takeIn(): void {
    if (this.stopped) return;
    const batch = this.inbox.take();
    this.list.hear(batch, Date.now());
    this.options.onBatch(batch);
    this.options.onList();
  }
}
