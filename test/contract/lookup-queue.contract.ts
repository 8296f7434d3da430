import { describe, expect, it } from 'vitest';
import type { LookupQueue, LookupRequest } from '#libs/geolocation';
import { pause } from '#libs/platform';
import type { CallsAllowed } from '../../libs/geolocation/src/gate/request-gate.js';
import { DELAY_AFTER_THROW_MS } from '../../libs/geolocation/src/lookup/lookup-queue.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { holdsFor } from '../support/holds-for.js';
import type { LookupProcess, LookupProcessOptions, OnFinished } from './lookup-adapters.js';
import { DONE, READY, RecordingHandler, untilAborted } from './recording-handler.js';

/** Far more than any of it takes; a queue that works never gets there. */
const PATIENT = { timeoutMs: 30_000 };
/** Timers and the clocks of two programs round differently. */
const ROUNDING_MS = 20;

/** At five lookups a second: one waits for its permit, and two for their connections. */
const AHEAD = 3;

export type OpenLookupQueue = (onFinished: OnFinished, options?: LookupProcessOptions) => Promise<LookupProcess>;

export function requestsFor(...keys: string[]): LookupRequest[] {
  return keys.map((key) => ({ key, address: key.replace(/\/64$/, '1'), events: 1 }));
}

/** 81.2.69.1, 81.2.69.2, … */
export function manyKeys(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `81.2.${69 + (index >> 8)}.${index & 255}`);
}

