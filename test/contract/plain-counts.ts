import type { DataSource } from 'typeorm';
import type { EventFilter } from '../../libs/events/src/domain/event-filter.js';
import type { EventGrouping } from '../../libs/events/src/domain/event-grouping.js';

/** Counts by value, in the order of their text. */
export type Counts = readonly (readonly [value: string, count: number])[];

/** What one plain statement counts, that leaves the way to the database: no hints, no parts, values in the text. */
export async function plainCounts(
  dataSource: DataSource,
  filter: EventFilter,
  grouping: EventGrouping,
): Promise<Counts> {
  const value = grouping.by === 'time' ? startOf(grouping.interval, dataSource) : grouping.by;
  const sql = `SELECT ${value} AS value, COUNT(*) AS count FROM event WHERE ${whereOf(filter)} GROUP BY 1`;
  const found = await dataSource.query<{ value: unknown; count: unknown }[]>(sql);
  return inOrder(found.map((row) => [String(row.value), Number(row.count)] as const));
}

/** The counts of several parts together. */
export function together(parts: readonly { value: unknown; count: number }[]): Counts {
  const counts = new Map<string, number>();
  for (const { value, count } of parts) counts.set(String(value), (counts.get(String(value)) ?? 0) + count);
  return inOrder([...counts]);
}

function inOrder(counts: Counts): Counts {
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The start of the interval in milliseconds, by the database's own calendar. */
function startOf(interval: 'minute' | 'hour' | 'day', dataSource: DataSource): string {
  const [minute, hour] = [interval === 'minute' ? '%M' : '00', interval === 'day' ? '00' : '%H'];
  if (dataSource.options.type !== 'mysql') {
    return `1000 * strftime('%s', strftime('%Y-%m-%d ${hour}:${minute}:00', received_at / 1000, 'unixepoch'))`;
  }
  const format = `%Y-%m-%d ${hour}:${minute.replace('M', 'i')}:00`;
  const time = `DATE_ADD('1970-01-01', INTERVAL received_at DIV 1000 SECOND)`;
  return `1000 * TIMESTAMPDIFF(SECOND, '1970-01-01', DATE_FORMAT(${time}, '${format}'))`;
}

function whereOf(filter: EventFilter): string {
  const { name, namePrefix, receivedFromMs, receivedToMs, sourceIp, bbox } = filter;
  const conditions = [
    ...anyOf('location_status', filter.locationStatus),
    ...anyOf('country_code', filter.countryCode),
    ...anyOf('city', filter.city),
    ...anyOf('status_code', filter.statusCode),
    ...(name === undefined ? [] : [`name = ${literal(name)}`]),
    ...(namePrefix === undefined ? [] : [`SUBSTR(name, 1, ${[...namePrefix].length}) = ${literal(namePrefix)}`]),
    ...(receivedFromMs === undefined ? [] : [`received_at >= ${receivedFromMs}`]),
    ...(receivedToMs === undefined ? [] : [`received_at < ${receivedToMs}`]),
    ...(sourceIp === undefined
      ? []
      : [sourceIp.map(({ from, to }) => `source_ip_order BETWEEN '${from}' AND '${to}'`).join(' OR ')]),
    ...(bbox === undefined ? [] : [`latitude >= ${bbox.south}`, `latitude <= ${bbox.north}`, longitudeIn(bbox)]),
  ];
  return ['1 = 1', ...conditions].map((condition) => `(${condition})`).join(' AND ');
}

function anyOf(column: string, values: readonly (string | number)[] | undefined): string[] {
  return values === undefined ? [] : [values.map((value) => `${column} = ${literal(value)}`).join(' OR ')];
}

function literal(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

function longitudeIn({ west, east }: { west: number; east: number }): string {
  return `longitude >= ${west} ${west <= east ? 'AND' : 'OR'} longitude <= ${east}`;
}
