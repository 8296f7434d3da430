import type { Repository } from 'typeorm';
import type { SqlValue } from '#libs/platform';
import type { EventEntity } from '../event.entity.js';
import type { IndexedRange } from './filter-terms.js';
import { type SearchDialect, searchDialectOf } from './search-dialect.js';
import type { SearchPlan, Span } from './index-walk.js';

interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Reads task ids from the indices of the event table, in their order. */
export class IndexReader {
  readonly dialect: SearchDialect;

  constructor(private readonly rows: Repository<EventEntity>) {
    this.dialect = searchDialectOf(rows);
  }

  /** Up to `limit` task ids that meet the plan's conditions, up to and with `stop`, or to the end of the span. */
  async taskIds(plan: SearchPlan, span: Span, stop: string | null, limit: number): Promise<string[]> {
    const within = stop === null ? beforeEnd(span) : { sql: `task_id ${notBeyond(span)} ?`, parameters: [stop] };
    const parts = branches(plan).map(({ condition, parameters }) => ({
      sql: `SELECT task_id FROM ${this.dialect.event(plan.index)}
        WHERE ${condition}${isAfter(span)} AND ${within.sql} AND ${plan.residual.sql}
        ORDER BY task_id ${span.order} LIMIT ${limit}`,
      parameters: [...parameters, span.after, ...within.parameters, ...plan.residual.parameters],
    }));
    if (parts.length === 0) return [];
    const { sql, parameters } = merged(parts, `ORDER BY task_id ${span.order} LIMIT ${limit}`);
    const found = await this.query<{ task_id: string }>(sql, parameters);
    return found.map(({ task_id: taskId }) => taskId);
  }

  /** The task id where so many entries of the plan's index have been passed, or null where the span has fewer. */
  async stop(
    { index, values }: Pick<SearchPlan, 'index' | 'values'>,
    span: Span,
    entries: number,
  ): Promise<string | null> {
    const parts = branches({ index, values });
    if (parts.length === 0) return null;
    const each = Math.ceil(entries / parts.length);
    const selects = parts.map(
      ({ condition }, place) => `(SELECT task_id FROM ${this.dialect.event(index)}
        WHERE ${condition}${isAfter(span)} AND ${beforeEnd(span).sql}
        ORDER BY task_id ${span.order} LIMIT 1 OFFSET ${each}) AS stop_${place}`,
    );
    const parameters = parts.flatMap((part) => [...part.parameters, span.after, span.end]);
    const [row = {}] = await this.query<Record<string, string | null>>(`SELECT ${selects.join(', ')}`, parameters);
    const stops = Object.values(row)
      .filter((stop) => stop !== null)
      .sort();
    return (span.order === 'asc' ? stops[0] : stops.at(-1)) ?? null;
  }

  /** The distinct values in a range of an index, or null where there are more than so many. */
  async fewValues(range: IndexedRange, most: number): Promise<string[] | null> {
    const found = await this.dialect.distinctValues((sql, parameters) => this.query(sql, parameters), range, most + 1);
    return found.length > most ? null : found;
  }

  private query<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row[]> {
    return this.rows.query<Row[]>(this.dialect.limited(sql), [...parameters]);
  }
}

/** One for each value; without values the whole table in the order of its task ids. */
function branches({
  values,
  index,
}: Pick<SearchPlan, 'index' | 'values'>): { condition: string; parameters: SqlValue[] }[] {
  if (index === null || values === null) return [{ condition: '', parameters: [] }];
  return values.values.map((value) => ({ condition: `${values.column} = ? AND `, parameters: [value] }));
}

function merged(parts: readonly Statement[], orderAndLimit: string): Statement {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const selects = parts.map(({ sql }, place) => `SELECT task_id FROM (${sql}) AS part_${place}`);
  return {
    sql: `${selects.join(' UNION ALL ')} ${orderAndLimit}`,
    parameters: parts.flatMap(({ parameters }) => parameters),
  };
}

const isAfter = ({ order }: Span) => `task_id ${order === 'asc' ? '>' : '<'} ?`;
const notBeyond = ({ order }: Span) => (order === 'asc' ? '<=' : '>=');
const beforeEnd = ({ order, end }: Span) => ({
  sql: `task_id ${order === 'asc' ? '<' : '>'} ?`,
  parameters: [end],
});
