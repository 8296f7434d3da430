import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import type { RecorderBehaviour } from '../support/recorder.js';
import type { Fault } from './fault.js';

const LONGEST_AWAY_MS = 10_000;
/** Beyond the longest pause of the breaker and the longest request. */
const MET = { timeoutMs: 45_000, everyMs: 200 };

const WAYS: readonly (readonly [RecorderBehaviour, string])[] = [
  ['unavailable', 'the Geolocation API answers 503'],
  ['throttling', 'the Geolocation API answers 429'],
  ['garbage', 'the Geolocation API answers garbage'],
  ['hanging', 'the Geolocation API hangs'],
  ['resetting', 'the Geolocation API resets connections'],
  ['down', 'the Geolocation API refuses connections'],
  ['huge', 'the Geolocation API answers 100 MB'],
  ['dripping', 'the Geolocation API answers a byte at a time'],
];

const IN_SHORT_FORM: readonly RecorderBehaviour[] = ['hanging'];

/** Faults of the Geolocation API. Each lasts until a request has met it, however long the breaker makes it wait. */
export const GEOLOCATION_FAULTS: readonly Fault[] = WAYS.map(([behaviour, name]) => ({
  name,
  isOnlyAtLength: !IN_SHORT_FORM.includes(behaviour),
  async strike(world, chance) {
    const before = await world.geoIpApi.requestsThatMet(behaviour);
    await world.geoIpApi.behave(behaviour);
    try {
      await chance.pause(LONGEST_AWAY_MS);
      // Nobody knows of a connection that was refused but who asked for it.
      if (behaviour === 'down') return;
      await eventually(
        async () => expect(await world.geoIpApi.requestsThatMet(behaviour)).toBeGreaterThan(before),
        MET,
      );
    } finally {
      await world.geoIpApi.behave('healthy');
    }
  },
}));
