import { describe, expect, it } from 'vitest';
import { type GateLimits, gateLimits, type Permit, type RequestGate } from '#libs/geolocation';
import { eventually } from '../support/eventually.js';
import { holdsFor } from '../support/holds-for.js';
import type { OnFinished } from './lookup-adapters.js';
import { PATIENCE, PermitLog } from './permit-log.js';

/** Opens the gates of one or several processes that share it. */
export type OpenGatesWith = (onFinished: OnFinished, limits: GateLimits) => Promise<RequestGate[]>;

/** So many requests that nothing waits for the budget, and pauses that a test can wait for. */
const QUICK: GateLimits = {
  ...gateLimits({ geoIpRequestsPerSecond: 1_000, geoIpTimeoutMs: 6_000 }),
  breaker: {
    windowCalls: 20,
    windowMs: 60_000,
    minimumCalls: 5,
    failureShare: 0.8,
    firstPauseMs: 1_000,
    longestPauseMs: 3_000,
  },
};
const PATIENT = { timeoutMs: 20_000 };

/** What every RequestGate promises of the breaker and the pace, to all processes that share it. */
export function sharedBreakerContract(adapter: string, open: OpenGatesWith): void {
  describe.concurrent(`the breaker ${adapter}`, () => {
    /** Has so many calls end so, in turn from each gate. */
    async function call(gates: RequestGate[], result: 'succeeded' | 'failed', times: number): Promise<void> {
      for (let number = 0; number < times; number++) {
        const gate = gates[number % gates.length];
        await gate.report((await gate.acquire(PATIENCE)) as Permit, result);
      }
    }

    /** Collects the changes that any of the gates tells of. */
    function changesOf(gates: RequestGate[]): string[] {
      const changes: string[] = [];
      for (const gate of gates) gate.onChange((change) => changes.push(change));
      return changes;
    }

    async function statesOf(gates: RequestGate[]): Promise<string[]> {
      const states = await Promise.all(gates.map((gate) => gate.state()));
      return [...new Set(states.map(({ breaker }) => breaker))];
    }

    it('opens for all when enough calls failed, wherever, and tells so once', async ({ onTestFinished }) => {
      const gates = await open(onTestFinished, QUICK);
      const changes = changesOf(gates);
      await call(gates, 'failed', 4);
      expect([await statesOf(gates), changes]).toEqual([['closed'], []]);
      await call(gates, 'failed', 1);
      expect([await statesOf(gates), changes]).toEqual([['open'], ['opened']]);
    });

    it('stays closed while most calls succeed', async ({ onTestFinished }) => {
      const gates = await open(onTestFinished, QUICK);
      for (let round = 0; round < 8; round++) {
        await call(gates, 'succeeded', 1);
        await call(gates, 'failed', 3);
      }
      expect(await statesOf(gates)).toEqual(['closed']);
    });

    it('gives nobody a permit while it is open, and then one probe at a time, until one succeeds', async ({
      onTestFinished,
    }) => {
      const gates = await open(onTestFinished, QUICK);
      const changes = changesOf(gates);
      await call(gates, 'failed', 5);
      const openedAtMs = performance.now();
      const passes: { pass: Permit; gate: RequestGate; atMs: number }[] = [];
      for (let waiter = 0; waiter < 6; waiter++) {
        const gate = gates[waiter % gates.length];
        void gate.acquire(PATIENCE).then((pass) => {
          if (pass !== null) passes.push({ pass, gate, atMs: performance.now() });
        });
      }
      await eventually(() => expect(passes).toHaveLength(1), PATIENT);
      expect((passes[0]?.atMs ?? 0) - openedAtMs).toBeGreaterThanOrEqual(950);
      expect(passes[0]?.pass.isProbe).toBe(true);
      await holdsFor(500, () => expect(passes).toHaveLength(1));
      const failedAtMs = performance.now();
      await passes[0]?.gate.report(passes[0].pass, 'failed');
      await eventually(() => expect(passes).toHaveLength(2), PATIENT);
      // Twice the first pause.
      expect((passes[1]?.atMs ?? 0) - failedAtMs).toBeGreaterThanOrEqual(1_950);
      await passes[1]?.gate.report(passes[1].pass, 'succeeded');
      await eventually(() => expect(passes).toHaveLength(6), PATIENT);
      expect(passes.slice(2).map(({ pass }) => pass.isProbe)).toEqual([false, false, false, false]);
      expect([await statesOf(gates), changes]).toEqual([['closed'], ['opened', 'closed']]);
    });

    it('is ready for calls only while they may be made', async ({ onTestFinished }) => {
      const gates = await open(onTestFinished, QUICK);
      await call(gates, 'failed', 5);
      const openedAtMs = performance.now();
      await Promise.all(gates.map((gate) => gate.ready(PATIENCE)));
      expect(performance.now() - openedAtMs).toBeGreaterThanOrEqual(950);
      expect(await statesOf(gates)).toEqual(['half_open']);
      const reason = new Error('the service stops');
      await expect(gates[0]?.ready(AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it('takes no connection for a failure, and another probe at once for a cancelled one', async ({
      onTestFinished,
    }) => {
      const gates = await open(onTestFinished, QUICK);
      for (let number = 0; number < 5; number++) {
        const gate = gates[number % gates.length];
        expect(await gate.acquire(PATIENCE, { prepare: async () => false })).toBeNull();
      }
      expect(await statesOf(gates)).toEqual(['open']);
      for (const gate of gates) {
        const probe = (await gate.acquire(PATIENCE)) as Permit;
        expect(probe.isProbe).toBe(true);
        await gate.report(probe, 'cancelled');
      }
      expect(await statesOf(gates)).toEqual(['half_open']);
    });

    it('does not heed calls from before it opened', async ({ onTestFinished }) => {
      const gates = await open(onTestFinished, QUICK);
      const [gate] = gates as [RequestGate];
      const early = (await gate.acquire(PATIENCE)) as Permit;
      await call(gates, 'failed', 5);
      await gate.report(early, 'succeeded');
      expect(await statesOf(gates)).toEqual(['open']);
      const probe = (await gate.acquire(PATIENCE)) as Permit;
      await gate.report(probe, 'succeeded');
      await gate.report(early, 'failed');
      await call(gates, 'failed', 4);
      expect(await statesOf(gates)).toEqual(['closed']);
    });
  });

  describe.concurrent(`the pace ${adapter}`, () => {
    it('halves for all after a 429, and comes back step by step', async ({ onTestFinished }) => {
      const limits = { ...QUICK, pace: { full: 8, slowest: 1, step: 2, stepMs: 3_000 }, requestsPerSecond: 8 };
      const gates = await open(onTestFinished, limits);
      const paceOf = async () => Promise.all(gates.map(async (gate) => (await gate.state()).pace));
      // Several answers 429 to what left together.
      await Promise.all(gates.map((gate) => gate.slowDown(100)));
      expect(new Set(await paceOf())).toEqual(new Set([4]));
      const log = new PermitLog();
      await log.acquireMany(6, gates);
      expect(log.worstSecond()).toBeLessThanOrEqual(6);
      await eventually(async () => expect(new Set(await paceOf())).toEqual(new Set([6])), PATIENT);
      await eventually(async () => expect(new Set(await paceOf())).toEqual(new Set([8])), PATIENT);
    });

    it('tells all how long the pause after a 429 still lasts', async ({ onTestFinished }) => {
      const gates = await open(onTestFinished, QUICK);
      await Promise.all(gates.map((gate) => gate.ready(PATIENCE)));
      const pausesOf = async () => Promise.all(gates.map(async (gate) => (await gate.state()).pausedForMs));
      expect(new Set(await pausesOf())).toEqual(new Set([0]));
      await gates[0]?.slowDown(3_600_000);
      for (const pausedForMs of await pausesOf()) {
        expect(pausedForMs).toBeGreaterThan(3_600_000 - PATIENT.timeoutMs);
        expect(pausedForMs).toBeLessThanOrEqual(3_600_000);
      }
    });

    it('begins to come back when the pause is over, for as long as that may be', async ({ onTestFinished }) => {
      const limits = { ...QUICK, pace: { full: 8, slowest: 1, step: 2, stepMs: 400 }, requestsPerSecond: 8 };
      const gates = await open(onTestFinished, limits);
      await Promise.all(gates.map((gate) => gate.slowDown(3_600_000)));
      await holdsFor(1_500, async () => {
        for (const gate of gates) expect((await gate.state()).pace).toBe(4);
      });
    });

    it('leaves more than half of a window’s permits to others for what is nice to have', async ({ onTestFinished }) => {
      const limits = gateLimits({ geoIpRequestsPerSecond: 5, geoIpTimeoutMs: 6_000 });
      const [gate] = (await open(onTestFinished, limits)) as [RequestGate];
      const firstAtMs = await gate.acquire(PATIENCE).then(() => performance.now());
      const spares = [1, 2, 3].map(() => gate.acquire(PATIENCE, { isSpare: true }).then(() => performance.now()));
      // The third spare one has to wait until the first permit has left the window; others need not wait for it.
      await gate.acquire(PATIENCE);
      await gate.acquire(PATIENCE);
      const othersAtMs = performance.now();
      const lastSpareAtMs = Math.max(...(await Promise.all(spares)));
      expect(lastSpareAtMs - firstAtMs).toBeGreaterThanOrEqual(950);
      expect(othersAtMs).toBeLessThan(lastSpareAtMs);
    });

    it('tells the share of the budget that was used in the last minute', async ({ onTestFinished }) => {
      const limits = gateLimits({ geoIpRequestsPerSecond: 5, geoIpTimeoutMs: 6_000 });
      const gates = await open(onTestFinished, limits);
      const log = new PermitLog();
      const beganAtMs = performance.now();
      await log.acquireMany(10, gates);
      const { usedShare } = await gates[0].state();
      const windows = Math.floor((performance.now() - beganAtMs) / 1_000) + 1;
      // Ten of three hundred; on Redis the five that were taken as spent at first count as well, and a permit that lapsed
      // may: no more than the budget gave in that time.
      expect(usedShare).toBeGreaterThanOrEqual(10 / 300);
      expect(usedShare).toBeLessThanOrEqual((5 + 5 * windows) / 300);
    });
  });
}
