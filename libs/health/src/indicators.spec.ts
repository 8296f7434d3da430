import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';
import type { EventRepository } from '#libs/events';
import type { GateState, GeolocationStatus } from '#libs/geolocation';
import { type DatabaseProbe, Draining } from '#libs/platform';
import { storedEvent } from '../../events/src/testing/sample-events.js';
import { ManualClock } from '../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../platform/src/testing/strict-double.js';
import { DatabaseIndicator } from './database.indicator.js';
import { DetailsIndicator } from './details.indicator.js';
import { DrainingIndicator } from './draining.indicator.js';
import { LookupFiguresReader } from './lookup-figures.js';
import { presentLookupStatus } from './lookup-status.dto.js';
import { LookupsIndicator } from './lookups.indicator.js';

const indicators = new HealthIndicatorService();

describe('DatabaseIndicator', () => {
  const checked = (failure: string | null) =>
    new DatabaseIndicator(
      indicators,
      strictDouble<DatabaseProbe>('DatabaseProbe', { failure: async () => failure }),
    ).check();

  it('is up while the database answers and down with the reason when it does not', async () => {
    expect(await checked(null)).toEqual({ database: { status: 'up' } });
    expect(await checked('ECONNREFUSED')).toEqual({ database: { status: 'down', message: 'ECONNREFUSED' } });
  });
});

describe('DrainingIndicator', () => {
  it('is down from when the service is told to stop', () => {
    const draining = new Draining();
    const indicator = new DrainingIndicator(indicators, draining);
    expect(indicator.check()).toEqual({ accepting: { status: 'up' } });
    draining.start();
    expect(indicator.check()).toEqual({ accepting: { status: 'down', message: 'the service stops' } });
  });
});

describe('LookupsIndicator', () => {
  const checked = (status: Partial<GeolocationStatus>) =>
    new LookupsIndicator(indicators, strictDouble<GeolocationStatus>('GeolocationStatus', status)).check();

  const withBreaker = (breaker: GateState['breaker']) => ({
    redisFault: null,
    gateState: async () => ({ breaker, answers: 0, pace: 5, pausedForMs: 0, usedShare: 0 }),
  });

  it('is up with the breaker closed', async () => {
    expect(await checked(withBreaker('closed'))).toEqual({ lookups: { status: 'up' } });
  });

  it.each(['open', 'half_open'] as const)('is degraded and not down with the breaker %s', async (breaker) => {
    expect(await checked(withBreaker(breaker))).toMatchObject({ lookups: { status: 'degraded', breaker } });
  });

  it.each(['Redis is away', 'Redis only reads (READONLY)'])('is degraded and not down while %s', async (redisFault) => {
    expect(await checked({ redisFault })).toEqual({
      lookups: { status: 'degraded', message: `${redisFault}; lookups wait` },
    });
  });

  it.each([
    ['fails', () => Promise.reject(new Error('secret'))],
    ['hangs', () => new Promise<never>(() => {})],
  ])('is degraded and not down where Redis %s', async (_what, gateState) => {
    expect(await checked({ redisFault: null, gateState })).toEqual({
      lookups: { status: 'degraded', message: 'Redis does not answer; lookups wait' },
    });
  });
});

describe('DetailsIndicator', () => {
  const clock = new ManualClock();
  const status = strictDouble<GeolocationStatus>('GeolocationStatus', {
    redisFault: null,
    gateState: async () => ({ breaker: 'closed', answers: 0, pace: 2.5, pausedForMs: 1_200, usedShare: 0.98765 }),
    requestsPerSecond: 5,
    queueCounts: async () => ({ waiting: 3, active: 1 }),
  });
  const reader = (oldestPending: EventRepository['oldestPending']) =>
    new LookupFiguresReader(status, strictDouble<EventRepository>('EventRepository', { oldestPending }), clock);
  const checked = (oldestPending: EventRepository['oldestPending']) =>
    new DetailsIndicator(indicators, reader(oldestPending)).check();

  it('tells people what waits, and for how long', async () => {
    const receivedAtMs = clock.nowMs() - 90_400;
    expect(await checked(async () => storedEvent({ receivedAtMs }))).toEqual({
      details: {
        status: 'up',
        breaker: 'closed',
        requests_per_second: 5,
        pace: 2.5,
        paused_for_seconds: 2,
        budget_used: 0.988,
        keys_waiting: 3,
        lookups_active: 1,
        oldest_pending_received_at: new Date(receivedAtMs).toISOString(),
        oldest_pending_age_seconds: 90,
      },
    });
  });

  it('tells that nothing waits', async () => {
    expect(await checked(async () => null)).toMatchObject({
      details: { oldest_pending_received_at: null, oldest_pending_age_seconds: null },
    });
  });

  it('is degraded, and does not throw, where that cannot be read', async () => {
    expect(await checked(() => Promise.reject(new Error('secret')))).toEqual({
      details: { status: 'degraded', message: 'the details cannot be read just now' },
    });
  });

  it('is the same for clients who may read events, who are told of nulls instead', async () => {
    const figures = await reader(async () => null).read();
    expect(presentLookupStatus(figures, 5)).toMatchObject({ state: 'up', message: null, pace: 2.5, keys_waiting: 3 });
    const unread = await reader(() => Promise.reject(new Error('secret'))).read();
    expect(presentLookupStatus(unread, 5)).toEqual({
      state: 'degraded',
      message: 'the details cannot be read just now',
      requests_per_second: 5,
      breaker: null,
      pace: null,
      paused_for_seconds: null,
      budget_used: null,
      keys_waiting: null,
      lookups_active: null,
      oldest_pending_received_at: null,
      oldest_pending_age_seconds: null,
    });
  });
});
