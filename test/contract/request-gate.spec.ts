import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import { InProcessGate, RedisGate, type RequestGate } from '#libs/geolocation';
import { LIMITS_HELD_MS } from '../../libs/geolocation/src/gate/redis-gate.js';
import { eventually } from '../support/eventually.js';
import { redisFor } from './lookup-adapters.js';
import { PATIENCE, PermitLog } from './permit-log.js';
import { CLOCK, connect, gateOn, gatesOn, limitsOf } from './redis-gates.js';
import { requestGateContract } from './request-gate.contract.js';
import { sharedBreakerContract } from './shared-breaker.contract.js';

// These tests wait for most of their time, so many go beside each other.
vi.setConfig({ maxConcurrency: 16 });

const DEPARTURES = 'whence:gate:departures';
const LIMITS = 'whence:gate:limits';

requestGateContract('in this process', async (_onFinished, requestsPerSecond) => [
  new InProcessGate(CLOCK, limitsOf(requestsPerSecond)),
]);

requestGateContract('on Redis', async (onFinished, requestsPerSecond) =>
  gatesOn(await redisFor(onFinished), onFinished, 1, requestsPerSecond),
);

requestGateContract('of three processes on one Redis', async (onFinished, requestsPerSecond) =>
  gatesOn(await redisFor(onFinished), onFinished, 3, requestsPerSecond),
);

sharedBreakerContract('in this process', async (_onFinished, limits) => [new InProcessGate(CLOCK, limits)]);

sharedBreakerContract('of three processes on one Redis', async (onFinished, limits) => {
  const server = await redisFor(onFinished);
  return [1, 2, 3].map(() => new RedisGate(connect(server, onFinished), CLOCK, limits));
});

