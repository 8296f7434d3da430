import type { Place } from '#libs/geolocation';
import type { StoredEvent } from '../domain/event.js';

export const PARIS: Place = {
  countryCode: 'FR',
  country: 'France',
  region: 'Île-de-France',
  city: 'Paris',
  latitude: 48.8534,
  longitude: 2.3488,
  timezone: 'Europe/Paris',
};

/** A pending event, with whatever the test wants different. */
export function storedEvent(parts: Partial<StoredEvent> = {}): StoredEvent {
  return {
    taskId: '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e',
    name: 'EC2 Instance Offline',
    statusCode: 2,
    occurredAtMs: null,
    attributes: {},
    receivedAtMs: Date.UTC(2026, 10, 23, 18, 0, 0, 123),
    sourceIp: '81.2.69.142',
    lookupKey: '81.2.69.142',
    location: { status: 'pending' },
    ...parts,
  };
}
