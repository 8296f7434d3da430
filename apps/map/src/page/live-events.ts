import { asksFor, type PageState, queryOf } from '../address/page-state.js';
import type { ApiClient, Query } from '../api/api-client.js';
import type { EventPage, WhenceEvent } from '../api/event-types.js';
import { EventStream, type StreamState } from '../api/event-stream.js';
import { EventList } from '../list/event-list.js';
import { type Batch, Inbox } from './inbox.js';
import type { PageData } from './page-data.js';
import { paced } from './paced.js';

const LISTED = 50;
/** How often what has come is shown: often enough to be live, and no more work however much comes. */
const SHOWN_EVERY_MS = 100;

export interface LiveEventsOptions {
  readonly onState: (state: StreamState) => void;
  /** What the stream has told; the list has it already, unless it is paused. */
  readonly onBatch: (batch: Batch) => void;
  /** The list has changed. */
  readonly onList: () => void;
  /** The stream has begun, or has said why it does not: it is time to read what was before. */
  readonly onReady: () => void;
}

/** The events of a page's state: those that the API lists, and from then on what its stream tells. */
export class LiveEvents {
  private list = new EventList(LISTED);
  private readonly inbox = new Inbox();
  private readonly stream: EventStream;
  private readonly show = paced(SHOWN_EVERY_MS, () => this.takeIn());
  private query: Query = {};
  private cursor: string | null = null;
  private isReady = false;
  private hasStopped = false;
  private paused: { missed: number } | null = null;

  constructor(
    private readonly state: PageState,
    api: ApiClient,
    private readonly data: PageData,
    private readonly options: LiveEventsOptions,
  ) {
    this.stream = new EventStream({
      open: (lastEventId, signal) => api.stream(streamQuery(state), lastEventId, signal),
      onMessages: (messages) => {
        this.inbox.push(messages);
        this.show();
      },
      onState: (streamState) => this.follow(streamState),
      onGap: () => options.onReady(),
    });
  }

  start(): void {
    this.stream.start();
  }

  stop(): void {
    this.hasStopped = true;
    this.stream.stop();
  }

  retryNow(): void {
    this.stream.retryNow();
  }

  get events(): readonly WhenceEvent[] {
    return this.list.events;
  }

  get hasOlder(): boolean {
    return this.cursor !== null;
  }

  get isPaused(): boolean {
    return this.paused !== null;
  }

  /** How many events were accepted since the list was paused. */
  get missed(): number {
    return this.paused?.missed ?? 0;
  }

  pause(): void {
    this.paused ??= { missed: 0 };
  }

  /** Goes on with the newest events. */
  async resume(): Promise<void> {
    this.paused = null;
    await this.readNewest();
  }

  /** Reads the newest events, beside what the stream has told meanwhile. Rejects with an ApiError. */
  async readNewest(): Promise<void> {
    const { page, query } = await this.data.newest(this.state);
    if (this.isPaused || this.hasStopped) return;
    const told = this.list.events;
    this.list = new EventList(LISTED);
    this.list.merge([...page.events, ...told]);
    this.query = query;
    this.takePlace(page);
  }

  /** Reads what is older than all that is listed. The list then stands still: nobody reads what is pushed away. */
  async readOlder(): Promise<void> {
    if (this.cursor === null) return;
    this.pause();
    const page = await this.data.older(this.query, this.cursor);
    if (this.hasStopped) return;
    this.list.append(page.events);
    this.takePlace(page);
  }

  private takePlace({ next_cursor: cursor }: EventPage): void {
    this.cursor = cursor;
    this.options.onList();
  }

  private follow(streamState: StreamState): void {
    if (this.hasStopped) return;
    this.options.onState(streamState);
    if (streamState.kind === 'connecting' || this.isReady) return;
    this.isReady = true;
    this.options.onReady();
  }

  private takeIn(): void {
    if (this.hasStopped) return;
    const batch = this.inbox.take();
    if (this.paused !== null) this.paused.missed += batch.accepted;
    else this.list.merge(batch.events.filter((event) => this.belongs(event) || this.list.has(event.task_id)));
    // An event that was listed as pending, where only those are asked for, goes when it is located.
    if (!this.isPaused) this.list.keep((event) => this.belongs(event));
    this.options.onBatch(batch);
    this.options.onList();
  }

  private belongs({ location_status: status }: WhenceEvent): boolean {
    return asksFor(this.state, status);
  }
}

/**
 * Without the location status: the stream tests an event as it is when it is told, and would never tell that a pending one is
 * so no more.
 */
function streamQuery(state: PageState): Query {
  const { location_status: _status, ...query } = queryOf(state, Date.now());
  return query;
}
