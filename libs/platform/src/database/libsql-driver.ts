import LibsqlDatabase from 'libsql';

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

  constructor(path: string, options: { timeout?: number } = {}) {
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

  close(): void {
    this.database.close();
  }
}
