import type { WhenceEvent } from '../api/event-types.js';
import { project } from './projection.js';

/** A located event on the map: no more of it than the map shows. */
export interface MapPoint {
  readonly taskId: string;
  readonly name: string | null;
  readonly city: string | null;
  readonly countryCode: string | null;
  readonly receivedMs: number;
  /** In the map's own units, whatever the zoom. */
  readonly x: number;
  readonly y: number;
}

/** Null for an event without coordinates. */
export function mapPointOf(event: WhenceEvent): MapPoint | null {
  const { location } = event;
  if (location === null || location.latitude === null || location.longitude === null) return null;
  const [x, y] = project(location.longitude, location.latitude);
  return {
    taskId: event.task_id,
    name: event.name,
    city: location.city,
    countryCode: location.country_code,
    receivedMs: Date.parse(event.received_at),
    x,
    y,
  };
}
