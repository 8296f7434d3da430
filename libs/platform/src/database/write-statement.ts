import type { DataSource } from 'typeorm';
import { InTurn } from '../clock/in-turn.js';
import { despiteDeadlocks } from './despite-deadlocks.js';
import type { LibsqlDriver } from './libsql-driver.js';
import { onServer } from './on-server.js';
import type { SqlValue, StatementWriter } from './sqlite-writer.js';
import { inStatementSpan } from './trace-statements.js';

/**
 * Runs a statement that changes rows and is a transaction of its own. Resolves when the change is on disk, with the number
 * of rows; meanwhile the process goes on, on SQLite too. There it fails, and stores nothing, where it cannot begin within the
 * time: a server has limits of its own for that.
 */
export type WriteStatement = (sql: string, parameters: readonly SqlValue[], withinMs?: number) => Promise<number>;

/** A statement that TypeORM's query builder has put together. */
export interface BuiltStatement {
  getQueryAndParameters(): [string, unknown[]];
}

/**
 * Runs what a query builder has put together, in place of the builder's own `execute`: that would run it on TypeORM's
 * connection, which on SQLite only reads.
 */
export function writeBuilt(write: WriteStatement, statement: BuiltStatement): Promise<number> {
  const [sql, parameters] = statement.getQueryAndParameters();
  return write(sql, parameters as SqlValue[]);
}

/** A statement and its parameters, put together when its turn has come: a time that it writes is no older than that. */
export type BuildStatement = () => readonly [sql: string, parameters: readonly unknown[]];

/** The same as WriteStatement for statements that can wait. */
export type WriteInTurn = (build: BuildStatement) => Promise<number>;

/** Writes to the database that is open. The one way to do so, but for migrations. */
export function writesTo(dataSource: DataSource): WriteStatement {
  if (dataSource.options.type === 'mysql')
    return (sql, parameters) => writeToServer(dataSource, () => [sql, parameters]);
  const writer = writerOf(dataSource);
  if (writer === undefined) throw new Error('the database is not open');
  return (sql, parameters, withinMs) => {
    dataSource.logger.logQuery(sql, [...parameters]);
    return inStatementSpan(dataSource, sql, () => writer.run(sql, parameters, withinMs));
  };
}

/** Who writes to a SQLite file; nobody does to a server. */
export function writerOf(dataSource: DataSource): StatementWriter | undefined {
  if (dataSource.options.type === 'mysql') return undefined;
  const { databaseConnection } = dataSource.driver as unknown as { databaseConnection: LibsqlDriver };
  return databaseConnection.startWriter();
}

/**
 * Writes what can wait. On SQLite, where all writes share one thread, each statement goes when the one before has ended:
 * whatever else is to be written waits for one of them at most. Who asks for this has a line of its own. On a server a
 * statement's turn is when it has a connection, and again when it has to be repeated.
 */
export function writesInTurnTo(dataSource: DataSource): WriteInTurn {
  if (dataSource.options.type === 'mysql') return (build) => writeToServer(dataSource, build);
  const write = writesTo(dataSource);
  const inTurn = new InTurn();
  return (build) =>
    inTurn.run(() => {
      const [sql, parameters] = build();
      return write(sql, parameters as readonly SqlValue[]);
    });
}

/** Not prepared on the server: it would keep a statement for each number of rows and each connection. */
function writeToServer(dataSource: DataSource, build: BuildStatement): Promise<number> {
  return onServer(dataSource, async (runner) => {
    const { affectedRows } = await despiteDeadlocks(() => {
      const [sql, parameters] = build();
      return runner.query(sql, [...parameters]) as Promise<{ affectedRows: number }>;
    });
    return affectedRows;
  });
}
