import { describe, expect, it } from 'vitest';
import type { LookupQueue } from '#libs/geolocation';
import { pause } from '#libs/platform';
import type { CallsAllowed } from '../../libs/geolocation/src/gate/request-gate.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { manyKeys, type OpenLookupQueue, PATIENT, requestsFor } from './lookup-queue.contract.js';
import { DONE, READY, RecordingHandler } from './recording-handler.js';

/** What every LookupQueue promises of its order. */
export function lookupOrderContract(adapter: string, open: OpenLookupQueue): void {
  describe.concurrent(`the backlog of the lookup queue ${adapter}`, () => {
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
      // A second, less what the first took from being taken to its handler; without the rule there is no time between them.
      expect(Math.abs(one - other)).toBeGreaterThanOrEqual(500);
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

    it('lets callers take turns, and tells how many go before a key of each', async ({ onTestFinished }) => {
      const { queue } = await open(onTestFinished, { concurrency: 1, requestsPerSecond: 5 });
      const noisy = manyKeys(60);
      const quiet = ['81.2.67.1', '81.2.67.2', '81.2.67.3'];
      const ofCaller = (caller: string, keys: readonly string[]) =>
        requestsFor(...keys).map((request) => ({ ...request, caller }));
      await queue.request(ofCaller('noisy', noisy));
      await queue.request(ofCaller('quiet', quiet));
      const shared = noisy.at(-1) ?? '';
      await queue.request(ofCaller('quiet', [shared]));
      const places = await queue.places([...noisy, ...quiet]);
      const order = await orderOf(queue, 63);
      expect(new Set(order).size).toBe(63);
      // Bull has been given the first four; then each second is the quiet one's, also the one that both have asked for.
      for (const [index, key] of [...quiet, shared].entries()) {
        const mostBefore = 4 + 2 * index + 1;
        expect(order.indexOf(key)).toBeLessThanOrEqual(mostBefore);
        expect(places.get(key)?.ahead).toBeLessThanOrEqual(mostBefore);
      }
      for (const [index, key] of order.entries())
        expect(Math.abs((places.get(key)?.ahead ?? 0) - index)).toBeLessThan(6);
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
  });
}
