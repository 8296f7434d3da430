import Database from 'libsql';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { StoredEvent } from './judges/ledger.js';

const ALL = `SELECT task_id AS taskId, COALESCE(name, '') AS name, source_ip AS sourceIp, received_at AS receivedAtMs,
  location_status AS locationStatus, city FROM event`;
const PENDING = "SELECT COUNT(*) AS count FROM event WHERE location_status = 'pending'";

/** All events, read past the service. */
export async function storedEvents(databaseUrl: string): Promise<StoredEvent[]> {
  const rows = (await read(databaseUrl, ALL)) as unknown as StoredEvent[];
  return rows.map((row) => ({ ...row, receivedAtMs: Number(row.receivedAtMs) }));
}

/** How many events have no final location status. */
export async function pendingEvents(databaseUrl: string): Promise<number> {
  return Number((await read(databaseUrl, PENDING))[0]?.['count']);
}

/** Makes the write-ahead log of a SQLite file as short as its readers let it be. */
export function emptyWriteAheadLog(databaseUrl: string): void {
  const database = new Database(databaseUrl.slice('sqlite:'.length), { timeout: 1_000 });
  try {
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

async function read(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  if (databaseUrl.startsWith('sqlite:')) {
    const database = new Database(databaseUrl.slice('sqlite:'.length), { readonly: true });
    try {
      return database.prepare(sql).all() as Record<string, unknown>[];
    } finally {
      database.close();
    }
  }
  const connection = await createConnection(databaseUrl);
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    await connection.end();
  }
}
