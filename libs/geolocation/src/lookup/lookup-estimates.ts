import { Injectable } from '@nestjs/common';
import { Clock, unlessAborted } from '#libs/platform';
import { RequestGate, WINDOW_MS } from '../gate/request-gate.js';
import { LookupQueue } from './lookup-queue.js';

/** From the permit to the written outcome, on the average of quick answers and slow ones. */
const USUAL_LOOKUP_MS = 400;

/** Whoever fetches events must not wait for a Redis that hangs. */
const LONGEST_WAIT_MS = 250;

/** When lookups that are queued will probably be done. */
@Injectable()
export class LookupEstimates {
  constructor(
    private readonly queue: LookupQueue,
    private readonly gate: RequestGate,
    private readonly clock: Clock,
  ) {}

  /**
   * For each key the time in epoch milliseconds, from its place in the order and the present pace. Empty where nobody can
   * tell: while the breaker is open, and while Redis is away.
   */
  async doneAtMs(keys: readonly string[]): Promise<Map<string, number>> {
    if (keys.length === 0) return new Map();
    const reading = Promise.all([this.gate.state(), this.queue.ahead(keys)]);
    // Should it fail after the time is up, nobody waits for it any more.
    reading.catch(() => {});
    try {
      const [{ breaker, pace }, ahead] = await unlessAborted(reading, AbortSignal.timeout(LONGEST_WAIT_MS));
      if (breaker !== 'closed') return new Map();
      const nowMs = this.clock.nowMs();
      return new Map([...ahead].map(([key, places]) => [key, nowMs + USUAL_LOOKUP_MS + (places * WINDOW_MS) / pace]));
    } catch {
      return new Map();
    }
  }
}
