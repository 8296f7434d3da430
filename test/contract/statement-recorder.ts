import type { DataSource, Logger } from 'typeorm';

/** A statement as TypeORM sent it. */
export interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** Keeps the statements that a piece of work sends to the database, so that they can be explained. */
export async function statementsOf(dataSource: DataSource, work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const previous = dataSource.logger;
  const recorder = {
    logQuery: (sql: string, parameters?: unknown[]) => statements.push({ sql, parameters: parameters ?? [] }),
  };
  dataSource.logger = Object.assign(Object.create(previous) as Logger, recorder);
  try {
    await work();
  } finally {
    dataSource.logger = previous;
  }
  return statements;
}

/** The statement after EXPLAIN or the like, which stands behind the limit of its time where it has one. */
export function explaining(keyword: string, sql: string): string {
  return sql.replace(/^(\s*\/\*.*?\*\/)?/, `$1 ${keyword} `);
}
