import type { DataSource, EntitySubscriberInterface } from 'typeorm';
import { beginChild, during, failSpan, isTracing, type Span } from '../tracing/tracing.js';

/** What TypeORM tells of a statement before and after it. */
type QueryEvent = Parameters<NonNullable<EntitySubscriberInterface['beforeQuery']>>[0];

/** Behind the limit of its time, where it has one. */
const OPERATION = /^(?:\s*\/\*.*?\*\/)?\s*(\w+)/s;
const TABLE = /\b(?:FROM|INTO|UPDATE)\s+[`"]?(\w+)/i;

/**
 * From now on each statement that TypeORM runs within something traced has a span of its own, which names the table and what
 * is done to it. Never the statement's text or its parameters.
 */
export function traceStatements(dataSource: DataSource): void {
  if (!isTracing()) return;
  const begun = new WeakMap<object, Span>();
  dataSource.subscribers.push({
    beforeQuery: (event) => {
      const span = beginStatement(dataSource, event.query);
      if (span !== undefined) begun.set(keyOf(event), span);
    },
    afterQuery: (event) => {
      const span = begun.get(keyOf(event));
      begun.delete(keyOf(event));
      if (!event.success) failSpan(span, event.error);
      span?.end();
    },
  });
}

/** The same for a statement that does not go through TypeORM. */
export function inStatementSpan<Result>(
  dataSource: DataSource,
  sql: string,
  run: () => Promise<Result>,
): Promise<Result> {
  return during(beginStatement(dataSource, sql), run);
}

function beginStatement({ options }: DataSource, sql: string): Span | undefined {
  if (!isTracing()) return undefined;
  const operation = OPERATION.exec(sql)?.[1]?.toUpperCase() ?? 'other';
  const table = TABLE.exec(sql)?.[1];
  return beginChild(table === undefined ? operation : `${operation} ${table}`, {
    kind: 'client',
    attributes: {
      'db.system.name': options.type === 'mysql' ? 'mysql' : 'sqlite',
      'db.operation.name': operation,
      'db.collection.name': table,
    },
  });
}

/** A statement's own array of parameters, which both events have; or its connection, which runs one after the other. */
function keyOf({ parameters, queryRunner }: Pick<QueryEvent, 'parameters' | 'queryRunner'>): object {
  return parameters ?? queryRunner;
}
