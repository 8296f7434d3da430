import type { StoredEvent } from '../domain/event.js';
import { LOCATION_ERROR_MESSAGES } from '../domain/location-error-messages.js';
import type { EventDto } from './event.dto.js';

const isoTime = (epochMs: number) => new Date(epochMs).toISOString();

/** The event as clients see it, and when it is expected to be located, where that is known. */
export function presentEvent(event: StoredEvent, estimatedLocatedAtMs: number | null = null): EventDto {
  return {
    task_id: event.taskId,
    name: event.name,
    status_code: event.statusCode,
    attributes: event.attributes,
    occurred_at: event.occurredAtMs === null ? null : isoTime(event.occurredAtMs),
    received_at: isoTime(event.receivedAtMs),
    source_ip: event.sourceIp,
    location_status: event.location.status,
    location: presentLocation(event),
    estimated_located_at: estimatedLocatedAtMs === null ? null : isoTime(Math.round(estimatedLocatedAtMs)),
    location_error: presentError(event),
  };
}

function presentLocation({ location }: StoredEvent): EventDto['location'] {
  if (location.status !== 'located') return null;
  const { place, source, lookedUpAtMs } = location;
  return {
    country_code: place.countryCode,
    country: place.country,
    region: place.region,
    city: place.city,
    latitude: place.latitude,
    longitude: place.longitude,
    timezone: place.timezone,
    source,
    looked_up_at: isoTime(lookedUpAtMs),
  };
}

function presentError({ location }: StoredEvent): EventDto['location_error'] {
  if (location.status !== 'unlocatable' && location.status !== 'failed') return null;
  const { code, attempts } = location;
  const nextAttemptAtMs = location.status === 'failed' ? location.nextAttemptAtMs : null;
  const nextAttemptAt = nextAttemptAtMs === null ? null : isoTime(nextAttemptAtMs);
  return { code, message: LOCATION_ERROR_MESSAGES[code], attempts, next_attempt_at: nextAttemptAt };
}
