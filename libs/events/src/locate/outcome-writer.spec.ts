import { beforeEach, describe, expect, it } from 'vitest';
import { LookupOutcomes } from '#libs/geolocation';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { KeyErasure } from '../erase/key-erasure.js';
import type { EventRepository } from '../persistence/event.repository.js';
import type { Replacements } from './replacements.js';
import { OutcomeWriter } from './outcome-writer.js';

describe('OutcomeWriter', () => {
  let replaced: string[];
  let forgotten: string[];

  beforeEach(() => ([replaced, forgotten] = [[], []]));

  const writing = (settleWaiting: EventRepository['settleWaiting']) => {
    const outcomes = new LookupOutcomes();
    const replacements = strictDouble<Replacements>('Replacements', {
      apply: async (key) => void replaced.push(key),
    });
    new OutcomeWriter(
      outcomes,
      strictDouble<EventRepository>('EventRepository', { settleWaiting }),
      replacements,
      strictDouble<KeyErasure>('KeyErasure', { forgetIfErased: async (key) => void forgotten.push(key) }),
    ).onModuleInit();
    return outcomes;
  };

  it('writes each outcome to the events that wait for its key, before the lookup ends', async () => {
    const written: unknown[] = [];
    const outcomes = writing(async (key, location) => {
      await Promise.resolve();
      return written.push([key, location]);
    });
    await outcomes.publish('81.2.69.142', {
      kind: 'failed',
      code: 'timeout',
      attempts: 7,
      nextAttemptAtMs: 8,
      lookedUpAtMs: 7,
    });
    expect(written).toEqual([['81.2.69.142', { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 8 }]]);
    expect([replaced, forgotten]).toEqual([['81.2.69.142'], []]);
  });

  it('forgets what no event waited for any more, where events were erased', async () => {
    const outcomes = writing(async () => 0);
    await outcomes.publish('81.2.69.142', { kind: 'unlocatable', code: 'not_found', lookedUpAtMs: 7 });
    expect([replaced, forgotten]).toEqual([['81.2.69.142'], ['81.2.69.142']]);
  });

  it('lets the lookup fail when writing fails, so that it comes again', async () => {
    const outcomes = writing(() => Promise.reject(new Error('database away')));
    const outcome = { kind: 'unlocatable', code: 'not_found', lookedUpAtMs: 7 } as const;
    await expect(outcomes.publish('81.2.69.142', outcome)).rejects.toThrow('database away');
  });
});
