import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/platform';
import { LookupWaits } from './lookup-waits.js';

/** From the permit to the written outcome, on the average of quick answers and slow ones. */
const USUAL_LOOKUP_MS = 400;

/** Whoever fetches events must not wait for a Redis that hangs. */
const LONGEST_ASKING_MS = 250;

/** When lookups that are queued will probably be done. */
@Injectable()
export class LookupEstimates {
  constructor(
    private readonly waits: LookupWaits,
    private readonly clock: Clock,
  ) {}

  /** For each key the time in epoch milliseconds. Empty where nobody can tell. */
  async doneAtMs(keys: readonly string[]): Promise<Map<string, number>> {
    if (keys.length === 0) return new Map();
    const waits = (await this.waits.untilTurnMs(keys, LONGEST_ASKING_MS)) ?? [];
    const nowMs = this.clock.nowMs();
    return new Map([...waits].map(([key, waitMs]) => [key, nowMs + waitMs + USUAL_LOOKUP_MS]));
  }
}
