import type { SqlValue } from '#libs/platform';

/** A condition of SQL, with the values of its placeholders in order. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** All of the conditions together. */
export function allOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: '1 = 1', parameters: [] };
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

/** At least one of the conditions; none of none. */
export function anyOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: '1 = 0', parameters: [] };
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(' OR ')})`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

/** The column has one of the values. */
export function isOneOf(column: string, values: readonly SqlValue[]): Condition {
  if (values.length === 1) return { sql: `${column} = ?`, parameters: values };
  return { sql: `${column} IN (${values.map(() => '?').join(',')})`, parameters: values };
}

/** Texts from the first on and, where there is an end, before it. */
export function isFromTo(column: string, from: string, before: string | null): Condition {
  const start = { sql: `${column} >= ?`, parameters: [from] };
  return before === null ? start : allOf([start, { sql: `${column} < ?`, parameters: [before] }]);
}
