import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseKind } from './installation.js';
import { startMariaDb } from './mariadb.js';
import { runToEnd } from './run-to-end.js';

const SCRIPT = join(import.meta.dirname, 'multi-row-inserts-process.mjs');
/** For the schema, and for making the statements. */
const LONGEST_PREPARATION_MS = 60_000;

/** A way to send multi-row INSERTs. */
export interface InsertForm {
  readonly form: 'text' | 'prepared';
  readonly connections: number;
}

/** SQLite has one writer. */
export const INSERT_FORMS: Readonly<Record<DatabaseKind, readonly InsertForm[]>> = {
  sqlite: [
    { form: 'text', connections: 1 },
    { form: 'prepared', connections: 1 },
  ],
  mariadb: [
    { form: 'text', connections: 1 },
    { form: 'text', connections: 2 },
    { form: 'prepared', connections: 1 },
    { form: 'prepared', connections: 2 },
  ],
};

/** Events per second that an empty database takes in this form, from one script. */
export async function databaseCeiling(
  database: DatabaseKind,
  { form, connections }: InsertForm,
  requestFile: string,
  seconds: number,
): Promise<number> {
  const { databaseUrl, close } = await emptyDatabase(database);
  try {
    const args = [SCRIPT, databaseUrl, requestFile, form, String(connections), String(seconds)];
    const longestMs = seconds * 1_000 + LONGEST_PREPARATION_MS;
    return (await runToEnd<{ perSecond: number }>('the inserts', process.execPath, args, longestMs)).perSecond;
  } finally {
    await close();
  }
}

async function emptyDatabase(database: DatabaseKind): Promise<{ databaseUrl: string; close: () => Promise<void> }> {
  if (database === 'mariadb') {
    const server = await startMariaDb();
    return { databaseUrl: await server.createDatabase(), close: () => server.stop() };
  }
  const folder = await mkdtemp(join(tmpdir(), 'ceiling-'));
  const close = () => rm(folder, { recursive: true, force: true });
  return { databaseUrl: `sqlite:${join(folder, 'ceiling.sqlite')}`, close };
}
