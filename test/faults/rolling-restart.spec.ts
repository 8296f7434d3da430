import { expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { NginxServer } from '../support/nginx-server.js';
import { roundsOf, SEED, timeoutMs } from './extent.js';
import { ProductionWorld, wait } from './fault-world.js';
import { holdAgainst } from './judges/ledger.js';
import { LedgerClient } from './ledger-client.js';
import { storedEvents } from './stored-events.js';

const PER_SECOND = 500;
const BETWEEN_MS = 1_000;
const SECONDS_A_ROUND = 20;

const ROUNDS_AT_LENGTH = 10;
const rounds = roundsOf(ROUNDS_AT_LENGTH);

it(
  'a rolling restart behind nginx fails no request',
  { timeout: timeoutMs(ROUNDS_AT_LENGTH, SECONDS_A_ROUND) },
  async () => {
    const world = await ProductionWorld.start(SEED);
    const nginx = await NginxServer.start(world.apis.map(({ url }) => url));
    atTestEnd(() => nginx.stop());
    const address = world.newAddress();
    const client = new LedgerClient({
      urls: [nginx.url],
      perSecond: PER_SECOND,
      nextAddress: () => address,
      prefix: `${SEED}-rolling`,
    });
    for (let round = 0; round < rounds; round++) {
      for (const api of world.apis) {
        await wait(BETWEEN_MS);
        await api.end('SIGTERM');
        await api.startAgain();
      }
    }
    await wait(BETWEEN_MS);
    await client.stop();
    const failed = client.entries.filter(({ outcome }) => outcome !== 'accepted');
    console.log(
      `[faults] rolling restart: ${2 * rounds} restarts, ${client.entries.length} requests, ${failed.length} failed`,
    );
    expect(failed, await nginx.errors()).toEqual([]);
    expect(holdAgainst(client.entries, await storedEvents(world.databaseUrl))).toMatchObject({
      accepted: client.entries.length,
      lost: [],
      duplicated: [],
      unasked: [],
    });
  },
);
