import { describe, expect, it } from 'vitest';
import { locatedEvent, sampleEvent } from '../testing/sample-events.js';
import {
  agoText,
  coordinatesText,
  durationText,
  etaText,
  eventTitle,
  placeText,
  plural,
  rateText,
  timeText,
} from './formatters.js';

const NOW_MS = Date.parse('2026-11-23T18:00:00Z');

describe('texts', () => {
  it.each([
    [0, '0 s'],
    [-5_000, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [7_300_000, '2 h'],
    [3 * 86_400_000, '3 d'],
  ])('a duration of %i ms: %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it('of times before and to come', () => {
    expect([agoText(NOW_MS + 400, NOW_MS), agoText(NOW_MS - 4_000, NOW_MS)]).toEqual(['now', '4 s ago']);
    expect(etaText('2026-11-23T18:00:03.200Z', NOW_MS)).toBe('located in about 3 s');
    expect(etaText('2026-11-23T17:59:00Z', NOW_MS)).toBe('located any moment now');
    expect(etaText(null, NOW_MS)).toBe('waiting for its location');
  });

  it('of places, as near as they are known', () => {
    expect(placeText(locatedEvent(), NOW_MS)).toBe('London, United Kingdom');
    expect(placeText(locatedEvent({}, { city: null }), NOW_MS)).toBe('England, United Kingdom');
    const nowhere = { city: null, region: null, country: null, country_code: null };
    expect(placeText(locatedEvent({}, nowhere), NOW_MS)).toBe('51.51° N, 0.09° W');
    expect(coordinatesText(-33.868, 151.2)).toBe('33.87° S, 151.20° E');
  });

  it('of events without a place', () => {
    const error = { code: 'loopback_address', message: 'No place.', attempts: 0, next_attempt_at: null };
    expect(placeText(sampleEvent({ location_status: 'unlocatable', location_error: error }), NOW_MS)).toBe('No place.');
    expect(placeText(sampleEvent(), NOW_MS)).toBe('waiting for its location');
    expect(eventTitle(sampleEvent({ name: null }))).toBe('Status code 2');
  });

  it('of days, as they are told everywhere on the page', () => {
    expect(timeText(new Date(2026, 10, 23, 18, 0, 5).getTime())).toBe('23 Nov 2026, 18:00:05');
  });

  it('of numbers', () => {
    expect([plural(1, 'event'), plural(1_234, 'event'), plural(0, 'country', 'countries')]).toEqual([
      '1 event',
      '1,234 events',
      '0 countries',
    ]);
    expect([rateText(0.35), rateText(1_234.5)]).toEqual(['0.4', '1,235']);
  });
});
