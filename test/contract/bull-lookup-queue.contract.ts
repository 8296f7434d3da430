import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import { ROOT } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { holdsFor } from '../support/holds-for.js';
import { TiedProcess } from '../support/tied-process.js';
import { openOnRedis, redisFor } from './lookup-adapters.js';
import { manyKeys, requestsFor } from './lookup-queue.contract.js';
import { DONE, READY, RecordingHandler } from './recording-handler.js';

/** A killed worker's job comes back after its lock has expired and the check for such has run: up to 15 s. */
const PATIENT = { timeoutMs: 45_000, everyMs: 50 };

/** What the queue on Redis promises beyond every LookupQueue. Child processes run what was built into dist/. */
export function bullLookupQueueContract(): void {
  describe.concurrent('the lookup queue on Redis, shared', () => {
    it('brings back the job of a worker that was killed', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const script = join(import.meta.dirname, 'lookup-worker-process.mjs');
      const killed = new TiedProcess(process.execPath, [script, redis.url], { cwd: ROOT });
      onTestFinished(async () => void (await killed.kill('SIGKILL')));
      const { queue } = await openOnRedis(redis.url, onTestFinished);
      await queue.request(requestsFor('2a00:1450:4009:80b::/64'));
      await eventually(() => {
        killed.throwIfExited('the worker');
        expect(killed.lines).toEqual(['took 2a00:1450:4009:80b::/64']);
      }, PATIENT);
      await killed.kill('SIGKILL');
      const handler = new RecordingHandler();
      queue.work(handler.handle, READY);
      await eventually(() => expect(handler.ended).toHaveLength(1), PATIENT);
      expect(handler.started).toMatchObject([{ key: '2a00:1450:4009:80b::/64', attempts: 0 }]);
      await eventually(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
    });

    it('tells the log no address of a job that Redis has lost', async ({ onTestFinished }) => {
      const warned = vi.spyOn(Logger.prototype, 'warn');
      onTestFinished(() => warned.mockRestore());
      const redis = await redisFor(onTestFinished);
      const { queue } = await openOnRedis(redis.url, onTestFinished);
      const gate = new Gate();
      const handler = new RecordingHandler(() => gate.passed.then(() => DONE));
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.142'));
      await eventually(() => expect(handler.underWay).toHaveLength(1), PATIENT);
      await redis.flushAll();
      gate.open();
      const errors = await eventually(() => {
        const lines = warned.mock.calls.map(([line]) => line as { msg: string; err: Error });
        const ended = lines.filter(({ msg }) => msg === 'ending a lookup job failed; it comes again');
        expect(ended).not.toEqual([]);
        return ended.map(({ err }) => err);
      }, PATIENT);
      for (const { message, stack } of errors) {
        expect(message).toContain('for job of an address');
        expect(stack).toBeUndefined();
        expect(message).not.toMatch(/\d\./);
      }
    });

    it('keeps the job of a worker that takes longer than a lock lasts', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const [one, other] = [await openOnRedis(redis.url, onTestFinished), await openOnRedis(redis.url, onTestFinished)];
      const gate = new Gate();
      const handler = new RecordingHandler(() => gate.passed.then(() => DONE));
      one.queue.work(handler.handle, READY);
      other.queue.work(handler.handle, READY);
      await one.queue.request(requestsFor('81.2.69.142'));
      await eventually(() => expect(handler.started).toHaveLength(1), PATIENT);
      await holdsFor(16_000, () => expect(handler.started).toHaveLength(1));
      gate.open();
      await eventually(async () => expect(await one.queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      expect(handler.started).toHaveLength(1);
    });

    it('shares the keys between workers and gives none to two at once', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const [one, other] = [
        await openOnRedis(redis.url, onTestFinished, { concurrency: 2 }),
        await openOnRedis(redis.url, onTestFinished, { concurrency: 3 }),
      ];
      const gate = new Gate();
      const handler = new RecordingHandler(() => gate.passed.then(() => DONE));
      one.queue.work(handler.handle, READY);
      other.queue.work(handler.handle, READY);
      await Promise.all([
        one.queue.request(requestsFor(...manyKeys(60))),
        other.queue.request(requestsFor(...manyKeys(60))),
      ]);
      await eventually(() => expect(handler.underWay).toHaveLength(5), PATIENT);
      gate.open();
      await eventually(async () => expect(await one.queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      expect(handler.keys.sort()).toEqual(manyKeys(60).sort());
      expect(handler.overlapped).toBe(false);
      expect(handler.mostUnderWay).toBe(5);
    });

    it('loses no job to its own limiter', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const atFivePerSecond = { requestsPerSecond: 5, concurrency: 30 };
      const [one, other] = [
        await openOnRedis(redis.url, onTestFinished, atFivePerSecond),
        await openOnRedis(redis.url, onTestFinished, atFivePerSecond),
      ];
      const handler = new RecordingHandler();
      one.queue.work(handler.handle, READY);
      other.queue.work(handler.handle, READY);
      await one.queue.request(requestsFor(...manyKeys(40)));
      await eventually(() => expect(handler.keys.sort()).toEqual(manyKeys(40).sort()), PATIENT);
      await eventually(async () => expect(await one.queue.counts()).toEqual({ waiting: 0, active: 0 }), PATIENT);
      expect(handler.started).toHaveLength(40);
    });

    it('handles a key again whose job Redis has evicted', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const { queue, connections } = await openOnRedis(redis.url, onTestFinished);
      await queue.request(requestsFor('81.2.69.142'));
      expect(await connections().commands.del('whence:lookups:81.2.69.142')).toBe(1);
      const handler = new RecordingHandler();
      queue.work(handler.handle, READY);
      await eventually(async () => {
        await queue.request(requestsFor('81.2.69.142'));
        expect(handler.ended).toContain('81.2.69.142');
      }, PATIENT);
    });

    it('gives no job to a second process while it is on the way to Bull', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const { queue, connections } = await openOnRedis(redis.url, onTestFinished);
      await connections().commands.zadd('whence:backlog:on-the-way', Date.now(), '81.2.69.142');
      await queue.request(requestsFor('81.2.69.142'));
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
      // Lost on the way: after a while it can be asked for again.
      const handler = new RecordingHandler();
      queue.work(handler.handle, READY);
      await eventually(async () => {
        await queue.request(requestsFor('81.2.69.142'));
        expect(handler.ended).toContain('81.2.69.142');
      }, PATIENT);
    });

    it('handles a key again whose job was failed behind its back', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const { queue, bull } = await openOnRedis(redis.url, onTestFinished);
      const gate = new Gate();
      const handler = new RecordingHandler(() => gate.passed.then(() => DONE));
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.142'));
      await eventually(() => expect(handler.underWay).toHaveLength(1), PATIENT);
      const job = await bull().getJob('81.2.69.142');
      await job?.discard();
      await job?.moveToFailed({ message: 'failed by hand' }, true);
      gate.open();
      await eventually(() => expect(handler.ended).toHaveLength(1), PATIENT);
      await eventually(async () => {
        await queue.request(requestsFor('81.2.69.142'));
        expect(handler.ended.length).toBeGreaterThan(1);
      }, PATIENT);
      expect(handler.overlapped).toBe(false);
    });
  });

  describe.concurrent('the lookup queue while Redis is away', () => {
    it('neither hangs nor fails on a request, and takes up work again when Redis is back', async ({
      onTestFinished,
    }) => {
      const redis = await redisFor(onTestFinished);
      const { queue } = await openOnRedis(redis.url, onTestFinished);
      const handler = new RecordingHandler();
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.1'));
      await eventually(() => expect(handler.ended).toHaveLength(1), PATIENT);
      await redis.kill();
      let settled = 0;
      await eventually(async () => {
        void queue.request(requestsFor('81.2.69.2')).finally(() => settled++);
        await new Promise((resolve) => setImmediate(resolve));
        expect(settled).toBeGreaterThan(0);
      });
      await expect(queue.request(requestsFor('81.2.69.3'))).resolves.toBeUndefined();
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
      await redis.restart();
      await eventually(async () => {
        await queue.request(requestsFor('81.2.69.2', '81.2.69.3'));
        expect(handler.ended).toEqual(expect.arrayContaining(['81.2.69.2', '81.2.69.3']));
      }, PATIENT);
    });

    it('goes on after Redis was restarted under a job', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const { queue } = await openOnRedis(redis.url, onTestFinished, { concurrency: 1 });
      const gate = new Gate();
      const handler = new RecordingHandler(() => gate.passed.then(() => DONE));
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.1', '81.2.69.2'));
      await eventually(() => expect(handler.underWay).toHaveLength(1), PATIENT);
      await redis.restart();
      gate.open();
      await eventually(async () => {
        await queue.request(requestsFor('81.2.69.1', '81.2.69.2', '81.2.69.3'));
        expect(handler.ended).toEqual(expect.arrayContaining(['81.2.69.1', '81.2.69.2', '81.2.69.3']));
      }, PATIENT);
    });

    it('starts without Redis, and works once it is there', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      await redis.kill();
      const opening = openOnRedis(redis.url, onTestFinished);
      await redis.restart();
      const { queue } = await opening;
      const handler = new RecordingHandler();
      queue.work(handler.handle, READY);
      await eventually(async () => {
        await queue.request(requestsFor('81.2.69.2'));
        expect(handler.ended).toContain('81.2.69.2');
      }, PATIENT);
    });

    it('stops in the grace time', async ({ onTestFinished }) => {
      const redis = await redisFor(onTestFinished);
      const { queue } = await openOnRedis(redis.url, onTestFinished);
      const gate = new Gate();
      const handler = new RecordingHandler(() => gate.passed.then(() => DONE));
      queue.work(handler.handle, READY);
      await queue.request(requestsFor('81.2.69.1'));
      await eventually(() => expect(handler.underWay).toHaveLength(1), PATIENT);
      await redis.kill();
      let stopped = false;
      const stop = queue.stop(20_000).then(() => (stopped = true));
      gate.open();
      await eventually(() => expect(stopped).toBe(true));
      await stop;
    });
  });
}
