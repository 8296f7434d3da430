import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { strictDouble } from '../testing/strict-double.js';
import { DatabaseProbe } from './database-probe.js';

describe('DatabaseProbe', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const probeOf = (answer: Promise<unknown>) =>
    new DatabaseProbe(strictDouble<DataSource>('DataSource', { query: (() => answer) as DataSource['query'] }));

  it('finds nothing wrong when the database answers', async () => {
    expect(await probeOf(Promise.resolve([])).failure(1_000)).toBeNull();
  });

  it('names the code of a failed query, and nothing else of it', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:3306'), { code: 'ECONNREFUSED' });
    expect(await probeOf(Promise.reject(refused)).failure(1_000)).toBe('ECONNREFUSED');
    expect(await probeOf(Promise.reject(new Error('secret'))).failure(1_000)).toBe('query failed');
  });

  it('gives up on a database that does not answer in time', async () => {
    const reported: (string | null)[] = [];
    void probeOf(new Promise(() => {}))
      .failure(1_000)
      .then((failure) => reported.push(failure));
    await vi.advanceTimersByTimeAsync(999);
    expect(reported).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(reported).toEqual(['no answer within 1000 ms']);
  });

  it('leaves no timer behind', async () => {
    await probeOf(Promise.resolve([])).failure(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
