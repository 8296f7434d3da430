import { join } from 'node:path';
import { type DatabaseKind, Installation } from './installation.js';
import { runToEnd } from './run-to-end.js';

const SCRIPT = join(import.meta.dirname, 'seed-events-process.mjs');
const LONGEST_SEEDING_MS = 30 * 60_000;
/** Nothing that waits is to be located. */
const NOBODY = 'http://127.0.0.1:9/{ip}';

export interface SeededOptions {
  readonly database: DatabaseKind;
  readonly events: number;
  readonly say: (line: string) => void;
}

/** A Whence process on a database that holds events already. */
export const SeededService = {
  /** Starts it, lets it be used, and stops it whatever comes of that. */
  async during<T>({ database, events, say }: SeededOptions, use: (service: Installation) => Promise<T>): Promise<T> {
    const seed = async (databaseUrl: string): Promise<void> => {
      say(`${database}: storing ${events} events`);
      const startedAtMs = performance.now();
      const args = ['--import', 'tsx', SCRIPT, databaseUrl, String(events)];
      await runToEnd('the seeding', process.execPath, args, LONGEST_SEEDING_MS, (line) => say(`${database}: ${line}`));
      say(`${database}: stored them in ${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
    };
    const installation = await Installation.start({ workers: 0, database, geoIpUrl: NOBODY, seed });
    try {
      return await use(installation);
    } finally {
      await installation.stop();
    }
  },
};
