import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { runFor } from '../../../platform/src/testing/run-for.js';
import type { EventErasure } from '../persistence/event-erasure.js';
import { Retention } from './retention.js';

const DAY_MS = 24 * 3_600_000;
const WORKER = {
  ROLE: 'worker',
  DATABASE_URL: 'mysql://db/whence',
  REDIS_URL: 'redis://redis',
  GEOIP_URL: 'http://geoip/{ip}',
};

function setUp(settings: Record<string, string>, parts: number[]) {
  const clock = new ManualClock();
  const asked: number[] = [];
  const eraseReceivedBefore = async (timeMs: number) => {
    asked.push(clock.nowMs() - timeMs);
    const part = parts.shift() ?? 0;
    if (part < 0) throw new Error('away');
    return part;
  };
  const erasure = { eraseReceivedBefore } as unknown as EventErasure;
  return { asked, retention: new Retention(erasure, clock, loadSettings(settings)) };
}

describe('Retention', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn');
  const log = vi.spyOn(Logger.prototype, 'log');

  beforeEach(() => {
    vi.useFakeTimers();
    for (const spy of [warn, log]) spy.mockReset().mockReturnValue();
  });
  afterEach(() => void vi.useRealTimers());

  it('erases what is older, a part at a time, until there is none, and once a minute', async () => {
    const { asked, retention } = setUp({ RETENTION_DAYS: '30' }, [500, 500, 7]);
    await runFor(retention, 61_000);
    expect(asked).toEqual(Array(5).fill(30 * DAY_MS));
    expect(log.mock.calls).toEqual([[{ msg: 'RETENTION_DAYS: events erased', erased: 1_007 }]]);
  });

  it('pauses between two parts', async () => {
    const { asked, retention } = setUp({ RETENTION_DAYS: '1' }, [500, 500, 500]);
    await runFor(retention, 19);
    expect(asked).toHaveLength(1);
  });

  it('goes on in a minute where that failed', async () => {
    const { asked, retention } = setUp({ RETENTION_DAYS: '1' }, [-1, 3]);
    await runFor(retention, 61_000);
    expect(asked).toHaveLength(3);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('keeps everything unless told, and leaves it to workers', async () => {
    const kept = setUp({}, [1]);
    await runFor(kept.retention, 61_000);
    const ofApi = setUp({ ...WORKER, ROLE: 'api', RETENTION_DAYS: '1' }, [1]);
    await runFor(ofApi.retention, 61_000);
    const ofWorker = setUp({ ...WORKER, RETENTION_DAYS: '1' }, []);
    await runFor(ofWorker.retention, 1_000);
    expect([kept.asked.length, ofApi.asked.length, ofWorker.asked.length]).toEqual([0, 0, 1]);
  });
});
