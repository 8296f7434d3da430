import { describe, expect, it } from 'vitest';
import { PARIS } from '../testing/sample-events.js';
import { locationFromOutcome } from './event-location.js';

describe('locationFromOutcome', () => {
  it('places the events of a located key', () => {
    const outcome = { kind: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 } as const;
    expect(locationFromOutcome(outcome)).toEqual({
      status: 'located',
      place: PARIS,
      source: 'geoip-api',
      lookedUpAtMs: 7,
    });
  });

  it('says why there is no place', () => {
    const unlocatable = { kind: 'unlocatable', code: 'not_found', lookedUpAtMs: 7 } as const;
    const failed = { kind: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 8, lookedUpAtMs: 7 } as const;
    expect([unlocatable, failed].map(locationFromOutcome)).toEqual([
      { status: 'unlocatable', code: 'not_found', attempts: 1 },
      { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs: 8 },
    ]);
  });
});
