import type { ExportFormat } from './export-format.js';

/** One event a line, as the listing presents it. */
export const NDJSON_FORMAT: ExportFormat = {
  mediaType: 'application/x-ndjson',
  fileExtension: 'ndjson',
  head: '',
  separator: '',
  tail: '',
  encode: (event) => `${JSON.stringify(event)}\n`,
};
