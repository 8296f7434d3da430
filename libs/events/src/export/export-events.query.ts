import { ApiPropertyOptional } from '@nestjs/swagger';
import { CheckedBy } from '#libs/platform';
import { OrderedEventsQuery } from '../fetch/ordered-events.query.js';
import { CSV_FORMAT } from './csv-format.js';
import type { ExportFormat } from './export-format.js';
import { GEOJSON_FORMAT } from './geojson-format.js';
import { NDJSON_FORMAT } from './ndjson-format.js';

/** By the value of `format`. */
export const EXPORT_FORMATS = {
  ndjson: NDJSON_FORMAT,
  csv: CSV_FORMAT,
  geojson: GEOJSON_FORMAT,
} as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof EXPORT_FORMATS;

const FORMAT_NAMES = Object.keys(EXPORT_FORMATS);
const DEFAULT_FORMAT: ExportFormatName = 'ndjson';

function formatFault(given: unknown): string | null {
  const isRight = given === undefined || (typeof given === 'string' && FORMAT_NAMES.includes(given));
  return isRight ? null : 'expected ndjson, csv or geojson';
}

/** The query of an export: the filters of the listing, and how the file is written. */
export class ExportEventsQuery extends OrderedEventsQuery {
  @ApiPropertyOptional({ enum: FORMAT_NAMES, default: DEFAULT_FORMAT })
  @CheckedBy(formatFault)
  format?: ExportFormatName;
}

/** The format that a checked query asks for. */
export function exportFormatOf({ format }: ExportEventsQuery): ExportFormat {
  return EXPORT_FORMATS[format ?? DEFAULT_FORMAT];
}
