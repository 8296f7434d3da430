import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RequestGate } from '#libs/geolocation';
import type { OnFinished } from './lookup-adapters.js';
import { PATIENCE, PermitLog } from './permit-log.js';
import { seededRandom } from '../support/seeded-random.js';

/** Opens the gates of one or several processes that spend the same N requests a second. */
export type OpenGates = (onFinished: OnFinished, requestsPerSecond: number) => Promise<RequestGate[]>;

/** What every RequestGate promises. Times come from one clock; nothing asserts that something is quick. */
export function requestGateContract(adapter: string, open: OpenGates): void {
  describe.concurrent(`the request gate ${adapter}`, () => {
    it('gives no more than N permits in any sliding second to waiters in a crowd', async ({ onTestFinished }) => {
      const log = new PermitLog();
      await log.acquireMany(25, await open(onTestFinished, 5));
      expect(log.timesMs).toHaveLength(25);
      expect(log.worstSecond()).toBe(5);
    });

    it.for([1, 2])('keeps to it with sparse arrivals (random gaps, seed %i)', async (seed, { onTestFinished }) => {
      const log = new PermitLog();
      const random = seededRandom(seed);
      const gates = await open(onTestFinished, 5);
      const acquired: Promise<void>[] = [];
      for (let arrival = 0; arrival < 25; arrival++) {
        // Bursts and lulls: half of the gaps are next to nothing, the others up to half a second.
        await sleep(random() < 0.5 ? random() * 10 : random() * 500);
        acquired.push(log.acquire(gates[arrival % gates.length]));
      }
      await Promise.all(acquired);
      expect(log.worstSecond()).toBeLessThanOrEqual(5);
    });

    it('keeps to one permit a second', async ({ onTestFinished }) => {
      const log = new PermitLog();
      await log.acquireMany(3, await open(onTestFinished, 1));
      expect(log.worstSecond()).toBe(1);
    });

    it('takes all of it as spent at first', async ({ onTestFinished }) => {
      const askedAtMs = performance.now();
      const log = new PermitLog();
      const gates = await open(onTestFinished, 5);
      await log.acquireMany(gates.length, gates);
      expect(Math.min(...log.timesMs) - askedAtMs).toBeGreaterThanOrEqual(1000);
    });

    it('lets a gate that was not used pile up to N and no further', async ({ onTestFinished }) => {
      const log = new PermitLog();
      const gates = await open(onTestFinished, 5);
      await log.acquireMany(1, gates);
      await sleep(1_500);
      await log.acquireMany(6, gates);
      expect(log.worstSecond()).toBe(5);
    });

    it('gives permits in the order of asking', async ({ onTestFinished }) => {
      const [gate] = (await open(onTestFinished, 5)) as [RequestGate];
      const order: number[] = [];
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          await gate.acquire(PATIENCE);
          order.push(index);
        }),
      );
      expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    it('gives nobody a permit during a pause, not even those who wait already', async ({ onTestFinished }) => {
      const log = new PermitLog();
      const gates = await open(onTestFinished, 5);
      await log.acquireMany(1, gates);
      const waiting = log.acquireMany(5, gates);
      await gates[0].slowDown(1_500);
      const pausedAtMs = performance.now();
      await Promise.all([waiting, log.acquireMany(3, gates)]);
      const during = log.timesMs.filter(
        (time) => time > pausedAtMs + SETTLE_MS && time < pausedAtMs + 1_500 - SETTLE_MS,
      );
      expect(during).toEqual([]);
      expect(log.timesMs).toHaveLength(9);
      expect(log.worstSecond()).toBeLessThanOrEqual(5);
    });

    it('does not shorten a pause by a shorter one', async ({ onTestFinished }) => {
      const gates = await open(onTestFinished, 5);
      const pausedAtMs = performance.now();
      await gates[0].slowDown(2_000);
      await (gates.at(-1) as RequestGate).slowDown(100);
      const log = new PermitLog();
      await log.acquireMany(gates.length, gates);
      expect(Math.min(...log.timesMs) - pausedAtMs).toBeGreaterThanOrEqual(2_000 - SETTLE_MS);
    });

    it('rejects a waiter at once whose signal is aborted, with the reason, and stays usable', async ({
      onTestFinished,
    }) => {
      const [gate] = (await open(onTestFinished, 5)) as [RequestGate];
      const reason = new Error('the service stops');
      const aborts = new AbortController();
      await expect(gate.acquire(AbortSignal.abort(reason))).rejects.toBe(reason);
      await gate.slowDown(1_500);
      const events: string[] = [];
      const first = gate.acquire(aborts.signal).catch((error: unknown) => void events.push(said(error, reason)));
      const patient = gate.acquire(PATIENCE).then(() => events.push('a permit'));
      await sleep(SETTLE_MS); // until both wait
      aborts.abort(reason);
      await Promise.all([first, patient]);
      expect(events).toEqual(['the reason', 'a permit']);
      await gate.acquire(PATIENCE);
    });

    it('rejects an aborted waiter at once also where others wait before it', async ({ onTestFinished }) => {
      const [gate] = (await open(onTestFinished, 5)) as [RequestGate];
      const reason = new Error('the service stops');
      const aborts = new AbortController();
      await gate.slowDown(1_500);
      const events: string[] = [];
      const patient = gate.acquire(PATIENCE).then(() => events.push('a permit'));
      const second = gate.acquire(aborts.signal).catch((error: unknown) => void events.push(said(error, reason)));
      const third = gate.acquire(PATIENCE).then(() => events.push('a permit'));
      await sleep(SETTLE_MS);
      aborts.abort(reason);
      await Promise.all([patient, second, third]);
      expect(events).toEqual(['the reason', 'a permit', 'a permit']);
    });

    it('spends nothing on those who gave up', async ({ onTestFinished }) => {
      const log = new PermitLog();
      const gates = await open(onTestFinished, 5);
      const aborts = new AbortController();
      const givenUp = Array.from({ length: 50 }, (_, index) =>
        gates[index % gates.length].acquire(aborts.signal).catch(() => {}),
      );
      aborts.abort();
      await Promise.all(givenUp);
      await log.acquireMany(5, gates);
      // Were a permit lost to the fifty, the last of these five would come a second later.
      expect(log.worstSecond()).toBe(5);
    });
  });
}

/** The time a permit or a pause may take from the budget's clock to the test's. */
const SETTLE_MS = 50;

function said(error: unknown, reason: Error): string {
  return error === reason ? 'the reason' : `another error: ${String(error)}`;
}
