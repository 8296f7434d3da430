import type { Permit, RequestGate } from '#libs/geolocation';

/** Never aborted. */
export const PATIENCE = new AbortController().signal;

/** Collects when requests left, by one clock, whoever had the permit. */
export class PermitLog {
  readonly timesMs: number[] = [];

  /** Acquires one permit, whose request leaves at once unless it has lapsed. */
  async acquire(gate: RequestGate, signal: AbortSignal = PATIENCE): Promise<void> {
    for (;;) {
      const permit = (await gate.acquire(signal)) as Permit;
      if (!gate.hasLapsed(permit)) return this.depart(gate, permit);
      await gate.report(permit, 'cancelled');
    }
  }

  /** The permit's request leaves, and nobody waits for its departure to be noted. */
  depart(gate: RequestGate, permit: Permit): void {
    this.timesMs.push(performance.now());
    void gate.departed(permit);
  }

  /** Acquires so many at once, in turn from each gate. */
  async acquireMany(count: number, gates: readonly RequestGate[]): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, index) => this.acquire(gates[index % gates.length])));
  }

  /** The most requests in any sliding second, over those that left from a time on. */
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
