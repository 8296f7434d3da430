import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gate } from '../../test/support/gate.js';
import { type SoakLook, SoakWatch } from './soak-watch.js';

const LOOK: SoakLook = { memoryMb: 100, handles: 20, loopDelayMs: undefined, redisKeys: 7 };

describe('SoakWatch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('looks every five seconds until it is stopped', async () => {
    const watch = new SoakWatch(() => Promise.resolve(LOOK));
    await vi.advanceTimersByTimeAsync(10_000);
    watch.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(watch.samples).toEqual([
      { seconds: 5, ...LOOK },
      { seconds: 10, ...LOOK },
    ]);
    expect(watch.failedLooks).toBe(0);
  });

  it('counts the looks that fail, and goes on', async () => {
    let looks = 0;
    const watch = new SoakWatch(async () => {
      if (looks++ === 1) throw new Error('no such process');
      return Promise.resolve(LOOK);
    });
    await vi.advanceTimersByTimeAsync(15_000);
    watch.stop();
    expect(watch.samples.map(({ seconds }) => seconds)).toEqual([5, 15]);
    expect(watch.failedLooks).toBe(1);
  });

  it('takes no notice of what a look becomes after the end', async () => {
    const gate = new Gate();
    let looks = 0;
    const watch = new SoakWatch(async () => {
      const isFirst = looks++ === 0;
      await gate.passed;
      if (isFirst) return LOOK;
      throw new Error('no such process');
    });
    await vi.advanceTimersByTimeAsync(10_000);
    watch.stop();
    gate.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toBe(2);
    expect(watch.samples).toEqual([]);
    expect(watch.failedLooks).toBe(0);
  });
});
