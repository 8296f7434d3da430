import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { EventDto } from '../fetch/event.dto.js';
import { CSV_COLUMNS } from './csv-format.js';

const GEOJSON_SCHEMA = {
  type: 'object',
  required: ['type', 'features'],
  properties: {
    type: { type: 'string', enum: ['FeatureCollection'] },
    features: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type', 'id', 'geometry', 'properties'],
        properties: {
          type: { type: 'string', enum: ['Feature'] },
          id: { type: 'string', format: 'uuid', description: 'The task id.' },
          geometry: {
            type: 'object',
            nullable: true,
            description: 'Null for an event without coordinates.',
            required: ['type', 'coordinates'],
            properties: {
              type: { type: 'string', enum: ['Point'] },
              coordinates: {
                type: 'array',
                items: { type: 'number' },
                minItems: 2,
                maxItems: 2,
                description: 'Longitude and latitude, in this order.',
              },
            },
          },
          properties: { $ref: getSchemaPath(EventDto) },
        },
      },
    },
  },
};

const CSV_DESCRIPTION =
  `RFC 4180 with the columns ${CSV_COLUMNS.join(', ')}; attributes as JSON. UTF-8 without a byte order ` +
  'mark. Text that a spreadsheet would take for a formula, as it begins with = + - @ (in full width too), a tab or a line ' +
  'break, has an apostrophe before it, which cannot be told from one of its own: NDJSON and GeoJSON have texts as they are. ' +
  'Numbers stay as they are.';

const HEADERS = {
  'Content-Disposition': { schema: { type: 'string' }, description: 'attachment, with a file name.' },
  'Content-Encoding': { schema: { type: 'string' }, description: 'gzip, where it is.' },
  Vary: { schema: { type: 'string' }, description: 'Accept-Encoding' },
} as const;

/** Documents the three media types of an export. */
export function ApiExportedEvents(): MethodDecorator {
  const content = {
    'application/x-ndjson': { schema: { type: 'string', description: 'One event a line, as the listing shows it.' } },
    'text/csv': { schema: { type: 'string', description: CSV_DESCRIPTION } },
    'application/geo+json': { schema: GEOJSON_SCHEMA },
  };
  return applyDecorators(
    ApiExtraModels(EventDto),
    ApiOkResponse({ description: 'The file, in chunks.', headers: HEADERS, content }),
  );
}
