import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from './clock.js';

describe('SystemClock', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('follows the wall clock where time is stored, and not where it is measured', () => {
    const clock = new SystemClock();
    vi.setSystemTime(Date.UTC(2026, 10, 23));
    const before = clock.monotonicMs();
    vi.setSystemTime(Date.UTC(1999, 0, 1));
    expect(clock.nowMs()).toBe(Date.UTC(1999, 0, 1));
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});
