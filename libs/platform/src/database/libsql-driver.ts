import { closeSync, openSync } from 'node:fs';
import LibsqlDatabase from 'libsql';
import { SqliteWriter, type StatementWriter } from './sqlite-writer.js';

/** The path of a database that ends with its connection. */
export const IN_MEMORY = ':memory:';

/**
 * FULL: a commit is on disk before it is reported, also in write-ahead mode (NORMAL may lose the last ones). The log is
 * copied into the file at 16 MiB, not at 4: events of one minute change the same pages of each index over and over.
 */
const DURABLE = ['journal_mode = WAL', 'synchronous = FULL', 'wal_autocheckpoint = 4000', 'cache_size = -16384'];

/** A prepared statement as better-sqlite3 has it, as far as TypeORM uses it. */
interface PreparedStatement {
  readonly reader: boolean;
  run(...parameters: unknown[]): unknown;
  all(...parameters: unknown[]): unknown;
  get(...parameters: unknown[]): unknown;
}

/**
 * libsql in the shape of better-sqlite3, which TypeORM drives. libsql comes prebuilt within its npm package, where
 * better-sqlite3 compiles for a minute. The thin statement is needed because libsql itself throws on a lone `null`
 * parameter and ends the process on a lone Buffer: it then takes the value for a bag of options.
 */
export class LibsqlDriver {
  private readonly database: LibsqlDatabase.Database;
  private writer: StatementWriter | undefined;

  constructor(
    private readonly path: string,
    options: { timeout?: number } = {},
  ) {
    if (path !== IN_MEMORY) createForOwnerAlone(path);
    this.database = new LibsqlDatabase(path, options);
  }

  prepare(sql: string): PreparedStatement {
    const statement = this.database.prepare(sql);
    return {
      reader: statement.reader,
      run: (...parameters) => statement.run(parameters),
      all: (...parameters) => statement.all(parameters),
      get: (...parameters) => statement.get(parameters),
    };
  }

  pragma(source: string): unknown {
    return this.database.pragma(source);
  }

  exec(sql: string): void {
    this.database.exec(sql);
  }

  /** From now on a commit is on disk before it is reported, and readers do not wait for it. */
  makeDurable(): void {
    for (const pragma of DURABLE) this.exec(`PRAGMA ${pragma}`);
    this.exec('PRAGMA busy_timeout = 5000');
  }

  /**
   * From now on this connection only reads the file, and whatever else it is asked for fails with SQLITE_READONLY. It runs
   * on the event loop: a write would keep everybody waiting for the disk, and for whoever else has locked the file.
   */
  leaveWritesToWriter(): void {
    if (this.path !== IN_MEMORY) this.exec('PRAGMA query_only = ON');
  }

  /** Starts the thread that writes to the same file, as durably; it ends with this connection. */
  startWriter(): StatementWriter {
    return (this.writer ??= this.path === IN_MEMORY ? this.ownWriter() : new SqliteWriter(this.path, DURABLE));
  }

  /** Another connection to a database in memory would see another database. */
  private ownWriter(): StatementWriter {
    return {
      run: async (sql, parameters) => this.database.prepare(sql).run([...parameters]).changes,
      close: async () => {},
      closeWhole: async () => true,
    };
  }

  close(): void {
    void this.writer?.close();
    this.database.close();
  }
}

/** SQLite gives `-wal` and `-shm` the mode of the file, which would be what the umask leaves: readable by everybody, mostly. */
function createForOwnerAlone(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It is there already, or cannot be: then opening it tells why.
  }
}
