import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Permit, RequestGate } from '#libs/geolocation';
import { PERMIT_LAPSES_MS } from '../../libs/geolocation/src/gate/permit.js';
import { PATIENCE, PermitLog } from './permit-log.js';
import type { OpenGates } from './request-gate.contract.js';

/** What every RequestGate promises of requests that leave later than they might. */
export function departuresContract(adapter: string, open: OpenGates): void {
  describe.concurrent(`the budget ${adapter}`, () => {
    it.for([100, 300])('counts requests from when they leave, %i ms after their permits', async (lateMs, context) => {
      const log = new PermitLog();
      const gates = await open(context.onTestFinished, 5);
      const given = await acquireAll(5, gates);
      const next = log.acquireMany(5, gates);
      await sleep(lateMs);
      for (const { gate, permit } of given) log.depart(gate, permit);
      await next;
      expect(log.timesMs).toHaveLength(10);
      expect(log.worstSecond()).toBe(5);
    });

    it('counts a request that may have left from when its permit lapses', async ({ onTestFinished }) => {
      const gates = await open(onTestFinished, 1);
      const [{ permit: abandoned }] = (await acquireAll(1, gates)) as [Given];
      await gates.at(-1)?.acquire(PATIENCE);
      expect(performance.now() - abandoned.askedAtMs).toBeGreaterThanOrEqual(PERMIT_LAPSES_MS + 1_000);
    });

    const ends = ['cancelled', 'failed'] as const;
    it.for(ends)(
      'has the place again of a permit that is given back as %s before its request left',
      async (end, context) => {
        const log = new PermitLog();
        const gates = await open(context.onTestFinished, 5);
        const [unused, ...used] = (await acquireAll(5, gates)) as [Given, ...Given[]];
        for (const { gate, permit } of used) log.depart(gate, permit);
        await unused.gate.report(unused.permit, end);
        await log.acquireMany(1, gates);
        // Were its place lost, another permit would come a second later.
        expect(log.worstSecond()).toBe(5);
      },
    );

    it('has it not where it is given back after its request has left', async ({ onTestFinished }) => {
      const log = new PermitLog();
      const gates = await open(onTestFinished, 1);
      const [{ gate, permit }] = (await acquireAll(1, gates)) as [Given];
      log.depart(gate, permit);
      await gate.report(permit, 'cancelled');
      await log.acquireMany(1, gates.slice(-1));
      expect(log.worstSecond()).toBe(1);
    });
  });
}

/** A permit, and the gate that has given it. */
export interface Given {
  readonly gate: RequestGate;
  readonly permit: Permit;
}

/** Acquires so many permits, in turn from each gate, with which nothing has left yet. */
export function acquireAll(count: number, gates: readonly RequestGate[]): Promise<Given[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const gate = gates[index % gates.length];
      return { gate, permit: (await gate.acquire(PATIENCE)) as Permit };
    }),
  );
}
