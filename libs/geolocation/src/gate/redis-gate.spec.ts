import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { gateLimits } from './gate-limits.js';
import { type Permit, PERMIT_LAPSES_MS } from './permit.js';
import { DECIDE, ENTER, FORGET } from './redis-gate-scripts.js';
import { RedisGate } from './redis-gate.js';

/** A Redis that gives a permit to everybody, in so much time, and says what time it is by its own clock. */
class GenerousRedis {
  takesMs = 1;
  setForwardMs = 0;
  readonly asked: string[] = [];

  constructor(private readonly clock: ManualClock) {}

  async eval(script: string): Promise<unknown> {
    if (script === FORGET) {
      this.asked.push('forget');
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (script === ENTER) return [1, 0, 0];
    if (script !== DECIDE) return [0, 0];
    this.asked.push('decide');
    this.clock.advance(this.takesMs);
    return [0, 0, 5, (this.clock.monotonicMs() + this.setForwardMs) * 1_000];
  }
}

describe('RedisGate', () => {
  let clock: ManualClock;
  let redis: GenerousRedis;
  let gate: RedisGate;
  let warnings: string[];

  beforeEach(() => {
    clock = new ManualClock();
    redis = new GenerousRedis(clock);
    gate = new RedisGate(
      redis as never as Redis,
      clock,
      gateLimits({ geoIpRequestsPerSecond: 5, geoIpTimeoutMs: 6_000 }),
    );
    warnings = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: { msg: string }) => void warnings.push(line.msg));
  });

  afterEach(() => void vi.restoreAllMocks());

  const acquire = async () => (await gate.acquire(new AbortController().signal)) as Permit;
  const acquireMany = async (count: number, takesMs: number) => {
    redis.takesMs = takesMs;
    for (let number = 0; number < count; number++) await acquire();
  };

  it('says once that Redis answers too late, after three permits in a row that lapsed on their way', async () => {
    const tooLate = 'REDIS_URL: Redis answers too late; permits lapse on their way, and no lookup is made';
    await acquireMany(2, PERMIT_LAPSES_MS);
    await acquireMany(1, PERMIT_LAPSES_MS - 1);
    await acquireMany(2, PERMIT_LAPSES_MS);
    expect(warnings).toEqual([]);
    await acquireMany(10, PERMIT_LAPSES_MS);
    expect(warnings).toEqual([tooLate]);
    await acquireMany(1, PERMIT_LAPSES_MS - 1);
    await acquireMany(10, PERMIT_LAPSES_MS);
    expect(warnings).toEqual([tooLate, tooLate]);
  });

  it('does not use a permit by a clock that has jumped, has all forgotten, asks again at once, and says so', async () => {
    await acquire();
    redis.setForwardMs = 3_600_000;
    await acquire();
    expect(redis.asked).toEqual(['decide', 'decide', 'forget', 'decide']);
    expect(warnings).toEqual([expect.stringContaining('REDIS_URL: the clock of Redis has jumped forward')]);
  });

  it('uses no permit of another caller either, until all is forgotten', async () => {
    await acquire();
    redis.setForwardMs = 3_600_000;
    await Promise.all([acquire(), gate.acquire(new AbortController().signal, { isSpare: true })]);
    expect(redis.asked.slice(0, 5)).toEqual(['decide', 'decide', 'decide', 'forget', 'forget']);
  });

  it('does not take slow answers for a jump of the clock', async () => {
    await acquireMany(2, 1);
    await acquireMany(3, 60_000);
    await acquireMany(2, 1);
    expect(redis.asked).not.toContain('forget');
  });
});
