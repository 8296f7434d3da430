import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventRepository } from '../persistence/event.repository.js';
import type { FailedKey, WaitingKey } from '../persistence/key-walk.js';
import type { ReplacementEntity } from '../persistence/replacement.entity.js';
import type { ReplacementRepository } from '../persistence/replacement.repository.js';
import type { FallbackLocator } from './fallback-locator.js';
import type { LookupRequests } from './lookup-requests.js';
import { Reconciler } from './reconciler.js';
import { TimersClock } from '../../../platform/src/testing/timers-clock.js';

const PAGE = 500;
const PAUSE_MS = 3_000;

/** Keys in the order of their texts. */
const keysFrom = (first: number, count: number): WaitingKey[] =>
  Array.from({ length: count }, (_, index) => {
    const key = String(first + index).padStart(5, '0');
    return { key, address: key, events: 1 };
  });

describe('Reconciler', () => {
  let waiting: WaitingKey[];
  /** From where each page was read. */
  let positions: string[];
  let asked: string[][];
  let located: string[][];
  let failed: FailedKey[];
  let retried: string[];
  let replaced: ReplacementEntity[];
  let restored: string[];
  let onRead: () => Promise<void>;
  let onAsk: () => Promise<void>;
  const warned = vi.spyOn(Logger.prototype, 'warn');

  beforeEach(() => {
    vi.useFakeTimers();
    warned.mockReset().mockReturnValue();
    waiting = [];
    positions = [];
    asked = [];
    located = [];
    failed = [];
    retried = [];
    replaced = [];
    restored = [];
    onRead = async () => {};
    onAsk = async () => {};
  });

  afterEach(() => void vi.useRealTimers());
  afterAll(() => warned.mockRestore());

  const reconcilerIn = (environment: NodeJS.ProcessEnv = {}) => {
    const events = strictDouble<EventRepository>('EventRepository', {
      waitingKeysAfter: async (after, limit) => {
        positions.push(after);
        await onRead();
        return waiting.filter(({ key }) => key > after).slice(0, limit);
      },
      failedKeysAfter: async (after) => failed.filter(({ key }) => key > after),
    });
    const replacements = strictDouble<ReplacementRepository>('ReplacementRepository', {
      dueAfter: async (after, _limit, nowMs) =>
        replaced.filter(({ lookupKey, nextAttemptAtMs }) => lookupKey > after && nextAttemptAtMs <= nowMs),
    });
    const fallback = strictDouble<FallbackLocator>('FallbackLocator', {
      locate: async (keys) => void located.push(keys.map(({ key }) => key)),
    });
    const lookups = strictDouble<LookupRequests>('LookupRequests', {
      askAgain: async (keys) => {
        asked.push(keys.map(({ key }) => key));
        await onAsk();
      },
      retry: async (keys) => void retried.push(...keys.map(({ key }) => key)),
      restore: async (requests) => void restored.push(...requests.map(({ key }) => key)),
    });
    return new Reconciler(loadSettings(environment), new TimersClock(), events, replacements, lookups, fallback);
  };
  const startedReconciler = () => {
    const reconciler = reconcilerIn();
    reconciler.onApplicationBootstrap();
    return reconciler;
  };

  it('asks for the lookups of all keys that wait', async () => {
    waiting = keysFrom(1, 3);
    await reconcilerIn().reconcile();
    expect(asked).toEqual([['00001', '00002', '00003']]);
    expect(located).toEqual(asked);
  });

  it('asks nothing where nothing waits', async () => {
    await reconcilerIn().reconcile();
    expect([asked, located]).toEqual([[], []]);
  });

  it('goes on after the last key of a full page, and starts over after a page that is not', async () => {
    waiting = keysFrom(1, 2 * PAGE + 1);
    const reconciler = reconcilerIn();
    for (let round = 0; round < 4; round++) await reconciler.reconcile();
    expect(asked.map((keys) => keys.length)).toEqual([PAGE, PAGE, 1, PAGE]);
    expect(positions).toEqual(['', '00500', '01000', '']);
  });

  it('starts over after a last page that is full', async () => {
    waiting = keysFrom(1, PAGE);
    const reconciler = reconcilerIn();
    for (let round = 0; round < 3; round++) await reconciler.reconcile();
    expect(positions).toEqual(['', '00500', '']);
  });

  it('looks at once when it starts, and again and again after a pause', async () => {
    const reconciler = startedReconciler();
    await vi.advanceTimersByTimeAsync(0);
    expect(positions).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
    expect(positions).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(positions).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(positions).toHaveLength(12);
    await reconciler.stop();
  });

  it('hardly pauses on its first way through all keys: after a start the queue may be empty', async () => {
    waiting = keysFrom(1, 3 * PAGE + 1);
    const reconciler = startedReconciler();
    await vi.advanceTimersByTimeAsync(PAUSE_MS / 2);
    expect(positions).toEqual(['', '00500', '01000', '01500']);
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(positions).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(positions).toHaveLength(6);
    await reconciler.stop();
  });

  it('asks once more for failed keys and for those to be replaced whose time has come, now and then', async () => {
    const dueAtMs = Date.now() + 25_000;
    failed = [
      { ...keysFrom(1, 1)[0], attempts: 7, nextAttemptAtMs: dueAtMs },
      { ...keysFrom(2, 1)[0], attempts: 20, nextAttemptAtMs: null },
    ];
    replaced = [{ lookupKey: '00003', nextAttemptAtMs: dueAtMs } as ReplacementEntity];
    const reconciler = startedReconciler();
    await vi.advanceTimersByTimeAsync(24_000);
    expect([retried, restored]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([retried, restored]).toEqual([['00001'], ['00003']]);
    await reconciler.stop();
  });

  it('does not begin a round before the last has ended', async () => {
    let endRead = () => {};
    onRead = () => new Promise((resolve) => (endRead = resolve));
    startedReconciler();
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(positions).toHaveLength(1);
    endRead();
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(positions).toHaveLength(2);
  });

  it('does not look in a process that makes no lookups', async () => {
    const shared = { DATABASE_URL: 'mysql://db/whence', REDIS_URL: 'redis://redis' };
    reconcilerIn({ ...shared, ROLE: 'api' }).onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(positions).toEqual([]);
  });

  it('goes on when a round fails, logs the first of several failures, and the next one after a success', async () => {
    const reconciler = startedReconciler();
    onRead = () => Promise.reject(new Error('no such table'));
    await vi.advanceTimersByTimeAsync(3 * PAUSE_MS);
    expect(warned).toHaveBeenCalledOnce();
    onRead = async () => {};
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    onRead = () => Promise.reject(new Error('no such table'));
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(warned).toHaveBeenCalledTimes(2);
    expect(positions).toHaveLength(6);
    await reconciler.stop();
  });

  it('logs a database that is away in a line, and a defect with its stack', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    for (const error of [away, new Error('no such table')]) {
      onRead = () => Promise.reject(error);
      const reconciler = startedReconciler();
      await vi.advanceTimersByTimeAsync(0);
      await reconciler.stop();
    }
    expect(warned.mock.calls.map(([line]) => Object.keys(line as object))).toEqual([
      ['msg', 'reason'],
      ['msg', 'err'],
    ]);
  });

  it('reads the same page again when reading it failed', async () => {
    waiting = keysFrom(1, PAGE + 1);
    const reconciler = reconcilerIn();
    await reconciler.reconcile();
    onRead = () => Promise.reject(new Error('away'));
    await expect(reconciler.reconcile()).rejects.toThrow('away');
    onRead = async () => {};
    await reconciler.reconcile();
    expect(positions).toEqual(['', '00500', '00500']);
  });

  it('comes back to the keys of a page that could not be asked for', async () => {
    waiting = keysFrom(1, 2);
    const reconciler = reconcilerIn();
    onAsk = () => Promise.reject(new Error('Redis is away'));
    await expect(reconciler.reconcile()).rejects.toThrow('Redis is away');
    onAsk = async () => {};
    await reconciler.reconcile();
    expect(asked).toEqual([
      ['00001', '00002'],
      ['00001', '00002'],
    ]);
  });

  it('stops after the round under way, and begins no other', async () => {
    let endAsk = () => {};
    waiting = keysFrom(1, 1);
    onAsk = () => new Promise((resolve) => (endAsk = resolve));
    const reconciler = startedReconciler();
    await vi.advanceTimersByTimeAsync(0);
    const done: string[] = [];
    void reconciler.stop().then(() => done.push('stopped'));
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(done).toEqual([]);
    endAsk();
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect([done, positions]).toEqual([['stopped'], ['']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops during a pause', async () => {
    const reconciler = startedReconciler();
    await vi.advanceTimersByTimeAsync(PAUSE_MS / 2);
    await reconciler.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be stopped where it never started', async () => {
    await expect(reconcilerIn().stop()).resolves.toBeUndefined();
  });
});
