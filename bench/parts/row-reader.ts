import { createHash } from 'node:crypto';
import Database from 'libsql';
import { createConnection, type RowDataPacket } from 'mysql2/promise';

const LONGEST_QUERY_MS = 10_000;
const ROWS_AT_ONCE = 5_000;

const COUNT_EVENTS = 'SELECT location_status, COUNT(*) AS events FROM event GROUP BY location_status';
/** Events that were stored without what came of their lookup, and got it later. */
const COUNT_OUTCOMES = 'SELECT COUNT(*) AS events FROM event WHERE settled_at IS NOT NULL AND stored_late_at IS NULL';
/** What became of the events since a time, in epoch milliseconds. */
const EVENTS_SINCE = 'SELECT received_at, settled_at, lookup_key, location_status FROM event WHERE received_at >= ?';
/** What other connections than the asking one run now. */
const RUNNING_STATEMENTS =
  "SELECT INFO AS statement FROM information_schema.PROCESSLIST WHERE COMMAND <> 'Sleep' AND ID <> CONNECTION_ID()" +
  " AND USER <> 'system user'";

/** What of an event a digest is made of, under the names that the API has for them as well. */
export const DIGESTED_COLUMNS = [
  'task_id',
  'name',
  'status_code',
  'source_ip',
  'location_status',
  'country_code',
  'city',
  'latitude',
  'longitude',
] as const;

/** When an event came and got its outcome, in epoch milliseconds. */
export interface EventTimes {
  readonly key: string;
  readonly receivedAtMs: number;
  /** Null where the outcome was known when the event came, Infinity where it waits for it. */
  readonly settledAtMs: number | null;
}

type Row = Readonly<Record<string, string | number | null>>;
type Read = (sql: string, parameters?: readonly string[]) => Promise<Row[]>;

/** A count, and a hash of the events in their order. */
export class EventDigest {
  events = 0;
  private readonly hash = createHash('sha256');

  add(event: Row): void {
    this.events++;
    this.hash.update(JSON.stringify(DIGESTED_COLUMNS.map((column) => event[column] ?? null)));
  }

  /** Call it once. */
  toString(): string {
    return `${this.events} events, ${this.hash.digest('hex')}`;
  }
}

/** Reads what is stored past the service, on a connection of its own. */
export class RowReader {
  private constructor(
    private readonly read: Read,
    readonly close: () => Promise<void>,
  ) {}

  /** Opens a `sqlite:` or `mysql:` url that a service uses. */
  static async open(databaseUrl: string): Promise<RowReader> {
    if (databaseUrl.startsWith('sqlite:')) {
      const database = new Database(databaseUrl.slice('sqlite:'.length));
      return new RowReader(
        async (sql, parameters = []) => database.prepare(sql).all(...parameters) as Row[],
        async () => void database.close(),
      );
    }
    const connection = await createConnection(databaseUrl);
    return new RowReader(
      async (sql, values = []) =>
        (await connection.query<(RowDataPacket & Row)[]>({ sql, values: [...values], timeout: LONGEST_QUERY_MS }))[0],
      () => connection.end(),
    );
  }

  async eventsByLocationStatus(): Promise<Record<string, number>> {
    const rows = await this.read(COUNT_EVENTS);
    return Object.fromEntries(rows.map(({ location_status, events }) => [String(location_status), Number(events)]));
  }

  /** How many events got an outcome after they were stored. */
  async outcomes(): Promise<number> {
    const [row] = await this.read(COUNT_OUTCOMES);
    return Number(row?.['events']);
  }

  /** Of the events since a time, in epoch milliseconds. */
  async eventTimes(sinceMs: number): Promise<EventTimes[]> {
    const rows = await this.read(EVENTS_SINCE, [String(sinceMs)]);
    return rows.map(({ lookup_key, received_at, settled_at, location_status }) => ({
      key: String(lookup_key),
      receivedAtMs: Number(received_at),
      settledAtMs: location_status === 'pending' ? Infinity : settled_at === null ? null : Number(settled_at),
    }));
  }

  /** Of all events by their task ids, ascending. */
  async digest(): Promise<string> {
    const digest = new EventDigest();
    const sql = `SELECT ${DIGESTED_COLUMNS.join(', ')} FROM event WHERE task_id > ? ORDER BY task_id LIMIT ${ROWS_AT_ONCE}`;
    for (let after = ''; ;) {
      const rows = await this.read(sql, [after]);
      for (const row of rows) digest.add(row);
      if (rows.length < ROWS_AT_ONCE) return digest.toString();
      after = String(rows.at(-1)?.['task_id']);
    }
  }

  /** What the server runs for others at this moment. MySQL and MariaDB only. */
  async runningStatements(): Promise<string[]> {
    return (await this.read(RUNNING_STATEMENTS)).map(({ statement }) => String(statement));
  }
}
