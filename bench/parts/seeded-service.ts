import { join } from 'node:path';
import { type DatabaseKind, Installation } from './installation.js';
import { runToEnd } from './run-to-end.js';

const SCRIPT = join(import.meta.dirname, 'seed-events-process.mjs');
const LONGEST_SEEDING_MS = 30 * 60_000;
/** Nothing that waits is to be located. */
export const NOBODY = 'http://127.0.0.1:9/{ip}';

export interface SeededOptions {
  readonly database: DatabaseKind;
  readonly events: number;
  readonly say: (line: string) => void;
}

/** What is stored, and how. */
export interface Seeding {
  readonly events: number;
  readonly say: (line: string) => void;
  /** As events come in life, and slower: each row finds its place in each index. Else these are made of all rows at the end. */
  readonly isIndexed?: boolean;
}

/** Fills a database with events that the service could have stored in the last thirty days. */
export async function seedEvents(databaseUrl: string, { events, say, isIndexed = false }: Seeding): Promise<void> {
  say(`storing ${events} events`);
  const startedAtMs = performance.now();
  const args = ['--import', 'tsx', SCRIPT, databaseUrl, String(events), ...(isIndexed ? ['indexed'] : [])];
  await runToEnd('the seeding', process.execPath, args, LONGEST_SEEDING_MS, say);
  say(`stored them in ${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
}

/** A Whence process on a database that holds events already. */
export const SeededService = {
  /** Starts it, lets it be used, and stops it whatever comes of that. */
  async during<T>({ database, events, say }: SeededOptions, use: (service: Installation) => Promise<T>): Promise<T> {
    const seed = (databaseUrl: string): Promise<void> =>
      seedEvents(databaseUrl, { events, say: (line) => say(`${database}: ${line}`) });
    const installation = await Installation.start({ workers: 0, database, geoIpUrl: NOBODY, seed });
    try {
      return await use(installation);
    } finally {
      await installation.stop();
    }
  },
};
