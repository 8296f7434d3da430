import type { EventLocation, WhenceEvent } from '../api/event-types.js';

const LONDON: EventLocation = {
  country_code: 'GB',
  country: 'United Kingdom',
  region: 'England',
  city: 'London',
  latitude: 51.5142,
  longitude: -0.0931,
  timezone: 'Europe/London',
  source: 'geoip-api',
  looked_up_at: '2026-11-23T18:00:00.641Z',
};

/** An event as the API shows it, pending unless told. */
export function sampleEvent(given: Partial<WhenceEvent> = {}): WhenceEvent {
  return {
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
    ...given,
  };
}

/** The same, located. */
export function locatedEvent(given: Partial<WhenceEvent> = {}, location: Partial<EventLocation> = {}): WhenceEvent {
  return sampleEvent({ location_status: 'located', location: { ...LONDON, ...location }, ...given });
}

/** The same, whose lookup has failed. */
export function failedEvent(nextAttemptAt: string | null, given: Partial<WhenceEvent> = {}): WhenceEvent {
  const error = { code: 'unavailable', message: 'The lookup failed.', attempts: 1, next_attempt_at: nextAttemptAt };
  return sampleEvent({ location_status: 'failed', location_error: error, ...given });
}
