import { Agent, get } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ratiosOf } from '../measure/statistics.js';
import type { DatabaseKind } from '../parts/installation.js';
import { type ExplainedPage, explainPages, plansAsMarkdown, scansAndSorts } from '../parts/query-plans.js';
import { SeededService } from '../parts/seeded-service.js';
import { atMost, exactly, type Result, type Scenario, told } from '../report.js';
import { DATABASES, NAME_OF } from './submit-load.js';

const EVENTS: Readonly<Record<DatabaseKind, number>> = { sqlite: 1_000_000, mariadb: 5_000_000 };
const PLANS = join(import.meta.dirname, '..', '..', 'docs', 'query-plans.md');
const PLANS_HEAD = `# Query plans

What the second page of the listing runs under each filter, and how. Written by \`npm run bench -- fetch pages\`, which counts
full scans and sorts of events. What is sorted are the few that a LIMIT has let through: different values, or one page of each value. Why it is so: [ADR 11](adr/0011-finding-events.md).
`;
const WARM_UP_REQUESTS = 20;
const REQUESTS = 300;
const PAGE = 50;
const DEEP_PAGE = 10_000;
const LARGEST_PAGE = 1_000;
const LONGEST_P99_MS = 20;
const MOST_DEEPER = 1.5;

/** Each filter by itself, with values that some, many and few events have. */
const QUERIES: readonly string[] = [
  '',
  'order=asc',
  'name=Event of kind 0',
  'name=Event of kind 900',
  'name_prefix=Event of kind 9',
  'status_code=0',
  'status_code=500',
  'country_code=US',
  'country_code=GB,IE',
  'country_code=IS',
  'city=London',
  'location_status=located',
  'location_status=unlocatable',
  'source_ip=$address',
  'source_ip=$network',
  'received_from=$weekAgo',
  'received_to=$weekAgo',
  'bbox=-11,50,2,59',
  'bbox=170,-50,-170,-10',
];

interface Page {
  readonly ms: number;
  readonly cursor: string | null;
  readonly events: number;
  readonly sourceIp: string | undefined;
}

/** How long a page takes, the first one and one far behind it, by each filter. */
export const pages: Scenario = async (say, { rounds = 1 }) => {
  const results: Result[] = [];
  const documents: string[] = [];
  for (const database of DATABASES) {
    results.push(
      ...(await SeededService.during({ database, events: EVENTS[database], say }, async ({ url, databaseUrl }) => {
        const client = new PageClient(url);
        const known = await client.knownValues();
        const queries = QUERIES.map((query) => filled(query, known));
        const shown: Result[] = [];
        for (const query of queries) shown.push(await measure(client, query, database, rounds, say));
        const plans = await explainPages(databaseUrl, queries);
        documents.push(plansAsMarkdown(`${NAME_OF[database]}, ${EVENTS[database].toLocaleString('en')} events`, plans));
        return [...shown, plansResult(database, plans)];
      })),
    );
  }
  await writeFile(PLANS, [PLANS_HEAD, ...documents].join('\n'));
  return results;
};

function plansResult(database: DatabaseKind, plans: readonly ExplainedPage[]): Result {
  const counted = plans.flatMap(({ statements }) => statements.map(({ plan }) => scansAndSorts(database, plan)));
  const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
  return {
    run: `${NAME_OF[database]}, plans`,
    figures: [
      exactly('full scans and sorts of events', sumOf(counted.map(({ ofEvents }) => ofEvents)), 0),
      told('sorts of the few that were gathered', sumOf(counted.map(({ ofGathered }) => ofGathered))),
    ],
  };
}

async function measure(
  client: PageClient,
  query: string,
  database: DatabaseKind,
  rounds: number,
  say: (line: string) => void,
): Promise<Result> {
  const { cursor, page } = await client.deepCursor(query);
  const [firstMs, deepMs]: [number[], number[]] = [[], []];
  for (let request = 0; request < WARM_UP_REQUESTS; request++) await client.page(query, PAGE, null);
  for (let request = 0; request < REQUESTS * rounds; request++) {
    firstMs.push((await client.page(query, PAGE, null)).ms);
    if (cursor !== null) deepMs.push((await client.page(query, PAGE, cursor)).ms);
  }
  const [first, deep] = [percentiles(firstMs), percentiles(deepMs)];
  const shown = [first.p50, first.p99, deep.p50, deep.p99].map((ms) => ms.toFixed(1)).join(', ');
  say(`${NAME_OF[database]}, ${query || 'no filter'}: page 1 and page ${page}: p50, p99, p50, p99: ${shown} ms`);
  return {
    run: `${NAME_OF[database]}, ${query || 'no filter'}`,
    figures: [
      told('page 1, p50, ms', first.p50),
      atMost('page 1, p99, ms', first.p99, LONGEST_P99_MS),
      ...(cursor === null
        ? []
        : [
            told(`page ${page}, p50, ms`, deep.p50),
            atMost(`page ${page}, p99, ms`, deep.p99, LONGEST_P99_MS),
            atMost('p50 of that page, of the first page', ratiosOf([deep.p50], [first.p50]), MOST_DEEPER),
          ]),
    ],
  };
}

function percentiles(valuesMs: readonly number[]): { p50: number; p99: number } {
  const sorted = [...valuesMs].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

function filled(query: string, known: Readonly<Record<string, string>>): string {
  return query.replace(/\$(\w+)/g, (_all, name: string) => known[name] ?? '');
}

/** Fetches pages on one connection that is kept. */
class PageClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly url: string) {}

  async knownValues(): Promise<Record<string, string>> {
    const address = (await this.page('location_status=located', 1, null)).sourceIp ?? '';
    const network = `${address.split('.').slice(0, 2).join('.')}.0.0/16`;
    return { address, network, weekAgo: new Date(Date.now() - 7 * 86_400_000).toISOString() };
  }

  /** Where page 10,000 begins, or the last place that is reached on the way there. A page may be short though more come. */
  async deepCursor(query: string): Promise<{ cursor: string | null; page: number }> {
    let [cursor, seen]: [string | null, number] = [null, 0];
    for (const wanted = PAGE * (DEEP_PAGE - 1); seen < wanted;) {
      const next: Page = await this.page(query, Math.min(LARGEST_PAGE, wanted - seen), cursor);
      if (next.cursor === null) break;
      [cursor, seen] = [next.cursor, seen + next.events];
    }
    return { cursor, page: 1 + Math.floor(seen / PAGE) };
  }

  page(query: string, limit: number, cursor: string | null): Promise<Page> {
    const place = cursor === null ? '' : `&cursor=${cursor}`;
    const path = encodeURI(`/event/?limit=${limit}${query === '' ? '' : `&${query}`}`) + place;
    return new Promise((resolve, reject) => {
      const startedAtMs = performance.now();
      get(`${this.url}${path}`, { agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const ms = performance.now() - startedAtMs;
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode} ${text}`));
          const { data } = JSON.parse(text) as {
            data: { events: { source_ip: string }[]; next_cursor: string | null };
          };
          resolve({ ms, cursor: data.next_cursor, events: data.events.length, sourceIp: data.events[0]?.source_ip });
        });
      }).on('error', reject);
    });
  }
}
