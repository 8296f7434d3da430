import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { ManualClock } from '../../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../../platform/src/testing/strict-double.js';
import { ReservationPurge } from './reservation-purge.js';
import type { ReservationRepository } from './reservation.repository.js';

describe('ReservationPurge', () => {
  const clock = new ManualClock();
  let left: number;
  let calls: [beforeMs: number, limit: number][];
  let onPurge: () => void;
  let purge: ReservationPurge;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    [left, calls, onPurge] = [0, [], () => {}];
    const reservations = strictDouble<ReservationRepository>('ReservationRepository', {
      purge: async (beforeMs, limit) => {
        calls.push([beforeMs, limit]);
        onPurge();
        const purged = Math.min(left, limit);
        left -= purged;
        return purged;
      },
    });
    purge = new ReservationPurge(reservations, clock);
    purge.onApplicationBootstrap();
  });

  afterEach(async () => {
    await purge.onModuleDestroy();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('looks once a minute for keys of more than 24 hours', async () => {
    await vi.advanceTimersByTimeAsync(59_999);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(120_001);
    expect(calls).toEqual(Array(3).fill([clock.nowMs() - 86_400_000, 500]));
  });

  it('forgets all in parts, with pauses', async () => {
    left = 1_200;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([calls.length, left]).toEqual([1, 700]);
    await vi.advanceTimersByTimeAsync(40);
    expect([calls.length, left]).toEqual([3, 0]);
  });

  it('goes on after a failure', async () => {
    onPurge = () => {
      throw new Error('away');
    };
    await vi.advanceTimersByTimeAsync(60_000);
    onPurge = () => {};
    left = 3;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(left).toBe(0);
  });

  it('ends when the service does, also within a pause', async () => {
    left = 5_000;
    await vi.advanceTimersByTimeAsync(60_000);
    await purge.onModuleDestroy();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(calls).toHaveLength(1);
  });
});
