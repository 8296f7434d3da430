import { describe, expect, it } from 'vitest';
import type { LookupStatus } from '../api/event-types.js';
import { breakerTexts, budgetTexts } from './health-texts.js';

const USUAL: LookupStatus = {
  state: 'up',
  message: null,
  requests_per_second: 5,
  breaker: 'closed',
  pace: 5,
  paused_for_seconds: 0,
  budget_used: 0.5,
  keys_waiting: 0,
  lookups_active: 0,
  oldest_pending_received_at: null,
  oldest_pending_age_seconds: null,
};

describe('the texts of the health strip', () => {
  it.each([
    [{}, 'mean of the last minute', 'the API answers'],
    [{ pace: 2.5 }, 'slowed to 2.5/s', 'the API answers'],
    [{ pace: 2.5, paused_for_seconds: 35 }, 'paused for 35 s', 'the API said 429'],
    [{ pace: null, paused_for_seconds: null }, 'mean of the last minute', 'the API answers'],
  ])('say of %j what the Geolocation API has asked for', (told, lookups, breaker) => {
    const status = { ...USUAL, ...told };
    expect(budgetTexts(status)).toEqual({ value: '2.5 of 5/s', note: lookups, isGood: lookups.startsWith('mean') });
    expect(breakerTexts(status, 'closed')).toEqual({
      value: 'closed',
      note: breaker,
      isGood: breaker === 'the API answers',
    });
  });

  it('say that lookups wait while the breaker is open', () => {
    expect(breakerTexts(USUAL, 'open')).toEqual({ value: 'open', note: 'lookups wait', isGood: false });
    expect(breakerTexts(USUAL, 'half_open')).toMatchObject({ value: 'probing', isGood: false });
  });
});
