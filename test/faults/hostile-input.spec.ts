import { Agent } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertDocumented } from '../e2e/http-openapi.js';
import { atTestEnd } from '../support/at-test-end.js';
import { NginxServer } from '../support/nginx-server.js';
import { SEED, timesOf, triedOf } from './extent.js';
import { EmbeddedWorld, ProductionWorld } from './fault-world.js';
import { HOSTILE_REQUESTS, type HostileRequest } from './hostile-requests.js';
import { RAW_REQUESTS, sendRaw } from './raw-requests.js';
import { sendHostile } from './send-hostile.js';
import { storedEvents } from './stored-events.js';

/** Fewer than the exports or counts that there may be at once: beyond them 503 is the answer to any input. */
const AT_ONCE = 16;
const REQUESTS = timesOf(2_000, 30_000);
const RAW_ROUNDS = timesOf(1, 3);
const TIMEOUT_MS = 30 * 60_000;

const WAYS = ['on SQLite', 'on MariaDB and Redis, behind nginx'] as const;

describe.each(WAYS)('hostile input, %s', (way) => {
  let url = '';
  let databaseUrl = '';
  let names: readonly string[];
  let ends: readonly (() => readonly string[])[];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  afterAll(() => agent.destroy());

  beforeAll(async () => {
    const world = way === 'on SQLite' ? await EmbeddedWorld.start(SEED) : await ProductionWorld.start(SEED);
    url = world.apis[0]?.url ?? '';
    if (way !== 'on SQLite') {
      const nginx = await NginxServer.start(world.apis.map((api) => api.url));
      atTestEnd(() => nginx.stop());
      url = nginx.url;
    }
    databaseUrl = world.databaseUrl;
    names = world.processes.map(({ name }) => name);
    ends = world.processes.map((process) => () => process.endsByItself);
  });

  it('gets an answer that is documented, and never a 5xx', { timeout: TIMEOUT_MS }, async () => {
    const requests = fc.sample(HOSTILE_REQUESTS, { numRuns: REQUESTS, seed: SEED });
    const wrong: { request: HostileRequest; reason: string }[] = [];
    const counts: Record<number, number> = {};
    let next = 0;
    const sender = async () => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        try {
          const answer = await sendHostile(url, agent, request);
          counts[answer.status] = (counts[answer.status] ?? 0) + 1;
          if (answer.status >= 500) throw new Error(`${answer.status} ${answer.text}`);
          if (answer.isWhole) assertDocumented(request, answer);
        } catch (error) {
          wrong.push({ request, reason: (error as Error).message });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    console.log(`[faults] hostile input ${way}, seed ${SEED}: ${requests.length} requests, ${JSON.stringify(counts)}`);
    expect(wrong.slice(0, 5).map(({ request, reason }) => [reason, JSON.stringify(request).slice(0, 2_000)])).toEqual(
      [],
    );
  });

  it('that no client of HTTP would send gets a refusal, and smuggles nothing', { timeout: TIMEOUT_MS }, async () => {
    const statuses: Record<string, number> = {};
    for (let round = 0; round < RAW_ROUNDS; round++) {
      const answers = await Promise.all(
        triedOf(RAW_REQUESTS).map(async (raw) => [raw.name, await sendRaw(url, raw)] as const),
      );
      for (const [name, { status }] of answers)
        statuses[`${name}: ${status}`] = (statuses[`${name}: ${status}`] ?? 0) + 1;
      expect(answers.filter(([, { status }]) => status >= 500)).toEqual([]);
      expect(answers.filter(([, { isHanging }]) => isHanging)).toEqual([]);
    }
    console.log(`[faults] raw requests ${way}: ${JSON.stringify(statuses)}`);
    const smuggled = (await storedEvents(databaseUrl)).filter(({ name }) => name.startsWith('smuggled'));
    expect(smuggled).toEqual([]);
  });

  it('ends no process', () => {
    expect(names.length).toBeGreaterThan(0);
    expect(ends.flatMap((all) => all())).toEqual([]);
  });
});
