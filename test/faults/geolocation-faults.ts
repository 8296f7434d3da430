import type { RecorderBehaviour } from '../support/recorder.js';
import type { Fault } from './fault.js';

const LONGEST_AWAY_MS = 10_000;

const WAYS: readonly (readonly [RecorderBehaviour, string])[] = [
  ['unavailable', 'the Geolocation API answers 503'],
  ['throttling', 'the Geolocation API answers 429'],
  ['garbage', 'the Geolocation API answers garbage'],
  ['hanging', 'the Geolocation API hangs'],
  ['resetting', 'the Geolocation API resets connections'],
  ['huge', 'the Geolocation API answers 100 MB'],
  ['dripping', 'the Geolocation API answers a byte at a time'],
];

const IN_SHORT_FORM: readonly RecorderBehaviour[] = ['unavailable', 'hanging', 'huge'];

/** Faults of the Geolocation API. */
export const GEOLOCATION_FAULTS: readonly Fault[] = WAYS.map(([behaviour, name]) => ({
  name,
  isOnlyAtLength: !IN_SHORT_FORM.includes(behaviour),
  async strike(world) {
    await world.geoIpApi.behave(behaviour);
    await world.pause(LONGEST_AWAY_MS);
    await world.geoIpApi.behave('healthy');
  },
}));
