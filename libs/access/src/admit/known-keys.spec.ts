import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { secretHashOf } from '../domain/api-key.js';
import type { ApiKeyEntity } from '../persistence/api-key.entity.js';
import type { ApiKeyRepository } from '../persistence/api-key.repository.js';
import { KnownKeys } from './known-keys.js';

const HASH = secretHashOf('secret');
const ROW: ApiKeyEntity = {
  id: 'a',
  name: 'web',
  secretHash: HASH,
  scopes: 'submit,read',
  cidrs: null,
  throttlePerMinute: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
};

/** Rows as a database has them, and how often it was asked. */
class Rows {
  rows: ApiKeyEntity[] = [];
  revoked = 0;
  asked = { state: 0, unrevoked: 0 };

  state = async () => {
    this.asked.state++;
    return `${this.rows.length + this.revoked} ${this.revoked}`;
  };

  unrevoked = async () => {
    this.asked.unrevoked++;
    return this.rows;
  };

  revokeAll(): void {
    this.revoked += this.rows.length;
    this.rows = [];
  }
}

function setUp(settings: Record<string, string> = {}) {
  const rows = new Rows();
  const clock = new ManualClock();
  const keys = new KnownKeys(rows as unknown as ApiKeyRepository, clock, loadSettings(settings));
  return { rows, clock, keys };
}

