import { version } from 'uuid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newTimeOrderedId } from './time-ordered-id.js';

describe('newTimeOrderedId', () => {
  afterEach(() => void vi.useRealTimers());

  it('grows with each id, within a millisecond and over many of them', () => {
    const ids = Array.from({ length: 5_000 }, newTimeOrderedId);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(new Set(ids.map((id) => version(id)))).toEqual(new Set([7]));
  });

  it('grows also when the clock is set back', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2100, 0, 1) });
    const before = newTimeOrderedId();
    vi.setSystemTime(Date.UTC(2099, 0, 1));
    expect(newTimeOrderedId() > before).toBe(true);
  });

  it('begins with the time', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2200, 0, 1) });
    const [high = '', low = ''] = newTimeOrderedId().split('-');
    expect(Number.parseInt(high + low, 16)).toBe(Date.UTC(2200, 0, 1));
  });
});
