import type { EventDto } from '../fetch/event.dto.js';
import type { ExportFormat } from './export-format.js';

interface Point {
  readonly type: 'Point';
  /** Longitude before latitude (RFC 7946, section 3.1.1). */
  readonly coordinates: readonly [longitude: number, latitude: number];
}

/** One FeatureCollection (RFC 7946) with a feature for each event, also for those without coordinates. */
export const GEOJSON_FORMAT: ExportFormat = {
  mediaType: 'application/geo+json',
  fileExtension: 'geojson',
  head: '{"type":"FeatureCollection","features":[\n',
  separator: ',\n',
  tail: '\n]}\n',
  encode: (event) =>
    JSON.stringify({ type: 'Feature', id: event.task_id, geometry: geometryOf(event), properties: event }),
};

function geometryOf({ location }: EventDto): Point | null {
  if (location === null || location.longitude === null || location.latitude === null) return null;
  return { type: 'Point', coordinates: [location.longitude, location.latitude] };
}
