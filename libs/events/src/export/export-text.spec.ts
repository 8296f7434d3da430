import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvent } from '../../../../test/contract/any-event.js';
import type { StoredEvent } from '../domain/event.js';
import { presentEvent } from '../fetch/present-event.js';
import { PARIS, storedEvent } from '../testing/sample-events.js';
import { CSV_COLUMNS, CSV_FORMAT } from './csv-format.js';
import type { ExportFormat } from './export-format.js';
import { GEOJSON_FORMAT } from './geojson-format.js';
import { NDJSON_FORMAT } from './ndjson-format.js';
import { exportText } from './export-text.js';

const IN_PARIS = storedEvent({
  location: { status: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: Date.UTC(2026, 10, 23, 18, 0, 1) },
});

const anyPages: fc.Arbitrary<StoredEvent[][]> = fc.array(
  fc.array(
    fc.tuple(fc.uuid({ version: 7 }), anyEvent).map(([taskId, event]) => ({ taskId, ...event })),
    { maxLength: 4 },
  ),
  { maxLength: 4 },
);

async function textOf(format: ExportFormat, pages: readonly StoredEvent[][]): Promise<string> {
  async function* inTurn() {
    yield* pages;
  }
  const pieces: string[] = [];
  for await (const piece of exportText(format, inTurn())) pieces.push(piece);
  return pieces.join('');
}

/** What a cell of text says that was kept from being a formula. */
const neutralised = (text: string) => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text);

function cellsOf(event: StoredEvent): string[] {
  const shown = presentEvent(event);
  const place = shown.location;
  const values: (string | number | null | undefined)[] = [
    shown.task_id,
    shown.name,
    shown.status_code,
    shown.occurred_at,
    shown.received_at,
    shown.source_ip,
    shown.location_status,
    place?.country_code,
    place?.country,
    place?.region,
    place?.city,
    place?.latitude,
    place?.longitude,
    place?.timezone,
    place?.source,
    place?.looked_up_at,
    shown.location_error?.code,
    JSON.stringify(shown.attributes),
  ];
  return values.map((value) => (typeof value === 'string' ? neutralised(value) : String(value ?? '')));
}

it('comes in pieces of bounded length, also where a page is long', async () => {
  async function* pages() {
    yield Array.from({ length: 1_000 }, () => IN_PARIS);
  }
  let pieces = 0;
  for await (const piece of exportText(GEOJSON_FORMAT, pages())) {
    expect(piece.length).toBeLessThan(34_000);
    pieces++;
  }
  expect(pieces).toBeGreaterThan(15);
});

describe('an export as NDJSON', () => {
  it('is nothing where there is nothing', async () => {
    expect(await textOf(NDJSON_FORMAT, [[], []])).toBe('');
  });

  it('has one event a line, as it is presented', async () => {
    await fc.assert(
      fc.asyncProperty(anyPages, async (pages) => {
        const lines = (await textOf(NDJSON_FORMAT, pages)).split('\n');
        expect(lines.pop()).toBe('');
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
          pages.flat().map((event) => presentEvent(event)),
        );
      }),
    );
  });
});

describe('an export as CSV', () => {
  it('has a header row, also alone', async () => {
    expect(await textOf(CSV_FORMAT, [])).toBe(
      'task_id,name,status_code,occurred_at,received_at,source_ip,location_status,country_code,country,region,city,' +
        'latitude,longitude,timezone,location_source,looked_up_at,location_error_code,attributes\r\n',
    );
  });

  it('shows an event in a row', async () => {
    const event = { ...IN_PARIS, attributes: { load: 0.5 } };
    expect((await textOf(CSV_FORMAT, [[event]])).split('\r\n')[1]).toBe(
      '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e,EC2 Instance Offline,2,,2026-11-23T18:00:00.123Z,81.2.69.142,located,FR,' +
        'France,Île-de-France,Paris,48.8534,2.3488,Europe/Paris,geoip-api,2026-11-23T18:00:01.000Z,,"{""load"":0.5}"',
    );
  });

  it('reads the same in another parser', async () => {
    await fc.assert(
      fc.asyncProperty(anyPages, async (pages) => {
        const rows = parse(await textOf(CSV_FORMAT, pages), { recordDelimiter: '\r\n' });
        expect(rows).toEqual([CSV_COLUMNS, ...pages.flat().map(cellsOf)]);
      }),
    );
  });
});

describe('an export as GeoJSON', () => {
  it('is a collection without features where there is nothing', async () => {
    const collection = { type: 'FeatureCollection', features: [] };
    expect(JSON.parse(await textOf(GEOJSON_FORMAT, []))).toEqual(collection);
    expect(JSON.parse(await textOf(GEOJSON_FORMAT, [[], []]))).toEqual(collection);
  });

  it('has a feature for each event: longitude first, null without coordinates', async () => {
    const pages = [[], [IN_PARIS], [storedEvent(), IN_PARIS], []];
    const feature = (event: StoredEvent, geometry: object | null) => ({
      type: 'Feature',
      id: event.taskId,
      geometry,
      properties: presentEvent(event),
    });
    const paris = feature(IN_PARIS, { type: 'Point', coordinates: [2.3488, 48.8534] });
    expect(JSON.parse(await textOf(GEOJSON_FORMAT, pages))).toEqual({
      type: 'FeatureCollection',
      features: [paris, feature(storedEvent(), null), paris],
    });
  });

  it('is JSON whatever the events and pages', async () => {
    await fc.assert(
      fc.asyncProperty(anyPages, async (pages) => {
        const { features } = JSON.parse(await textOf(GEOJSON_FORMAT, pages)) as { features: { properties: unknown }[] };
        expect(features.map(({ properties }) => properties)).toEqual(pages.flat().map((event) => presentEvent(event)));
      }),
    );
  });
});
