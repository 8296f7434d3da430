import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { Reading } from './reading.js';

describe('Reading', () => {
  let clock: ManualClock;
  let reads: number;
  let answer: () => Promise<number>;
  let reading: Reading<number>;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    clock = new ManualClock();
    reads = 0;
    answer = async () => reads;
    const read = () => {
      reads++;
      return answer();
    };
    reading = new Reading(read, clock);
  });

  afterEach(() => vi.useRealTimers());

  const hang = () => (answer = () => new Promise<never>(() => {}));
  const valueWhenLate = async () => {
    const value = reading.value(1_500);
    await vi.advanceTimersByTimeAsync(1_500);
    return value;
  };

  it('asks once for all who want it within five seconds', async () => {
    expect(await Promise.all([reading.value(1_500), reading.value(1_500)])).toEqual([1, 1]);
    clock.advance(4_999);
    expect(await reading.value(1_500)).toBe(1);
    clock.advance(1);
    expect(await reading.value(1_500)).toBe(2);
  });

  it('keeps nobody waiting longer than they have time, and asks what hangs only once', async () => {
    hang();
    expect(await valueWhenLate()).toBeNull();
    expect(await valueWhenLate()).toBeNull();
    expect(reads).toBe(1);
  });

  it('tells the next one what came too late for the one before', async () => {
    let arrive = (_value: number) => {};
    answer = () => new Promise((resolve) => (arrive = resolve));
    expect(await valueWhenLate()).toBeNull();
    arrive(7);
    await vi.advanceTimersByTimeAsync(0);
    expect(await reading.value(1_500)).toBe(7);
    expect(reads).toBe(1);
  });

  it.each([
    ['fails', () => (answer = () => Promise.reject(new Error('away')))],
    ['hangs', hang],
  ])('tells the last value for a minute where it %s, and then none', async (_what, breakIt) => {
    await reading.value(1_500);
    breakIt();
    clock.advance(59_999);
    expect(await valueWhenLate()).toBe(1);
    clock.advance(1);
    expect(await valueWhenLate()).toBeNull();
  });

  it('asks again at once after a failure', async () => {
    answer = () => Promise.reject(new Error('away'));
    expect(await reading.value(1_500)).toBeNull();
    answer = async () => 3;
    expect(await reading.value(1_500)).toBe(3);
  });
});