/** What every LookupQueue promises. The tests wait far more than they work, so they run beside each other. */
export function lookupQueueContract(adapter: string, open: OpenLookupQueue): void {
  describe.concurrent(`the lookup queue ${adapter}`, () => {
    it('handles a key once, however often it is requested', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const gate = new Gate();
      const handler: RecordingHandler = new RecordingHandler(() => gate.passed.then(() => DONE));
      const requests = requestsFor('81.2.69.142', '2a00:1450:4009:80b::/64');
      await Promise.all([queue.request([...requests, ...requests]), queue.request(requests)]);
      await queue.request(requests);
      expect(await queue.counts()).toEqual({ waiting: 2, active: 0 });
      queue.work(handler.handle, READY);
      await eventually(() => expect(handler.underWay).toHaveLength(2), PATIENT);
      await queue.request(requests);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 2 });
      gate.open();
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      expect(handler.started.map(({ key, address, attempts }) => ({ key, address, attempts })).sort(byKey)).toEqual([
        { key: '2a00:1450:4009:80b::/64', address: '2a00:1450:4009:80b::1', attempts: 0 },
        { key: '81.2.69.142', address: '81.2.69.142', attempts: 0 },
      ]);
    });

    it('handles a key again that is requested after it was done', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const handler: RecordingHandler = new RecordingHandler();
      queue.work(handler.handle, READY);
      for (let round = 1; round <= 3; round++) {
        await queue.request(requestsFor('2a00:1450:4009:80b::/64'));
        await eventually(() => expect(handler.ended).toHaveLength(round), PATIENT);
        await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      }
      expect(handler.keys).toEqual(Array(3).fill('2a00:1450:4009:80b::/64'));
    });

    it('brings a job again after the delay and with the attempts of its verdict', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const verdicts = [
        { kind: 'again', delayMs: 700, attempts: 1 },
        { kind: 'again', delayMs: 0, attempts: 1 },
        { kind: 'again', delayMs: 300, attempts: 6 },
        DONE,
      ] as const;
      const handler: RecordingHandler = new RecordingHandler(async () => verdicts[handler.started.length - 1] ?? DONE);
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.142'));
      await eventually(() => expect(handler.ended).toHaveLength(4), PATIENT);
      expect(handler.started.map(({ attempts }) => attempts)).toEqual([0, 1, 1, 6]);
      expect(handler.started.map(({ address }) => address)).toEqual(Array(4).fill('81.2.69.142'));
      const [first, , third] = handler.gapsMs('81.2.69.142');
      expect(first).toBeGreaterThanOrEqual(700 - ROUNDING_MS);
      expect(third).toBeGreaterThanOrEqual(300 - ROUNDING_MS);
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
    });

    it('takes a request for a job that waits for its next attempt as made', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const handler: RecordingHandler = new RecordingHandler(async ({ attempts }) =>
        attempts === 0 ? { kind: 'again', delayMs: 1_000, attempts: 1 } : DONE,
      );
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.142'));
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 1, active: 0 }), PATIENT);
      await queue.request(requestsFor('81.2.69.142'));
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      expect(handler.started.map(({ attempts }) => attempts)).toEqual([0, 1]);
      expect(handler.gapsMs('81.2.69.142')[0]).toBeGreaterThanOrEqual(1_000 - ROUNDING_MS);
    });

    it('brings a job again whose handler threw, as it was', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const handler: RecordingHandler = new RecordingHandler(async ({ attempts }) => {
        if (handler.started.length === 1) return { kind: 'again', delayMs: 0, attempts: 3 };
        if (handler.started.length === 2) throw new Error('the database is away');
        expect(attempts).toBe(3);
        return DONE;
      });
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.142'));
      await eventually(() => expect(handler.ended).toHaveLength(3), PATIENT);
      expect(handler.started.map(({ attempts }) => attempts)).toEqual([0, 3, 3]);
      expect(handler.gapsMs('81.2.69.142')[1]).toBeGreaterThanOrEqual(DELAY_AFTER_THROW_MS - ROUNDING_MS);
    });

    it('takes no job before it is ready for one, ends those under way, and goes on after', async ({
      onTestFinished,
    }) => {
      const { queue } = await open(onTestFinished);
      const [gate, again] = [new Gate(), new Gate()];
      const handler: RecordingHandler = new RecordingHandler(() => gate.passed.then(() => DONE));
      // Ready for one job, and then not for a while.
      queue.work(handler.handle, () =>
        handler.started.length === 0 ? Promise.resolve('any') : again.passed.then(() => 'any'),
      );
      await queue.request(requestsFor('81.2.69.1'));
      await eventually(() => expect(handler.underWay).toEqual(['81.2.69.1']), PATIENT);
      await queue.request(requestsFor('81.2.69.2', '81.2.69.3'));
      gate.open();
      await eventually(() => expect(handler.ended).toEqual(['81.2.69.1']), PATIENT);
      await holdsFor(1_000, () => expect(handler.keys).toEqual(['81.2.69.1']));
      again.open();
      await eventually(() => expect(handler.ended).toEqual(['81.2.69.1', '81.2.69.2', '81.2.69.3']), PATIENT);
    });

    it('takes no job where it never becomes ready, and stops all the same', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const handler: RecordingHandler = new RecordingHandler();
      queue.work(handler.handle, (signal) => untilAborted(signal));
      await queue.request(requestsFor('81.2.69.1'));
      await holdsFor(500, () => expect(handler.started).toEqual([]));
      await queue.stop(60_000);
      expect((await queue.counts()).waiting).toBe(1);
    });

    it('tries on where being ready fails', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const handler: RecordingHandler = new RecordingHandler();
      let failures = 0;
      queue.work(handler.handle, async () => {
        if (failures++ < 2) throw new Error('Redis is away');
        return 'any';
      });
      await queue.request(requestsFor('81.2.69.1'));
      await eventually(() => expect(handler.ended).toEqual(['81.2.69.1']), PATIENT);
    });

    it('takes few jobs ahead of their turn, and gives them back at once when it stops', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished, { concurrency: 50, requestsPerSecond: 5 });
      const handler: RecordingHandler = new RecordingHandler((_job, signal) => untilAborted(signal), false);
      queue.work(handler.handle, READY);
      await queue.request(requestsFor(...manyKeys(20)));
      await eventually(() => expect(handler.underWay).toHaveLength(AHEAD), PATIENT);
      await holdsFor(500, () => expect(handler.started).toHaveLength(AHEAD));
      await queue.stop(3_600_000);
      expect(handler.underWay).toEqual([]);
    });

    it('takes the next job when one has had its turn, while that goes on', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished, { concurrency: 50, requestsPerSecond: 5 });
      const sends: (() => void)[] = [];
      const handler: RecordingHandler = new RecordingHandler((_job, signal, run) => {
        sends.push(() => run.sent());
        return untilAborted(signal);
      }, false);
      queue.work(handler.handle, READY);
      await queue.request(requestsFor(...manyKeys(20)));
      for (let sent = 0; sent < 6; sent++) {
        await eventually(() => expect(handler.underWay).toHaveLength(sent + AHEAD), PATIENT);
        sends[sent]?.();
      }
      await queue.stop(0);
    });

    describe('in a backlog', () => {
      /** Has one job at a time, in the order in which the queue brings them. */
      async function orderOf(queue: LookupQueue, count: number): Promise<string[]> {
        const handler: RecordingHandler = new RecordingHandler();
        queue.work(handler.handle, READY);
        await eventually(() => expect(handler.ended).toHaveLength(count), PATIENT);
        return handler.keys;
      }

      /** Bull is given the first three at once, in the order of asking. */
      const FIRST = ['10', '11', '12'].map((host) => `81.2.68.${host}`);

      it('does the key with the most waiting events first', async ({ onTestFinished }) => {
        const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
        await queue.request(requestsFor(...FIRST));
        const events = [1, 50, 3, 1_000, 7];
        await queue.request(events.map((count, index) => ({ ...requestsFor(`81.2.69.${index}`)[0], events: count })));
        const order = (await orderOf(queue, 8)).filter((key) => !FIRST.includes(key));
        expect(order).toEqual(['81.2.69.3', '81.2.69.1', '81.2.69.4', '81.2.69.2', '81.2.69.0']);
      });

      it('moves a key forward with each event that comes to wait', async ({ onTestFinished }) => {
        const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
        await queue.request(requestsFor(...FIRST, '81.2.69.1', '81.2.69.2', '81.2.69.3'));
        for (let event = 0; event < 3; event++) await queue.request(requestsFor('81.2.69.3'));
        await queue.request(requestsFor('81.2.69.2'));
        const order = (await orderOf(queue, 6)).filter((key) => !FIRST.includes(key));
        expect(order).toEqual(['81.2.69.3', '81.2.69.2', '81.2.69.1']);
      });

      it('keeps the place of a key that is only restored', async ({ onTestFinished }) => {
        const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
        await queue.request(requestsFor(...FIRST, '81.2.69.1', '81.2.69.2'));
        await queue.restore([{ ...requestsFor('81.2.69.2')[0], events: 1_000 }]);
        await queue.restore([{ ...requestsFor('81.2.69.3')[0], events: 10 }]);
        const order = (await orderOf(queue, 6)).filter((key) => !FIRST.includes(key));
        expect(order).toEqual(['81.2.69.3', '81.2.69.1', '81.2.69.2']);
      });

      it('does what events wait for before what is asked again, however many ask for that', async ({
        onTestFinished,
      }) => {
        const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
        await queue.request(requestsFor(...FIRST));
        await queue.request([
          { ...requestsFor('81.2.69.1')[0], lane: 'again', events: 1_000_000, attempts: 3, newerThanMs: 17 },
          ...requestsFor('81.2.69.2'),
        ]);
        const handler: RecordingHandler = new RecordingHandler();
        queue.work(handler.handle, READY);
        await eventually(() => expect(handler.ended).toHaveLength(5), PATIENT);
        expect(handler.keys.slice(-2)).toEqual(['81.2.69.2', '81.2.69.1']);
        expect(handler.started.at(-1)).toMatchObject({ lane: 'again', attempts: 3, newerThanMs: 17 });
      });

      it('forgets the failures of a key that an event waits for anew', async ({ onTestFinished }) => {
        const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
        await queue.request(requestsFor(...FIRST));
        await queue.request(requestsFor('81.2.69.1').map((request) => ({ ...request, lane: 'again', attempts: 12 })));
        await queue.request(requestsFor('81.2.69.1'));
        const handler: RecordingHandler = new RecordingHandler();
        queue.work(handler.handle, READY);
        await eventually(() => expect(handler.keys).toContain('81.2.69.1'), PATIENT);
        expect(handler.started.find(({ key }) => key === '81.2.69.1')).toMatchObject({ lane: 'waiting', attempts: 0 });
      });

      it('forgets also how the lookup of such a key went that yielded', async ({ onTestFinished }) => {
        const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
        const requested = new Gate();
        const handler: RecordingHandler = new RecordingHandler(async ({ lane }) =>
          lane === 'again' ? { kind: 'yield', attempts: 12, trail: { failures: 3, answers: 1 } } : DONE,
        );
        await queue.request(requestsFor('81.2.69.1').map((request) => ({ ...request, lane: 'again' })));
        queue.work(handler.handle, () =>
          handler.started.length === 0 ? Promise.resolve('any') : requested.passed.then(() => 'any'),
        );
        await eventually(() => expect(handler.ended).toHaveLength(1), PATIENT);
        await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 1, active: 0 }), PATIENT);
        // Until it is back in its place a request for it counts as made.
        await pause(100, new AbortController().signal);
        await queue.request(requestsFor('81.2.69.1'));
        requested.open();
        await eventually(() => expect(handler.ended).toHaveLength(2), PATIENT);
        expect(handler.started[1]).toMatchObject({ lane: 'waiting', attempts: 0 });
        expect(handler.started[1]?.trail).toBeUndefined();
      });

      it('refreshes a location when nothing else waits, and one in a while', async ({ onTestFinished }) => {
        const { queue } = await open(onTestFinished, { concurrency: 4, requestsPerSecond: 5 });
        const refreshes = requestsFor('81.2.69.1', '81.2.69.2').map((request) => ({
          ...request,
          lane: 'refresh' as const,
        }));
        await queue.request(refreshes);
        await queue.request(requestsFor(...FIRST, '81.2.69.3'));
        const handler: RecordingHandler = new RecordingHandler();
        queue.work(handler.handle, READY);
        await eventually(() => expect(handler.ended).toHaveLength(6), PATIENT);
        const times = new Map(handler.started.map(({ key, atMs }) => [key, atMs]));
        const [one = 0, other = 0] = [times.get('81.2.69.1'), times.get('81.2.69.2')];
        expect(Math.abs(one - other)).toBeGreaterThanOrEqual(1_000 - ROUNDING_MS);
      });

      it('tells how many lookups go before a key', async ({ onTestFinished }) => {
        const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
        await queue.request(requestsFor(...FIRST, ...manyKeys(50)));
        await queue.request([{ ...requestsFor('81.2.67.1')[0], events: 100 }]);
        const keys = manyKeys(50);
        const placeOf = await queue.places([...keys, '81.2.67.1', '8.8.8.8']);
        const places = keys.map((key) => placeOf.get(key)?.ahead ?? 0);
        expect([...places].sort((one, other) => one - other)).toEqual(places);
        expect(new Set(places).size).toBeGreaterThan(40);
        expect(placeOf.get('81.2.67.1')?.ahead).toBeLessThanOrEqual(FIRST.length);
        expect(placeOf.get('8.8.8.8')).toEqual({ ahead: 54, delayMs: 0 });
      });
    });

    it('has one that yields keep its place, and leave the next probes to the others in turn', async ({
      onTestFinished,
    }) => {
      const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
      const keys = manyKeys(8);
      const trail = { failures: 2, answers: 1 };
      let allowed: CallsAllowed = 'probe';
      const handler: RecordingHandler = new RecordingHandler(async ({ attempts }) => {
        if (handler.started.length === 16) allowed = 'any';
        return allowed === 'any' ? DONE : { kind: 'yield', attempts: attempts + 1, trail };
      });
      await queue.request(requestsFor(...keys).map((request, index) => ({ ...request, events: 2 ** (8 - index) })));
      queue.work(handler.handle, async () => allowed);
      await eventually(() => expect(new Set(handler.ended)).toEqual(new Set(keys)), PATIENT);
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      // Each has a probe before any has its second, but for those that are on their way by then.
      expect(new Set(handler.keys.slice(0, 8)).size).toBe(8);
      expect(new Set(handler.keys.slice(8, 16)).size).toBeGreaterThanOrEqual(6);
      expect(handler.started[15]).toMatchObject({ attempts: 1, trail });
    });

    it('works on as many jobs at once as it may, and on no more', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished, { concurrency: 4 });
      const gate = new Gate();
      const handler: RecordingHandler = new RecordingHandler(() => gate.passed.then(() => DONE));
      queue.work(handler.handle, READY);
      await queue.request(requestsFor(...manyKeys(12)));
      await eventually(() => expect(handler.underWay).toHaveLength(4), PATIENT);
      expect(await queue.counts()).toEqual({ waiting: 8, active: 4 });
      await holdsFor(300, () => expect(handler.started).toHaveLength(4));
      gate.open();
      await eventually(() => expect([...handler.ended].sort()).toEqual(manyKeys(12).sort()), PATIENT);
      expect(handler.mostUnderWay).toBe(4);
    });

    it('counts a job that waits for its next attempt as waiting', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished, { concurrency: 1 });
      const gate = new Gate();
      const handler: RecordingHandler = new RecordingHandler(async ({ key }) => {
        if (key === '81.2.69.0') return { kind: 'again', delayMs: 60_000, attempts: 1 };
        return gate.passed.then(() => DONE);
      });
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
      await queue.request(requestsFor(...manyKeys(3)));
      queue.work(handler.handle, READY);
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 2, active: 1 }), PATIENT);
      await eventually(() => expect(handler.ended).toContain('81.2.69.0'), PATIENT);
      gate.open();
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 1, active: 0 }), PATIENT);
      const delayMs = (await queue.places(['81.2.69.0'])).get('81.2.69.0')?.delayMs ?? 0;
      expect(delayMs).toBeGreaterThan(60_000 - PATIENT.timeoutMs);
      expect(delayMs).toBeLessThanOrEqual(60_000 + ROUNDING_MS);
    });

    it('stops when the jobs under way have ended, without aborting them in the grace time', async ({
      onTestFinished,
    }) => {
      const { queue } = await open(onTestFinished);
      const gate = new Gate();
      let aborted = false;
      const handler: RecordingHandler = new RecordingHandler(async (_job, signal) => {
        await gate.passed;
        aborted ||= signal.aborted;
        return DONE;
      });
      queue.work(handler.handle, READY);
      await queue.request(requestsFor(...manyKeys(2)));
      await eventually(() => expect(handler.underWay).toHaveLength(2), PATIENT);
      let stopped = false;
      const stop = queue.stop(60_000).then(() => (stopped = true));
      await holdsFor(300, () => expect(stopped).toBe(false));
      gate.open();
      await stop;
      expect(handler.ended).toHaveLength(2);
      expect(aborted).toBe(false);
    });

    it('aborts the jobs under way after the grace time', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const handler: RecordingHandler = new RecordingHandler((_job, signal) => untilAborted(signal));
      queue.work(handler.handle, READY);
      await queue.request(requestsFor(...manyKeys(3)));
      await eventually(() => expect(handler.underWay).toHaveLength(3), PATIENT);
      await queue.stop(50);
      expect(handler.underWay).toEqual([]);
      expect(handler.ended).toHaveLength(3);
    });

    it('takes no job that is requested when an idle queue has been stopped', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const handler: RecordingHandler = new RecordingHandler();
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.1'));
      await eventually(() => expect(handler.ended).toHaveLength(1), PATIENT);
      await queue.stop(1_000);
      await queue.request(requestsFor('81.2.69.2'));
      await holdsFor(1_000, () => expect(handler.keys).toEqual(['81.2.69.1']));
    });

    it('takes no further job once it has been stopped in the midst of a backlog', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished, { concurrency: 3 });
      const halfWay = new Gate();
      const handler: RecordingHandler = new RecordingHandler(async () => {
        if (handler.started.length === 30) halfWay.open();
        return DONE;
      });
      await queue.request(requestsFor(...manyKeys(200)));
      queue.work(handler.handle, READY);
      await halfWay.passed;
      await queue.stop(10_000);
      const startedByThen = handler.started.length;
      expect(handler.underWay).toEqual([]);
      expect(startedByThen).toBeLessThan(200);
      await holdsFor(500, () => expect(handler.started).toHaveLength(startedByThen));
    });
  });
}

function byKey(one: { key: string }, other: { key: string }): number {
  return one.key < other.key ? -1 : 1;
}
