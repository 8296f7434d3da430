import { Agent } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../e2e/http-client.js';
import { assertDocumented, OPERATION_NAMES, operationNameOf } from '../e2e/http-openapi.js';
import { SEED, timesOf, triedOf } from './extent.js';
import { EmbeddedWorld, ProductionWorld } from './fault-world.js';
import { hostileRequests, type HostileRequest } from './hostile-requests.js';
import { RAW_REQUESTS, sendRaw } from './raw-requests.js';
import { type HostileAnswer, sendHostile } from './send-hostile.js';
import { storedEvents } from './stored-events.js';

/** Fewer than the exports or counts that there may be at once: beyond them 503 is the answer to any input. */
const AT_ONCE = 16;
const REQUESTS = timesOf(3_000, 30_000);
const RAW_ROUNDS = timesOf(1, 3);
const TIMEOUT_MS = 30 * 60_000;

/** What nginx does not let in from outside. */
const CLOSED_BY_NGINX = ['GET /metrics', 'GET /health'];

const WAYS = ['on SQLite', 'on MariaDB and Redis, behind nginx'] as const;

describe.each(WAYS)('hostile input, %s', (way) => {
  // Another one for each way, so that the second does not repeat the first.
  const seed = SEED + WAYS.indexOf(way);
  let url = '';
  let databaseUrl = '';
  let names: readonly string[];
  let ends: readonly (() => readonly string[])[];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  afterAll(() => agent.destroy());

  beforeAll(async () => {
    const world = way === 'on SQLite' ? await EmbeddedWorld.start(SEED) : await ProductionWorld.start(SEED);
    // Through nginx where there is one.
    url = world.entrances.at(-1)?.url ?? '';
    databaseUrl = world.databaseUrl;
    names = world.processes.map(({ name }) => name);
    ends = world.processes.map((process) => () => process.endsByItself);
  });

  it('gets an answer that is documented, and never a 5xx', { timeout: TIMEOUT_MS }, async () => {
    const taskId = await new HttpClient(url).submit({ name: 'there' });
    const requests = fc.sample(hostileRequests(taskId), { numRuns: REQUESTS, seed });
    const closed: readonly string[] = way === 'on SQLite' ? [] : CLOSED_BY_NGINX;
    const wrong: { request: HostileRequest; reason: string }[] = [];
    const accepted: Record<string, number> = Object.fromEntries(OPERATION_NAMES.map((name) => [name, 0]));
    let next = 0;
    const sender = async () => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        try {
          const answer = await sendHostile(url, agent, request);
          if (closed.includes(operationNameOf(request.method, request.path) ?? '')) assertRefused(answer);
          else assertRight(request, answer);
          if (answer.status < 300) accepted[operationNameOf(request.method, request.path) ?? '']++;
        } catch (error) {
          wrong.push({ request, reason: (error as Error).message });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    console.log(`[faults] hostile input ${way}, seed ${seed}: ${requests.length}, of which 2xx ${shown(accepted)}`);
    const first = wrong.slice(0, 5).map(({ request, reason }) => [reason, JSON.stringify(request).slice(0, 2_000)]);
    expect(first, `${wrong.length} answered wrongly, the first: ${first[0]?.[0]}`).toEqual([]);
    expect(OPERATION_NAMES.filter((name) => accepted[name] === 0).sort()).toEqual([...closed].sort());
  });

  it(
    'that no client of HTTP would send gets one of the statuses that are right for it, and smuggles nothing',
    { timeout: TIMEOUT_MS },
    async () => {
      const statuses: Record<string, number> = {};
      for (let round = 0; round < RAW_ROUNDS; round++) {
        const answers = await Promise.all(
          triedOf(RAW_REQUESTS).map(async (raw) => ({ ...raw, ...(await sendRaw(url, raw)) })),
        );
        for (const { name, status } of answers)
          statuses[`${name}: ${status}`] = (statuses[`${name}: ${status}`] ?? 0) + 1;
        const wrong = answers.filter(({ status, right, isHanging }) => isHanging || !right.includes(status));
        expect(wrong.map(({ name, status, right, isHanging }) => ({ name, status, right, isHanging }))).toEqual([]);
      }
      console.log(`[faults] raw requests ${way}: ${shown(statuses)}`);
      const smuggled = (await storedEvents(databaseUrl)).filter(({ name }) => name.startsWith('smuggled'));
      expect(smuggled).toEqual([]);
    },
  );

  it('ends no process', () => {
    expect(names.length).toBeGreaterThan(0);
    expect(ends.flatMap((all) => all())).toEqual([]);
  });
});

function assertRefused({ status, text }: HostileAnswer): void {
  if (status < 400 || status >= 500) throw new Error(`${status} ${text}`);
}

/** Fails at a 5xx, at what openapi.json does not describe, and where something is answered 2xx that it does not know. */
function assertRight(request: HostileRequest, answer: HostileAnswer): void {
  if (answer.status >= 500) throw new Error(`${answer.status} ${answer.text}`);
  if (answer.status < 300 && operationNameOf(request.method, request.path) === undefined) {
    throw new Error(`${answer.status}, and openapi.json has no such operation`);
  }
  if (answer.isWhole) assertDocumented(request, answer);
}

function shown(counts: Readonly<Record<string, number>>): string {
  return JSON.stringify(counts);
}
