import { setTimeout as sleep } from 'node:timers/promises';
import type { EventFilter } from '../domain/event-filter.js';
import type { StreamClient } from './stream-client.js';
import type { StreamPosition } from './stream-position.js';

/**
 * Clients with the same filter that come back to the same position, as most do after a loss that ended all streams: what
 * they have missed is read once for all of them, and they are told the same.
 */
export class ReturningClients {
  private members: StreamClient[] = [];

  constructor(
    readonly filter: EventFilter,
    private readonly longestLagMs: number,
  ) {}

  add(client: StreamClient): void {
    this.members.push(client);
  }

  /** False when all of them are gone. */
  get isOpen(): boolean {
    return this.members.some(({ isOpen }) => isOpen);
  }

  /**
   * Resolves when they have room for more. The others wait for a slow one but so long; then it has to go on alone, and is
   * one of these no more.
   */
  async roomy(): Promise<void> {
    this.members = this.members.filter(({ isOpen }) => isOpen);
    const [only, ...others] = this.members;
    if (only === undefined) return;
    if (others.length === 0) return only.roomy();
    const waits = this.members.map((client) => client.roomy());
    const lag = new AbortController();
    await Promise.race([Promise.all(waits), sleep(this.longestLagMs, null, { signal: lag.signal }).catch(() => {})]);
    lag.abort();
    await Promise.race(waits);
    const slow = this.members.filter(({ isRoomy }) => !isRoomy);
    for (const client of slow) client.fallBehind();
    this.members = this.members.filter(({ isRoomy }) => isRoomy);
  }

  /** A position that is not behind the one which they have. */
  notBehind(position: StreamPosition): StreamPosition {
    return this.members[0]?.notBehind(position) ?? position;
  }

  /** Tells all of it at once, and that they have been told up to the position. */
  replay(messages: readonly Buffer[], position: StreamPosition): void {
    if (messages.length === 0) return;
    const bytes = Buffer.concat(messages);
    for (const client of this.members) client.replay(bytes, position);
  }

  join(): void {
    for (const client of this.members) client.join();
  }

  goLive(timeMs: number): void {
    for (const client of this.members) client.goLive(timeMs);
  }
}
