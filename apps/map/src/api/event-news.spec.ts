import { describe, expect, it } from 'vitest';
import { failedEvent, locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { isOlderNews, isToBeLookedUp } from './event-news.js';

const PENDING = sampleEvent();
const FAILED = failedEvent('2026-11-23T18:01:00.000Z');
const FAILED_AGAIN = failedEvent('2026-11-23T18:03:00.000Z');
const GIVEN_UP = failedEvent(null);
const FALLBACK = locatedEvent({}, { source: 'mmdb', looked_up_at: '2026-11-23T18:02:00.000Z' });
// A lookup is shared by the events of an address: it may be older than what the local database said meanwhile.
const LOCATED = locatedEvent({}, { looked_up_at: '2026-11-23T18:00:30.000Z' });
const LOCATED_ANEW = locatedEvent({}, { looked_up_at: '2026-11-24T18:00:30.000Z' });
const UNLOCATABLE = sampleEvent({ location_status: 'unlocatable' });

describe('news of an event', () => {
  it.each([
    [PENDING, FAILED],
    [FAILED, FAILED_AGAIN],
    [FAILED_AGAIN, FALLBACK],
    [FAILED_AGAIN, LOCATED],
    [GIVEN_UP, LOCATED],
    [FAILED, UNLOCATABLE],
    [FALLBACK, LOCATED],
    [LOCATED, LOCATED_ANEW],
    [PENDING, UNLOCATABLE],
  ])('are older, or not, whatever comes first (%#)', (before, after) => {
    expect([isOlderNews(before, after), isOlderNews(after, before)]).toEqual([true, false]);
  });

  it('are what comes last, where nothing tells which is older', () => {
    for (const [one, other] of [
      [LOCATED, UNLOCATABLE],
      [FAILED, GIVEN_UP],
      [PENDING, PENDING],
    ] as const)
      expect([isOlderNews(one, other), isOlderNews(other, one)]).toEqual([false, false]);
  });

  it('are still to come of what is pending, tried again, or from the local database', () => {
    expect([PENDING, FAILED, FALLBACK].map(isToBeLookedUp)).toEqual([true, true, true]);
    expect([GIVEN_UP, LOCATED, UNLOCATABLE].map(isToBeLookedUp)).toEqual([false, false, false]);
  });
});
