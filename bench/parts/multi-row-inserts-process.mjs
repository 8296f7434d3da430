// The yardstick for batches: the events of a request file by plain multi-row INSERTs, one for each request, into the
// service's own table with its indexes, as durable as the service writes. All statements are made before the clock
// starts, so that nothing but the database is measured.
// Arguments: database url, request file, text or prepared, connections, seconds. Prints one line of JSON.
import { Logger } from '@nestjs/common';
import { readFile } from 'node:fs/promises';
import { v7 as uuidV7 } from 'uuid';
import { parseIpAddress, sortableAddress } from '#libs/geolocation';
import { loadSettings, openDataSource } from '#libs/platform';
import { DATABASE_SCHEMA } from '../../dist/apps/whence/src/database-schema.js';
import { openWriter } from './insert-writers.mjs';

const [databaseUrl, requestFile, form, connections, seconds] = process.argv.slice(2);
const WARM_UP_MS = 1_000;
/** More than any database here takes: 150,000 events in each second. */
const STATEMENTS_PER_SECOND = 300;
const COLUMNS = 'task_id, received_at, name, status_code, source_ip, source_ip_order, lookup_key, location_status';

await migrate();
const requests = (await readFile(requestFile, 'utf8')).trimEnd().split('\n');
const statements = Array.from({ length: (Number(seconds) + 1) * STATEMENTS_PER_SECOND }, (_, index) =>
  statementOf(requests[index % requests.length]),
);
console.log(JSON.stringify(await insertAll()));
process.exit(0);

async function migrate() {
  Logger.overrideLogger(false);
  const { database } = loadSettings({ DATABASE_URL: databaseUrl });
  await (await openDataSource(database, DATABASE_SCHEMA)).destroy();
}

function statementOf(request) {
  const [address, body] = request.split('\t');
  const order = sortableAddress(parseIpAddress(address));
  const rows = JSON.parse(body).events.map(({ name, status_code }) => {
    return [uuidV7(), Date.now(), name, status_code, address, order, address, 'pending'];
  });
  const head = `INSERT INTO event (${COLUMNS}) VALUES `;
  if (form === 'text') return { rows: rows.length, sql: head + rows.map(literal).join(',') };
  const marks = rows.map((row) => `(${row.map(() => '?').join(',')})`);
  return { rows: rows.length, sql: head + marks.join(','), values: rows.flat() };
}

/** The values hold neither quotes nor backslashes. */
function literal(row) {
  return `(${row.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(',')})`;
}

async function insertAll() {
  let next = 0;
  let counted = 0;
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + WARM_UP_MS + Number(seconds) * 1_000;
  const insertInTurn = async () => {
    const writer = await openWriter(databaseUrl);
    while (next < statements.length && performance.now() < endsAtMs) {
      const statement = statements[next++];
      await writer(statement);
      if (performance.now() > startedAtMs + WARM_UP_MS) counted += statement.rows;
    }
  };
  await Promise.all(Array.from({ length: Number(connections) }, insertInTurn));
  const elapsedMs = performance.now() - startedAtMs - WARM_UP_MS;
  return { perSecond: counted / (elapsedMs / 1_000) };
}
