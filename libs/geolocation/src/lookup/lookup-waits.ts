import { Injectable } from '@nestjs/common';
import { unlessAborted } from '#libs/platform';
import { RequestGate, WINDOW_MS } from '../gate/request-gate.js';
import { LookupQueue } from './lookup-queue.js';

/** Asked and not answered at most. Beyond that Redis hangs, and each further question would stay in memory. */
const MOST_UNDER_WAY = 100;

/** How long lookups will probably wait for their turn. */
@Injectable()
export class LookupWaits {
  private underWay = 0;

  constructor(
    private readonly queue: LookupQueue,
    private readonly gate: RequestGate,
  ) {}

  /**
   * For each key the milliseconds until its turn, from its place in the order, the present pace, and what it has to wait
   * for anyway: a pause after a 429, or its own next attempt.
   * @returns null where nobody can tell: while the breaker is not closed, and while Redis is away or takes too long
   */
  async untilTurnMs(keys: readonly string[], longestAskingMs: number): Promise<Map<string, number> | null> {
    if (this.underWay >= MOST_UNDER_WAY) return null;
    this.underWay++;
    const reading = Promise.all([this.gate.state(), this.queue.places(keys)]).finally(() => this.underWay--);
    // Should it fail after the time is up, nobody waits for it any more.
    reading.catch(() => {});
    try {
      const [state, places] = await unlessAborted(reading, AbortSignal.timeout(longestAskingMs));
      if (state.breaker !== 'closed') return null;
      return new Map(
        [...places].map(([key, { ahead, delayMs }]) => [
          key,
          Math.max(delayMs, state.pausedForMs) + (ahead * WINDOW_MS) / state.pace,
        ]),
      );
    } catch {
      return null;
    }
  }
}
