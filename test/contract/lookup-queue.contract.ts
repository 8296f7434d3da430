import { describe, expect, it } from 'vitest';
import type { JobVerdict, LookupRequest } from '#libs/geolocation';
import { DELAY_AFTER_THROW_MS } from '../../libs/geolocation/src/lookup/lookup-queue.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { holdsFor } from '../support/holds-for.js';
import type { LookupProcess, LookupProcessOptions, OnFinished } from './lookup-adapters.js';
import { DONE, READY, RecordingHandler, untilAborted } from './recording-handler.js';

/** Far more than any of it takes; a queue that works never gets there. */
export const PATIENT = { timeoutMs: 30_000 };
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

    it('tells each run of a job which traces have asked for it, the first one first', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished);
      const verdicts: JobVerdict[] = [
        { kind: 'again', delayMs: 0, attempts: 1 },
        { kind: 'yield', attempts: 1 },
      ];
      const told: unknown[] = [];
      const handler: RecordingHandler = new RecordingHandler(async ({ key, traces }) => {
        if (key !== '81.3.1.1') return DONE;
        told.push(traces);
        return verdicts.shift() ?? DONE;
      });
      // More than is given to Bull ahead of its turn, where nothing is added to a job any more.
      await queue.request(requestsFor(...manyKeys(20)));
      const [request] = requestsFor('81.3.1.1');
      // The first says nothing of traces, as does any from a version that knew nothing of them.
      for (const traces of [undefined, ['first'], undefined, ['second', 'third'], ['second']])
        await queue.request([{ ...request, traces }]);
      queue.work(handler.handle, READY);
      await eventually(() => expect(told).toEqual(Array(3).fill(['first', 'second', 'third'])), PATIENT);
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

    it('names the keys that wait, and forgets those that it is told to, but not what is under way', async ({
      onTestFinished,
    }) => {
      const { queue } = await open(onTestFinished, { concurrency: 2 });
      const keysOf = async () => {
        const keys: string[] = [];
        for await (const page of queue.queuedKeys()) keys.push(...page);
        return keys.sort();
      };
      expect(await keysOf()).toEqual([]);
      const gate = new Gate();
      const handler: RecordingHandler = new RecordingHandler(async ({ key, attempts }) => {
        if (key === '81.2.69.0' && attempts === 0) return { kind: 'again', delayMs: 60_000, attempts: 1 };
        return gate.passed.then(() => DONE);
      });
      const keys = manyKeys(40);
      await queue.request(requestsFor(...keys));
      expect(await keysOf()).toEqual([...keys].sort());
      queue.work(handler.handle, READY);
      await eventually(() => expect(handler.underWay).toHaveLength(2), PATIENT);
      await eventually(async () => expect(await keysOf()).toHaveLength(38), PATIENT);
      const underWay = [...handler.underWay];
      const forgotten = keys.filter((key) => key !== '81.2.69.39');
      await queue.drop(forgotten);
      await queue.drop([]);
      expect(await queue.counts()).toEqual({ waiting: underWay.includes('81.2.69.39') ? 0 : 1, active: 2 });
      gate.open();
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      expect([...new Set(handler.keys)].sort()).toEqual([...new Set(['81.2.69.0', ...underWay, '81.2.69.39'])].sort());
      await queue.request(requestsFor('81.2.69.0'));
      await eventually(() => expect(handler.ended.filter((key) => key === '81.2.69.0')).toHaveLength(2), PATIENT);
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