describe('KnownKeys', () => {
  afterEach(() => void vi.useRealTimers());

  it('knows a key once it has been read, by its secret', async () => {
    const { rows, keys } = setUp();
    rows.rows = [ROW];
    expect([keys.find('a', HASH), keys.isFresh]).toEqual([null, false]);
    await keys.refresh();
    expect(keys.find('a', HASH)).toMatchObject({ id: 'a', scopes: new Set(['submit', 'read']) });
    expect([keys.find('a', secretHashOf('other')), keys.find('b', HASH), keys.isFresh]).toEqual([null, null, true]);
  });

  it('reads all of them only where one was added or revoked', async () => {
    const { rows, clock, keys } = setUp();
    rows.rows = [ROW];
    await keys.refresh();
    clock.advance(1_000);
    await keys.refresh();
    expect(rows.asked).toEqual({ state: 2, unrevoked: 1 });
    rows.rows = [ROW, { ...ROW, id: 'b' }];
    clock.advance(1_000);
    await keys.refresh();
    expect([keys.find('b', HASH)?.id, rows.asked.unrevoked]).toEqual(['b', 2]);
  });

  it('tells of keys that are granted no longer', async () => {
    const { rows, clock, keys } = setUp();
    rows.rows = [ROW, { ...ROW, id: 'expiring', expiresAtMs: clock.nowMs() + 2_000 }];
    const told: (readonly string[])[] = [];
    keys.onRevoked((keyIds) => told.push(keyIds));
    await keys.refresh();
    clock.advance(2_000);
    expect(keys.find('expiring', HASH)).toBeNull();
    await keys.refresh();
    expect(told).toEqual([['expiring']]);
    rows.revokeAll();
    clock.advance(1_000);
    await keys.refresh();
    expect([told, keys.find('a', HASH)]).toEqual([[['expiring'], ['a']], null]);
  });

  it('logs what it sees happen to keys after the first time, each once and without secrets', async () => {
    const logged = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    const { rows, clock, keys } = setUp();
    const expiring = { ...ROW, id: 'expiring', expiresAtMs: clock.nowMs() + 2_000 };
    rows.rows = [ROW, expiring, { ...ROW, id: 'expired', expiresAtMs: clock.nowMs() }];
    const later = async (row?: ApiKeyEntity) => {
      if (row !== undefined) rows.rows = [...rows.rows, row];
      clock.advance(1_000);
      await keys.refresh();
      return logged.mock.calls.splice(0).map(([line]) => line as unknown);
    };
    await keys.refresh();
    expect(logged).not.toHaveBeenCalled();
    const seen = { msg: 'audit', subject: 'new', name: 'web', scopes: ['submit', 'read'] };
    expect(await later({ ...ROW, id: 'new' })).toEqual([{ ...seen, action: 'key.created' }]);
    expect(await later()).toEqual([{ ...seen, action: 'key.expired', subject: 'expiring' }]);
    expect(await later({ ...ROW, id: 'another' })).toEqual([{ ...seen, action: 'key.created', subject: 'another' }]);
    rows.revokeAll();
    expect(await later()).toEqual(
      ['a', 'new', 'another'].map((subject) => ({ ...seen, action: 'key.revoked', subject })),
    );
    expect(await later()).toEqual([]);
    logged.mockRestore();
  });

  it('does not believe for long what it knows', async () => {
    const { clock, keys } = setUp();
    await keys.refresh();
    clock.advance(4_000);
    expect(keys.isFresh).toBe(true);
    clock.advance(1);
    expect(keys.isFresh).toBe(false);
  });

  it('asks once for all who ask at the same time, and not more often than every 100 ms', async () => {
    const { rows, keys } = setUp();
    await keys.refresh();
    vi.useFakeTimers();
    const all = Promise.all(Array.from({ length: 50 }, () => keys.refresh()));
    await vi.advanceTimersByTimeAsync(99);
    expect(rows.asked.state).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await all;
    expect(rows.asked.state).toBe(2);
  });

  it('finds what was added after the refresh before had begun', async () => {
    const { rows, clock, keys } = setUp();
    let goOn = () => {};
    const asked = rows.state;
    rows.state = async () => {
      const state = await asked();
      await new Promise<void>((resolve) => (goOn = resolve));
      return state;
    };
    const first = keys.refresh();
    await vi.waitUntil(() => rows.asked.state === 1);
    rows.state = asked;
    rows.rows = [ROW];
    clock.advance(1_000);
    const second = keys.refresh();
    goOn();
    await Promise.all([first, second]);
    expect(keys.find('a', HASH)?.id).toBe('a');
  });

  it('tells once that it cannot read them, however many requests ask, and once that it can again', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const logged = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    const { rows, clock, keys } = setUp({ AUTH: 'required' });
    const working = rows.state;
    rows.state = () => Promise.reject(new Error('away'));
    for (let request = 0; request < 3; request++) await expect(keys.refresh()).rejects.toThrow('away');
    expect(warned).toHaveBeenCalledTimes(1);
    rows.state = working;
    for (let request = 0; request < 3; request++) {
      clock.advance(1_000);
      await keys.refresh();
    }
    expect(logged.mock.calls).toEqual([['the API keys could be read again']]);
    warned.mockRestore();
    logged.mockRestore();
  });

  it('has one time for all that a read asks', async () => {
    vi.useFakeTimers();
    const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { rows, keys } = setUp();
    const asked = rows.state;
    rows.state = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return `${await asked()} changed`;
    };
    rows.unrevoked = () => new Promise(() => {});
    const told = expect(keys.refresh()).rejects.toThrow('did not answer in time');
    await vi.advanceTimersByTimeAsync(2_000);
    await told;
    warned.mockRestore();
  });

  it('knows the keys of a service that requires them before that listens', async () => {
    const { rows, keys } = setUp({ AUTH: 'required' });
    rows.rows = [ROW];
    await keys.onApplicationBootstrap();
    expect([keys.find('a', HASH)?.id, keys.isFresh]).toEqual(['a', true]);
    await keys.onModuleDestroy();
  });

  it('goes on by itself where keys are required, and says once that it cannot', async () => {
    vi.useFakeTimers();
    const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { rows, keys } = setUp({ AUTH: 'required' });
    rows.state = () => Promise.reject(new Error('away'));
    await keys.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(warned).toHaveBeenCalledTimes(1);
    const stopped = keys.onModuleDestroy();
    await vi.advanceTimersByTimeAsync(0);
    await stopped;
    warned.mockRestore();
  });
});