describe.concurrent('the request gate on Redis', () => {
  it('lets no more through when Redis is flushed', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const log = new PermitLog();
    const all = log.acquireMany(25, gatesOn(server, onTestFinished, 3, 5));
    for (const count of [2, 7, 13]) {
      await eventually(() => expect(log.timesMs.length).toBeGreaterThanOrEqual(count), { everyMs: 1 });
      await server.flushAll();
    }
    await all;
    expect(log.worstSecond()).toBeLessThanOrEqual(5);
  });

  it('lets no more through when Redis is restarted and empty', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const log = new PermitLog();
    const all = log.acquireMany(20, gatesOn(server, onTestFinished, 2, 5));
    for (const count of [3, 8]) {
      await eventually(() => expect(log.timesMs.length).toBeGreaterThanOrEqual(count), { everyMs: 1 });
      await server.restart();
    }
    await all;
    expect(log.worstSecond()).toBeLessThanOrEqual(5);
  });

  it('lets no more through when Redis comes back with a log that is older than the last permits', async ({
    onTestFinished,
  }) => {
    const server = await redisFor(onTestFinished);
    const admin = connect(server, onTestFinished);
    const log = new PermitLog();
    const gates = gatesOn(server, onTestFinished, 2, 5);
    await log.acquireMany(1, gates);
    await sleep(1_200);
    // By this snapshot nothing has been spent for a while, but it is taken just before all of it is.
    const snapshot = await admin.zrange(DEPARTURES, 0, -1, 'WITHSCORES');
    await log.acquireMany(5, gates);
    await server.restart();
    await eventually(() => admin.zadd(DEPARTURES, ...snapshot.reverse()));
    await log.acquireMany(6, gates);
    expect(log.worstSecond()).toBeLessThanOrEqual(5);
  });

  it('takes a log from the future, after Redis’ clock was set back, as all spent now', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const admin = connect(server, onTestFinished);
    const log = new PermitLog();
    const gates = gatesOn(server, onTestFinished, 1, 5);
    await log.acquireMany(5, gates);
    for (const id of await admin.zrange(DEPARTURES, 0, -1)) await admin.zincrby(DEPARTURES, 3_600_000_000, id);
    await log.acquireMany(6, gates);
    expect(log.worstSecond()).toBeLessThanOrEqual(5);
  });

  it('keeps to the new N from the first permit on when N is changed', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const admin = connect(server, onTestFinished);
    const log = new PermitLog();
    for (const requestsPerSecond of [3, 10, 4]) {
      const changedAtMs = performance.now();
      await log.acquireMany(2 * requestsPerSecond, gatesOn(server, onTestFinished, 2, requestsPerSecond));
      expect(log.worstSecond(changedAtMs)).toBe(requestsPerSecond);
      // As if a minute had passed: with the processes before, their setting is gone.
      await admin.del(LIMITS);
    }
    expect(log.worstSecond()).toBe(10);
  });

  it('keeps to the lowest N of those that have asked within a minute, and says so once', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const admin = connect(server, onTestFinished);
    const log = new PermitLog();
    const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    onTestFinished(async () => warned.mockRestore());
    const gates = [2, 6, 50].map((requestsPerSecond) => gateOn(server, onTestFinished, requestsPerSecond));
    await log.acquireMany(3, gates);
    const allStatedAtMs = performance.now();
    await log.acquireMany(6, gates);
    expect(log.worstSecond(allStatedAtMs)).toBeLessThanOrEqual(2);
    expect(await Promise.all(gates.map(async (gate) => (await gate.state()).pace))).toEqual([2, 2, 2]);
    const lines = warned.mock.calls.map(([line]) => line as Record<string, unknown>);
    // Tests beside this one may warn as well, of other numbers. Whoever of 50 asked before 2 did was held to 6 first.
    const isOwn = (held: unknown) => held === 2 || held === 6;
    const own = lines.filter(({ msg, held }) => String(msg).startsWith('GEOIP_REQUESTS_PER_SECOND') && isOwn(held));
    expect(own.map((line) => line.own).sort()).toEqual([50, 6]);
    const [seconds, microseconds] = await admin.time();
    const aWhileAgo = Number(seconds) * 1e6 + Number(microseconds) - LIMITS_HELD_MS * 1e3 - 1;
    await admin.zadd(LIMITS, aWhileAgo, '2');
    expect((await gates[1]?.state())?.pace).toBe(6);
  });

  it('keeps all going while some processes know the new N and some the old', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const log = new PermitLog();
    const before = gateOn(server, onTestFinished, 5);
    const after = gateOn(server, onTestFinished, 8);
    const stop = new AbortController();
    onTestFinished(async () => stop.abort());
    const given = { before: 0, after: 0 };
    const keepAsking = async (gate: RequestGate, name: keyof typeof given): Promise<void> => {
      for (;;) {
        await log.acquire(gate, stop.signal);
        given[name]++;
      }
    };
    for (const running of [keepAsking(before, 'before'), keepAsking(after, 'after')]) running.catch(() => {});
    await eventually(
      () => {
        expect(given.before).toBeGreaterThan(0);
        expect(given.after).toBeGreaterThan(0);
      },
      { timeoutMs: 20_000 },
    );
    expect(log.worstSecond()).toBeLessThanOrEqual(5);
  });

  it('gives nothing while Redis is away, and goes on when it is back', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const log = new PermitLog();
    const gates = gatesOn(server, onTestFinished, 1, 5);
    await log.acquireMany(1, gates);
    await server.kill();
    const waiting = log.acquireMany(3, gates);
    await sleep(1_500);
    expect(log.timesMs).toHaveLength(1);
    const backAtMs = performance.now();
    await server.restart();
    await waiting;
    expect(log.timesMs[1] - backAtMs).toBeGreaterThanOrEqual(1000);
  });

  it('does not pile up commands while Redis is away, however often its state is asked for', async ({
    onTestFinished,
  }) => {
    const server = await redisFor(onTestFinished);
    const client = connect(server, onTestFinished);
    const gate = new RedisGate(client, CLOCK, limitsOf(5));
    await gate.acquire(PATIENCE);
    await server.kill();
    await eventually(() => expect(client.status).not.toBe('ready'));
    const sent = vi.spyOn(client, 'sendCommand');
    for (let time = 0; time < 100; time++) await expect(gate.state()).rejects.toThrow('Redis is away');
    expect(sent).not.toHaveBeenCalled();
    await server.restart();
    await eventually(async () => expect((await gate.state()).breaker).toBe('closed'));
  });

  it('rejects an aborted waiter also while Redis is away', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const gate = gateOn(server, onTestFinished, 5);
    await gate.acquire(PATIENCE);
    await server.kill();
    const reason = new Error('the service stops');
    const aborts = new AbortController();
    let rejection: unknown;
    gate.acquire(aborts.signal).catch((error: unknown) => (rejection = error));
    await sleep(50);
    aborts.abort(reason);
    await eventually(() => expect(rejection).toBe(reason));
  });
});
