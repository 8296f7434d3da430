import { Readable } from 'node:stream';
import type { EventFilter } from '../domain/event-filter.js';
import { heartbeat, placeToComeBackTo, streamStart } from './server-sent-event.js';
import { positionAt, type StreamPosition } from './stream-position.js';

/** What one client may cost. */
export interface StreamClientLimits {
  /** Bytes that wait for a client at most; beyond them it is cut off. */
  readonly mostWaitingBytes: number;
  /** Who reads the past goes on only when fewer bytes wait than these. */
  readonly roomyBytes: number;
  /** How long a client may take nothing at all while something waits for it; then it is cut off. */
  readonly longestStallMs: number;
  /** How long a client may take for the rest of a stream that has ended. */
  readonly longestEndingMs: number;
}

/**
 * How a client gets what happens: not at all while it reads the past from SQL, `joined` while it reads the last piece of
 * it (what happens meanwhile waits), and `live` then.
 */
type Phase = 'behind' | 'joined' | 'live';

/** One stream to one client. Too slow a client is cut off: it comes back with the position that it has got. */
export class StreamClient {
  /** The body of the answer. */
  readonly body: Readable;
  /** The same for equal filters. */
  readonly filterKey: string;
  private phase: Phase = 'behind';
  private held: Buffer[] = [];
  private heldBytes = 0;
  private hasEnded = false;
  private wake: () => void = () => {};
  private gettingRoomy: Promise<void> | null = null;

  constructor(
    readonly filter: EventFilter,
    private told: StreamPosition,
    private readonly limits: StreamClientLimits,
  ) {
    this.filterKey = JSON.stringify(filter);
    this.body = new Readable({ read: () => this.wake() });
    this.body.once('close', () => this.wake());
    this.body.push(streamStart(told));
  }

  get isOpen(): boolean {
    return !this.hasEnded && !this.body.destroyed;
  }

  get hasJoined(): boolean {
    return this.phase !== 'behind' && this.isOpen;
  }

  get isLive(): boolean {
    return this.phase === 'live';
  }

  /** Up to when it has been told what happened. */
  get position(): StreamPosition {
    return this.told;
  }

  /** What is kept in memory for it until it takes it. */
  get waitingBytes(): number {
    return this.heldBytes + (this.body.destroyed ? 0 : this.body.readableLength);
  }

  /** What happens from now on is kept for it until it is live. */
  join(): void {
    this.phase = 'joined';
  }

  /** It has to read from its position again, and needs nothing of what was kept. */
  fallBehind(): void {
    this.phase = 'behind';
    this.held = [];
    this.heldBytes = 0;
  }

  /** Gives it what was kept, and from now on everything at once. */
  goLive(timeMs: number): void {
    this.phase = 'live';
    this.told = positionAt(timeMs);
    const held = this.held.splice(0);
    this.heldBytes = 0;
    for (const message of held) this.push(message);
  }

  /** Something happened now. */
  tell(message: Buffer): void {
    if (this.phase === 'live') return this.push(message);
    if (!this.isOpen) return;
    this.held.push(message);
    this.heldBytes += message.length;
    // What is held has to find room beside what waits already.
    if (this.heldBytes > this.limits.mostWaitingBytes - this.limits.roomyBytes) this.cutOff();
  }

  /**
   * A position that is not behind the one which it has: it reads from before that one, and would else go further back each
   * time that it is cut off.
   */
  notBehind({ acceptedMs, outcomesMs }: StreamPosition): StreamPosition {
    return {
      acceptedMs: Math.max(acceptedMs, this.told.acceptedMs),
      outcomesMs: Math.max(outcomesMs, this.told.outcomesMs),
    };
  }

  /** Something happened in the past that it reads. */
  replay(messages: Buffer, position: StreamPosition): void {
    this.told = position;
    this.push(messages);
  }

  /** `toldMs`: up to when a live client has been told everything. */
  beat(toldMs: number): void {
    // A client that came later has been told what it wants to know up to then.
    if (this.phase === 'live') this.told = positionAt(Math.max(toldMs, this.told.acceptedMs));
    this.push(heartbeat(this.told));
  }

  /** Whether whoever reads the past may go on: so little waits. True also where the client is gone. */
  get isRoomy(): boolean {
    return !this.isOpen || this.body.readableLength <= this.limits.roomyBytes;
  }

  /** Resolves when the client has taken enough of what it was sent, or is gone. */
  roomy(): Promise<void> {
    return (this.gettingRoomy ??= this.untilRoomy().finally(() => (this.gettingRoomy = null)));
  }

  private async untilRoomy(): Promise<void> {
    while (!this.isRoomy) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /**
   * Ends the stream after what was sent, and cuts it off where the client does not take that in time.
   * @param missedSinceMs from when on a live client may not have been told everything: it comes back there
   */
  end(missedSinceMs = Infinity): void {
    if (!this.isOpen) return;
    if (this.phase === 'live' && missedSinceMs < this.told.acceptedMs)
      this.push(placeToComeBackTo(positionAt(missedSinceMs)));
    if (!this.isOpen) return;
    this.hasEnded = true;
    const late = setTimeout(() => this.cutOff(), this.limits.longestEndingMs).unref();
    this.body.once('close', () => clearTimeout(late));
    this.held = [];
    this.heldBytes = 0;
    this.body.push(null);
    this.wake();
  }

  /** Ends it at once. */
  cutOff(): void {
    this.held = [];
    this.heldBytes = 0;
    this.body.destroy();
  }

  private push(message: Buffer): void {
    if (!this.isOpen) return;
    if (this.body.readableLength + message.length > this.limits.mostWaitingBytes) this.cutOff();
    else this.body.push(message);
  }
}
