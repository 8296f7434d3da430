import { WRITER_ENDED } from './sqlite-writer.js';

const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_QUERY_INTERRUPTED',
  'ER_CONNECTION_KILLED',
  // The limit of a statement's time on MySQL.
  'ER_QUERY_TIMEOUT',
  'ER_RECORD_FILE_FULL',
  'ER_DISK_FULL',
  'POOL_CLOSED',
  'SQLITE_BUSY',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_CANTOPEN',
  'SQLITE_READONLY',
  WRITER_ENDED,
]);

/** The same on MariaDB: mysql2, which names MySQL's errors, has no code for this one. */
const MARIADB_STATEMENT_TIMEOUT = 1969;

/** True where the database is away, full or overloaded, so that the same request may work later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errno, fatal } = error as { code?: unknown; errno?: unknown; fatal?: unknown };
  if (fatal === true || errno === MARIADB_STATEMENT_TIMEOUT) return true;
  return typeof code === 'string' && (UNAVAILABLE.has(code) || UNAVAILABLE.has(primaryCode(code)));
}

/** SQLite says more where it can, such as SQLITE_IOERR_WRITE. */
function primaryCode(code: string): string {
  return code.split('_', 2).join('_');
}
