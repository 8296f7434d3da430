import type { EventDto } from '../fetch/event.dto.js';
import { csvRecord, type CsvValue } from './csv-record.js';
import type { ExportFormat } from './export-format.js';

/** The columns in their order. Later ones are added at the end. */
const COLUMNS: Readonly<Record<string, (event: EventDto) => CsvValue>> = {
  task_id: (event) => event.task_id,
  name: (event) => event.name,
  status_code: (event) => event.status_code,
  occurred_at: (event) => event.occurred_at,
  received_at: (event) => event.received_at,
  source_ip: (event) => event.source_ip,
  location_status: (event) => event.location_status,
  country_code: ({ location }) => location?.country_code ?? null,
  country: ({ location }) => location?.country ?? null,
  region: ({ location }) => location?.region ?? null,
  city: ({ location }) => location?.city ?? null,
  latitude: ({ location }) => location?.latitude ?? null,
  longitude: ({ location }) => location?.longitude ?? null,
  timezone: ({ location }) => location?.timezone ?? null,
  location_source: ({ location }) => location?.source ?? null,
  looked_up_at: ({ location }) => location?.looked_up_at ?? null,
  location_error_code: (event) => event.location_error?.code ?? null,
  attributes: (event) => JSON.stringify(event.attributes),
};

/** The names in the header row. */
export const CSV_COLUMNS: readonly string[] = Object.keys(COLUMNS);

const readers = Object.values(COLUMNS);

/** RFC 4180 with a header row; the location flat, the attributes as JSON. */
export const CSV_FORMAT: ExportFormat = {
  mediaType: 'text/csv; charset=utf-8; header=present',
  fileExtension: 'csv',
  head: csvRecord(CSV_COLUMNS),
  separator: '',
  tail: '',
  encode: (event) => csvRecord(readers.map((read) => read(event))),
};
