import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReadsInTime } from './reads-in-time.js';

describe('ReadsInTime', () => {
  let reads: ReadsInTime;
  let begun: number;
  let endFirst: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    reads = new ReadsInTime(1_000);
    begun = 0;
    endFirst = () => {};
  });

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  const hang = () => {
    begun++;
    return new Promise<void>((resolve) => (endFirst = begun === 1 ? resolve : endFirst));
  };
  const read = async () => ++begun;

  /** Each read waits until the one before was abandoned. */
  async function refused(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const late = expect(reads.inTime(hang)).rejects.toThrow('the database has not answered within 1000 ms');
      await vi.advanceTimersByTimeAsync(1_000);
      await late;
    }
  }

  it('gives what was read, or its failure', async () => {
    expect(await reads.inTime(read)).toBe(1);
    await expect(reads.inTime(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('refuses what takes too long, and reads on where but one read hangs', async () => {
    await refused(1);
    expect(await reads.inTime(read)).toBe(2);
  });

  it('begins no more reads while some that were abandoned have not ended', async () => {
    await refused(5);
    expect(begun).toBe(2);
    const waiting = reads.inTime(read);
    await vi.advanceTimersByTimeAsync(999);
    expect(begun).toBe(2);
    endFirst();
    expect(await waiting).toBe(3);
    expect(await reads.inTime(read)).toBe(4);
  });

  it('takes no notice of an abandoned read that fails', async () => {
    let fail = (_error: Error) => {};
    const late = expect(reads.inTime(() => new Promise((_resolve, reject) => (fail = reject)))).rejects.toThrow('not');
    await vi.advanceTimersByTimeAsync(1_000);
    await late;
    fail(new Error('at last'));
    await refused(2);
    expect(begun).toBe(2);
  });
});
