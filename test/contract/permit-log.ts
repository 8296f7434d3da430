import type { RequestGate } from '#libs/geolocation';

/** Never aborted. */
export const PATIENCE = new AbortController().signal;

/** Collects when permits were given, by one clock, whoever got them. */
export class PermitLog {
  readonly timesMs: number[] = [];

  /** Acquires one permit and notes the time. */
  async acquire(gate: RequestGate, signal: AbortSignal = PATIENCE): Promise<void> {
    await gate.acquire(signal);
    this.timesMs.push(performance.now());
  }

  /** Acquires so many at once, in turn from each gate. */
  async acquireMany(count: number, gates: readonly RequestGate[]): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, index) => this.acquire(gates[index % gates.length])));
  }

  /** The most permits in any sliding second, over those given from a time on. */
  worstSecond(fromMs = -Infinity): number {
    const times = this.timesMs.filter((time) => time >= fromMs).sort((one, other) => one - other);
    let worst = 0;
    for (let first = 0, last = 0; last < times.length; last++) {
      while (times[last] - times[first] >= 1000) first++;
      worst = Math.max(worst, last - first + 1);
    }
    return worst;
  }
}
