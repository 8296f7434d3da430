import type { WhenceEvent } from '../api/event-types.js';
import type { LiveEvents } from './live-events.js';
import type { PageData } from './page-data.js';
import type { Repeated } from './repeated.js';

const NEWEST_EVERY_MS = 2_000;
/** Where it fails; it is done once. A thousand events at most, half a megabyte. */
const POINTS_EVERY_MS = 10_000;
const ESTIMATES_EVERY_MS = 10_000;

export interface EventReadingsOptions {
  /** Makes work that is done again and again. */
  readonly repeated: (what: string, everyMs: number, work: () => Promise<void>) => Repeated;
  readonly live: () => LiveEvents;
  /** The pending events that somebody may be looking at. */
  readonly pendingInView: () => readonly WhenceEvent[];
  /** The newest events were read. */
  readonly onNewest: () => void;
  /** Located events were read, the newest first. */
  readonly onPoints: (located: readonly WhenceEvent[]) => void;
}

/** What is read of the events beside their stream: all at first, and then what that does not tell. */
export class EventReadings {
  readonly all: readonly Repeated[];
  private readonly newest: Repeated;
  private readonly points: Repeated;
  private readonly estimates: Repeated;

  constructor(
    private readonly data: PageData,
    private readonly options: EventReadingsOptions,
  ) {
    const { repeated, live, pendingInView } = options;
    this.newest = repeated('list', NEWEST_EVERY_MS, () => this.readNewest());
    this.points = repeated('points', POINTS_EVERY_MS, () => this.readPoints());
    this.estimates = repeated('estimates', ESTIMATES_EVERY_MS, () => live().readAgain(pendingInView()));
    this.all = [this.newest, this.points, this.estimates];
  }

  beginAnew(): void {
    this.estimates.beginAnew();
    this.newest.askNow();
    this.points.askNow();
  }

  /** Called as time passes: reads what the list lacks. */
  goOn(): void {
    const { list, hasStopped } = this.options.live();
    if (hasStopped) return;
    // What was not read as it came, or has left the filters.
    if (list.needsReading) this.newest.ask();
    if (this.options.pendingInView().length > 0) this.estimates.ask();
  }

  private async readNewest(): Promise<void> {
    const live = this.options.live();
    await live.readNewest();
    if (live === this.options.live()) this.options.onNewest();
  }

  private async readPoints(): Promise<void> {
    const live = this.options.live();
    const located = await this.data.located(live.state);
    if (live === this.options.live()) this.options.onPoints(located);
  }
}
