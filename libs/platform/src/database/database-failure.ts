import { WRITER_ENDED } from './sqlite-writer.js';

/** What a server says that only reads, such as one that a failover has made a replica. */
const READ_ONLY = [
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_INNODB_READ_ONLY',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
];

const UNAVAILABLE = new Set([
  ...READ_ONLY,
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

/** True where a MySQL or MariaDB server has refused to write because it only reads. */
export function isServerReadOnly(error: unknown): boolean {
  return error instanceof Error && READ_ONLY.includes(String((error as { code?: unknown }).code));
}

/** SQLite says more where it can, such as SQLITE_IOERR_WRITE. */
function primaryCode(code: string): string {
  return code.split('_', 2).join('_');
}
