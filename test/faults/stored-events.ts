import Database from 'libsql';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { StoredEvent } from './ledger.js';

const ALL = "SELECT task_id AS taskId, COALESCE(name, '') AS name, location_status AS locationStatus FROM event";
const PENDING = "SELECT COUNT(*) AS count FROM event WHERE location_status = 'pending'";

/** All events, read past the service. */
export async function storedEvents(databaseUrl: string): Promise<StoredEvent[]> {
  return (await read(databaseUrl, ALL)) as unknown as StoredEvent[];
}

/** How many events have no final location status. */
export async function pendingEvents(databaseUrl: string): Promise<number> {
  return Number((await read(databaseUrl, PENDING))[0]?.['count']);
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
