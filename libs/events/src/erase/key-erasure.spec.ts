import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressRetention, type LocationCache, type LookupQueue } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { NeededKeys } from '../persistence/needed-keys.js';
import type { ReplacementRepository } from '../persistence/replacement.repository.js';
import { KeyErasure } from './key-erasure.js';

const TRUNCATE = { IP_RETENTION: 'truncate', IP_HASH_SECRET: 's'.repeat(32) };

function setUp(environment: Record<string, string> = {}, dropped: Promise<void> = Promise.resolve()) {
  const done: string[] = [];
  const needed = strictDouble<NeededKeys>('NeededKeys', {
    among: async (keys) => new Set(keys.filter((key) => key.startsWith('needed'))),
  });
  const replacements = strictDouble<ReplacementRepository>('ReplacementRepository', {
    removeOf: async (keys) => void done.push(`replacements of ${keys.join()}`),
  });
  const queue = strictDouble<LookupQueue>('LookupQueue', {
    drop: (keys) => {
      done.push(`lookups of ${keys.join()}`);
      return dropped;
    },
  });
  const cache = strictDouble<LocationCache>('LocationCache', {
    erase: async (keys) => void done.push(`locations of ${keys.join()}`),
  });
  const addresses = new AddressRetention(loadSettings(environment));
  return { done, keys: new KeyErasure(addresses, needed, replacements, queue, cache) };
}

describe('KeyErasure', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('forgets what is known of keys that no event has, and nothing of others', async () => {
    const { done, keys } = setUp();
    await keys.forgetUnneeded(['a', 'needed', 'b']);
    expect(done).toEqual(['replacements of a,b', 'locations of a,b', 'lookups of a,b']);
    await keys.forgetUnneeded(['needed']);
    await keys.forgetUnneeded([]);
    expect(done).toHaveLength(3);
  });

  it.each([
    ['hangs', () => new Promise<void>(() => {})],
    ['fails', () => Promise.reject(new Error('away'))],
  ])('waits a second at most for a queue that %s', async (_how, dropped) => {
    const { keys } = setUp({}, dropped());
    const forgotten = keys.forgetUnneeded(['a']);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(forgotten).resolves.toBeUndefined();
  });

  it('forgets a key after a lookup that nobody waited for, unless addresses are not kept', async () => {
    const [full, truncate] = [setUp(), setUp(TRUNCATE)];
    await full.keys.forgetIfErased('a');
    await truncate.keys.forgetIfErased('a');
    expect([full.done.length, truncate.done]).toEqual([3, []]);
  });
});
