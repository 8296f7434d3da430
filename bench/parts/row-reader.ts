import Database from 'libsql';
import { createConnection } from 'mysql2/promise';

const LONGEST_QUERY_MS = 10_000;
const COUNT_EVENTS = 'SELECT location_status, COUNT(*) AS events FROM event GROUP BY location_status';

type CountRow = { location_status: string; events: number | string };

/** Reads what is stored past the service, on a connection of its own. */
export class RowReader {
  private constructor(
    private readonly read: (sql: string) => Promise<CountRow[]>,
    readonly close: () => Promise<void>,
  ) {}

  /** Opens a `sqlite:` or `mysql:` url that a service uses. */
  static async open(databaseUrl: string): Promise<RowReader> {
    if (databaseUrl.startsWith('sqlite:')) {
      const database = new Database(databaseUrl.slice('sqlite:'.length));
      return new RowReader(
        async (sql) => database.prepare(sql).all() as CountRow[],
        async () => void database.close(),
      );
    }
    const connection = await createConnection(databaseUrl);
    return new RowReader(
      async (sql) => (await connection.query({ sql, timeout: LONGEST_QUERY_MS }))[0] as CountRow[],
      () => connection.end(),
    );
  }

  async eventsByLocationStatus(): Promise<Record<string, number>> {
    const rows = await this.read(COUNT_EVENTS);
    return Object.fromEntries(rows.map(({ location_status, events }) => [location_status, Number(events)]));
  }
}
