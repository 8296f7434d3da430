import { describe, expect, it } from 'vitest';
import { LOCATED } from '../testing/sample-outcomes.js';
import { LookupOutcomes } from './lookup-outcomes.js';

describe('LookupOutcomes', () => {
  it('resolves when every subscriber is done, one after the other', async () => {
    const outcomes = new LookupOutcomes();
    const told: unknown[] = [];
    for (const name of ['first', 'second']) {
      outcomes.subscribe(async (key, outcome) => {
        await Promise.resolve();
        told.push([name, key, outcome]);
      });
    }
    await outcomes.publish('81.2.69.142', LOCATED);
    expect(told).toEqual([
      ['first', '81.2.69.142', LOCATED],
      ['second', '81.2.69.142', LOCATED],
    ]);
  });

  it('rejects when a subscriber fails, so that the lookup comes again', async () => {
    const outcomes = new LookupOutcomes();
    outcomes.subscribe(() => Promise.reject(new Error('database away')));
    await expect(outcomes.publish('81.2.69.142', LOCATED)).rejects.toThrow('database away');
  });

  it('refuses to start where outcomes would go nowhere', () => {
    const outcomes = new LookupOutcomes();
    expect(() => outcomes.assertSubscribed()).toThrow('nobody subscribed');
    outcomes.subscribe(async () => {});
    expect(() => outcomes.assertSubscribed()).not.toThrow();
  });
});
