import { describe, expect, it } from 'vitest';
import { wait } from '../support/wait.js';
import { roundsOf, SEED, timeoutMs, triedOf } from './extent.js';
import { ProductionWorld } from './fault-world.js';
import { countOutcomes, holdAgainst, type LedgerEntry } from './judges/ledger.js';
import { LedgerClient } from './ledger-client.js';
import { storedEvents } from './stored-events.js';

const BETWEEN_MS = 1_000;
const SECONDS_A_ROUND = 30;
/** Ten times what is under way on a quiet machine, and more: it bounds how long a request waits for its turn on a busy one. */
const MOST_UNDER_WAY = 100;

const ROUNDS_AT_LENGTH = 10;
const rounds = roundsOf(ROUNDS_AT_LENGTH);

describe('a rolling restart behind nginx fails no request', () => {
  it.each(
    triedOf([
      { way: 'with connections never idle for long', perSecond: 500, burst: 0, commitTakesMs: 0, isOnlyAtLength: true },
      { way: 'with requests always under way', perSecond: 100, burst: 0, commitTakesMs: 100 },
      // nginx keeps the connections that the burst needed, and uses one of them now and then.
      { way: 'with connections idle after a burst', perSecond: 20, burst: 200, commitTakesMs: 0, isOnlyAtLength: true },
    ]),
  )('$way', { timeout: timeoutMs(ROUNDS_AT_LENGTH, SECONDS_A_ROUND) }, async (options) => {
    const { way, perSecond, burst, commitTakesMs } = options;
    const world = await ProductionWorld.start(SEED);
    const { nginx } = world;
    // Not more of them at that rate: of batches under way nginx lets only ten in from one address.
    world.mariaDbProxy.slowDown(commitTakesMs);
    const address = world.newAddress();
    const prefix = `${SEED}-rolling-${perSecond}`;
    const entrances = [{ url: nginx.url, isBalanced: true }] as const;
    const client = new LedgerClient({
      entrances,
      perSecond,
      nextAddress: () => address,
      prefix,
      mostUnderWay: MOST_UNDER_WAY,
    });
    for (let round = 0; round < rounds; round++) {
      for (const api of world.apis) {
        await wait(BETWEEN_MS);
        client.burst(burst);
        await wait(BETWEEN_MS);
        expect(await api.end('SIGTERM')).toEqual({ code: 0, signal: null });
        await api.startAgain();
      }
    }
    await wait(BETWEEN_MS);
    await client.stop();
    const failed = client.entries.filter(({ outcome }) => outcome !== 'accepted');
    console.log(
      `[faults] rolling restart ${way}, seed ${SEED}: ${2 * rounds} restarts, ${requestsOf(client.entries)} requests with ${client.entries.length} events, ${failed.length} events failed`,
    );
    // A connection that was refused went elsewhere.
    const complaints = (await nginx.errors()).split('\n').filter((line) => !line.includes('Connection refused'));
    const counts = JSON.stringify(countOutcomes(failed));
    expect(failed, `${failed.length} failed ${counts}; nginx: ${complaints.join('\n')}`).toEqual([]);
    expect(holdAgainst(client.entries, await storedEvents(world.databaseUrl))).toMatchObject({
      accepted: client.entries.length,
      lost: [],
      duplicated: [],
      unasked: [],
    });
  });
});

/** The events of a batch are one request. */
function requestsOf(entries: readonly LedgerEntry[]): number {
  return new Set(entries.map(({ name, batch, repeats }) => `${batch ?? name} ${repeats ?? 0}`)).size;
}
