import { describe, expect, it } from 'vitest';
import type { LocationErrorCode } from '../domain/event.js';
import { LOCATION_ERROR_MESSAGES } from '../domain/location-error-messages.js';
import { PARIS, storedEvent } from '../testing/sample-events.js';
import { presentEvent } from './present-event.js';

describe('presentEvent', () => {
  it('shows a pending event', () => {
    expect(presentEvent(storedEvent())).toEqual({
      task_id: '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e',
      name: 'EC2 Instance Offline',
      status_code: 2,
      attributes: {},
      occurred_at: null,
      received_at: '2026-11-23T18:00:00.123Z',
      source_ip: '81.2.69.142',
      location_status: 'pending',
      location: null,
      estimated_located_at: null,
      location_error: null,
    });
  });

  it('shows a located event with its place', () => {
    const lookedUpAtMs = Date.UTC(2026, 10, 23, 18, 0, 0, 641);
    const location = { status: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs } as const;
    expect(presentEvent(storedEvent({ location }))).toMatchObject({
      location_status: 'located',
      location: {
        country_code: 'FR',
        country: 'France',
        region: 'Île-de-France',
        city: 'Paris',
        latitude: 48.8534,
        longitude: 2.3488,
        timezone: 'Europe/Paris',
        source: 'geoip-api',
        looked_up_at: '2026-11-23T18:00:00.641Z',
      },
      location_error: null,
    });
  });

  it.each([
    ['unlocatable', 'private_address', 0],
    ['unlocatable', 'not_found', 1],
  ] as const)('shows why an event is %s: %s', (status, code, attempts) => {
    expect(presentEvent(storedEvent({ location: { status, code, attempts } }))).toMatchObject({
      location_status: status,
      location: null,
      location_error: { code, message: LOCATION_ERROR_MESSAGES[code], attempts, next_attempt_at: null },
    });
  });

  it.each([
    [null, null],
    [Date.UTC(2026, 10, 23, 19), '2026-11-23T19:00:00.000Z'],
  ])('shows why an event has failed, and when its lookup is tried again: %s', (nextAttemptAtMs, shown) => {
    const location = { status: 'failed', code: 'timeout', attempts: 7, nextAttemptAtMs } as const;
    expect(presentEvent(storedEvent({ location }))).toMatchObject({
      location_status: 'failed',
      location: null,
      location_error: { code: 'timeout', attempts: 7, next_attempt_at: shown },
    });
  });

  it('shows when a pending event will probably be located, to the millisecond', () => {
    const { estimated_located_at: shown } = presentEvent(storedEvent(), Date.UTC(2026, 10, 23, 19) + 0.4);
    expect(shown).toBe('2026-11-23T19:00:00.000Z');
  });

  it('has a sentence of its own for every reason', () => {
    const messages = (Object.keys(LOCATION_ERROR_MESSAGES) as LocationErrorCode[]).map(
      (code) =>
        presentEvent(storedEvent({ location: { status: 'unlocatable', code, attempts: 1 } })).location_error?.message,
    );
    expect(new Set(messages).size).toBe(messages.length);
    for (const message of messages) expect(message).toMatch(/^The .+\.$/);
  });

  it('shows partial data, attributes and times as they were submitted', () => {
    const attributes = { region: 'eu-west-2', load: 0.5, up: true };
    const event = storedEvent({ name: null, statusCode: null, attributes, occurredAtMs: 0 });
    expect(presentEvent(event)).toMatchObject({
      name: null,
      status_code: null,
      attributes,
      occurred_at: '1970-01-01T00:00:00.000Z',
    });
  });
});
