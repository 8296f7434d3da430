import { isDoneWithin, type Semaphore } from '#libs/platform';
import type { EventFilter } from '../domain/event-filter.js';
import type { StreamClient } from './stream-client.js';
import type { StreamPosition } from './stream-position.js';

/** How long clients that read together wait. */
export interface ReturningLimits {
  /** For a slow one among them. */
  readonly longestLagMs: number;
  /** For themselves, and keep their place meanwhile. */
  readonly longestKeptPlaceMs: number;
}

/**
 * Clients with the same filter that come back to the same position, as most do after a loss that ended all streams: what
 * they have missed is read once for all of them, and they are told the same.
 *
 * They have one of the places for those who read. They keep it from page to page, so that those who began are done soon;
 * but not while they wait for slow ones, who would else keep everybody else from reading.
 */
export class ReturningClients {
  /** Each with what makes it none of these any more. */
  private readonly members = new Map<StreamClient, () => void>();
  private readonly allLeft = new AbortController();
  private hasJoined = false;
  private releasePlace: (() => void) | null = null;

  constructor(
    readonly filter: EventFilter,
    private readonly places: Semaphore,
    private readonly limits: ReturningLimits,
  ) {}

  /** Resolves when it is none of these any more: it is live, was too slow for the others, or is gone. */
  add(client: StreamClient): Promise<void> {
    return new Promise((resolve) => {
      const leave = () => {
        client.body.off('close', leave);
        this.members.delete(client);
        if (this.members.size === 0) this.allLeft.abort();
        resolve();
      };
      client.body.once('close', leave);
      this.members.set(client, leave);
    });
  }

  /** True when there is nobody left of those who were added. */
  get haveLeft(): boolean {
    return this.allLeft.signal.aborted;
  }

  /** False when all of them are gone. */
  get isOpen(): boolean {
    return [...this.members.keys()].some(({ isOpen }) => isOpen);
  }

  /**
   * Resolves when they have room for more and a place among those who read. Once they have joined, what happens is kept for
   * them, and they wait for no place. Rejects where all of them have left.
   */
  async ready(): Promise<void> {
    if (!this.areRoomy) {
      const roomy = this.roomy();
      if (!(await isDoneWithin(roomy, this.limits.longestKeptPlaceMs))) this.leavePlace();
      await roomy;
    }
    if (!this.hasJoined) this.releasePlace ??= await this.places.acquire(this.allLeft.signal);
  }

  /** Lets others read. */
  leavePlace(): void {
    this.releasePlace?.();
    this.releasePlace = null;
  }

  /** A position that is not behind the one which they have. */
  notBehind(position: StreamPosition): StreamPosition {
    const [first] = this.members.keys();
    return first?.notBehind(position) ?? position;
  }

  /** Tells all of it at once, and that they have been told up to the position. */
  replay(messages: readonly Buffer[], position: StreamPosition): void {
    if (messages.length === 0) return;
    const bytes = Buffer.concat(messages);
    for (const client of this.members.keys()) client.replay(bytes, position);
  }

  join(): void {
    this.hasJoined = true;
    for (const client of this.members.keys()) client.join();
  }

  goLive(timeMs: number): void {
    for (const [client, leave] of this.members) {
      client.goLive(timeMs);
      leave();
    }
  }

  private get areRoomy(): boolean {
    return [...this.members.keys()].every(({ isRoomy }) => isRoomy);
  }

  /** The others wait for a slow one but so long; then it is left behind. */
  private async roomy(): Promise<void> {
    const waits = [...this.members.keys()].map((client) => client.roomy());
    if (waits.length > 1) await isDoneWithin(Promise.all(waits), this.limits.longestLagMs);
    await Promise.race(waits);
    for (const [client, leave] of this.members) {
      if (client.isRoomy) continue;
      client.fallBehind();
      leave();
    }
  }
}
