import { describe, expect, it } from 'vitest';
import { PARIS } from '../testing/sample-events.js';
import { locationFromOutcome, locationInTime } from './event-location.js';

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

describe('locationInTime', () => {
  const failed = { status: 'failed', code: 'rejected', attempts: 1, nextAttemptAtMs: 8 } as const;

  it('has no attempt that comes when the address is forgotten, or later', () => {
    expect([7, 8, 9].map((forgottenAtMs) => locationInTime(failed, forgottenAtMs))).toEqual([
      { ...failed, nextAttemptAtMs: null },
      { ...failed, nextAttemptAtMs: null },
      failed,
    ]);
  });

  it('leaves all else as it is', () => {
    const others = [{ status: 'pending' }, { ...failed, nextAttemptAtMs: null }] as const;
    expect(others.map((location) => locationInTime(location, 0))).toEqual(others);
  });
});
