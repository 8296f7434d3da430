import { beforeEach, describe, expect, it } from 'vitest';
import type { FallbackPlaces } from '#libs/geolocation';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventRepository } from '../persistence/event.repository.js';
import type { ReplacementRepository } from '../persistence/replacement.repository.js';
import { PARIS } from '../testing/sample-events.js';
import { FallbackLocator } from './fallback-locator.js';

const WAITING = ['81.2.69.1', '81.2.69.2'].map((key) => ({ key, address: key, events: 10 }));

describe('FallbackLocator', () => {
  /** What happened, in order. */
  let steps: string[];
  let known: string[];
  let waiting: Record<string, number>;
  let locator: FallbackLocator;

  beforeEach(() => {
    steps = [];
    known = ['81.2.69.1'];
    waiting = { '81.2.69.1': 10, '81.2.69.2': 10 };
    const places = strictDouble<FallbackPlaces>('FallbackPlaces', {
      placesFor: async () => new Map(known.map((key) => [key, PARIS])),
    });
    const events = strictDouble<EventRepository>('EventRepository', {
      settlePending: async (key, location) => {
        steps.push(`settle ${key} ${location.status === 'located' ? location.source : location.status}`);
        return waiting[key] ?? 0;
      },
    });
    const replacements = strictDouble<ReplacementRepository>('ReplacementRepository', {
      save: async (saved) => void steps.push(...saved.map(({ lookupKey }) => `save ${lookupKey}`)),
      takeBack: async ({ lookupKey }) => void steps.push(`take back ${lookupKey}`),
    });
    locator = new FallbackLocator(places, events, replacements, new ManualClock());
  });

  it('keeps a key before its events get a place, and once more after it', async () => {
    await locator.locate(WAITING);
    expect(steps).toEqual(['save 81.2.69.1', 'settle 81.2.69.1 mmdb', 'save 81.2.69.1']);
  });

  it('asks for no lookup of a key that no event waits for any more', async () => {
    waiting = {};
    await locator.locate(WAITING);
    expect(steps).toEqual(['save 81.2.69.1', 'settle 81.2.69.1 mmdb', 'take back 81.2.69.1']);
  });

  it('leaves alone what it has no place for', async () => {
    known = [];
    await locator.locate(WAITING);
    expect(steps).toEqual([]);
  });
});
