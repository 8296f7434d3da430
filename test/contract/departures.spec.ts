import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { InProcessGate, RedisGate } from '#libs/geolocation';
import { DECIDE } from '../../libs/geolocation/src/gate/redis-gate-scripts.js';
import { acquireAll, departuresContract, type Given } from './departures.contract.js';
import { redisFor } from './lookup-adapters.js';
import { PermitLog } from './permit-log.js';
import { CLOCK, connect, gateOn, gatesOn, limitsOf } from './redis-gates.js';

// These tests wait for most of their time, so many go beside each other.
vi.setConfig({ maxConcurrency: 16 });

const DEPARTURES = 'whence:gate:departures';

departuresContract('in this process', async (_onFinished, requestsPerSecond) => [
  new InProcessGate(CLOCK, limitsOf(requestsPerSecond)),
]);

departuresContract('of three processes on one Redis', async (onFinished, requestsPerSecond) =>
  gatesOn(await redisFor(onFinished), onFinished, 3, requestsPerSecond),
);

describe.concurrent('the budget on Redis', () => {
  it('counts permits as leaving that Redis has forgotten', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const log = new PermitLog();
    const gates = gatesOn(server, onTestFinished, 3, 5);
    const given = await acquireAll(5, gates);
    await server.flushAll();
    const next = log.acquireMany(5, gates);
    await sleep(350);
    // Nobody hears of it: their processes end right after.
    for (const { gate, permit } of given) if (!gate.hasLapsed(permit)) log.timesMs.push(performance.now());
    await next;
    expect(log.worstSecond()).toBe(5);
  });

  it('does not take its log for known because a departure was reported', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const log = new PermitLog();
    const gates = gatesOn(server, onTestFinished, 3, 5);
    const [last, ...others] = (await acquireAll(5, gates)) as [Given, ...Given[]];
    for (const { gate, permit } of others) log.depart(gate, permit);
    await server.flushAll();
    log.depart(last.gate, last.permit);
    await log.acquireMany(5, gates);
    expect(log.worstSecond()).toBe(5);
  });

  it('has the place again of a permit whose process was killed', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const connection = connect(server, onTestFinished);
    await acquireAll(1, [new RedisGate(connection, CLOCK, limitsOf(1))]);
    connection.disconnect();
    const log = new PermitLog();
    await log.acquireMany(2, [gateOn(server, onTestFinished, 1)]);
    expect(log.worstSecond()).toBe(1);
  });

  it('does not take what was just spent for old when Redis’ clock is set forward', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const admin = connect(server, onTestFinished);
    const log = new PermitLog();
    const redisClock = { aheadMs: 0 };
    const gates = [1, 2, 3].map(
      () => new RedisGate(withClock(connect(server, onTestFinished), redisClock), CLOCK, limitsOf(5)),
    );
    // A while of nothing else, so that all five leave at the same moment.
    await log.acquireMany(5, gates);
    await sleep(1_200);
    const given = await acquireAll(5, gates);
    for (const { gate, permit } of given) {
      log.timesMs.push(performance.now());
      await gate.departed(permit);
    }
    // The real server's clock stays as it is: what was written by it gets older instead.
    for (const id of await admin.zrange(DEPARTURES, 0, -1)) await admin.zincrby(DEPARTURES, -HOUR_MS * 1_000, id);
    redisClock.aheadMs = HOUR_MS;
    await log.acquireMany(10, gates);
    expect(log.worstSecond()).toBe(5);
  });

  it.for([300, 700, 1_700])(
    'counts a request from when it leaves whose permit took %i ms',
    async (delayMs, context) => {
      const { onTestFinished } = context;
      const server = await redisFor(onTestFinished);
      const log = new PermitLog();
      const running = gateOn(server, onTestFinished, 5);
      await log.acquireMany(5, [running]);
      await sleep(1_200);
      const starting = new RedisGate(slowAtFirst(connect(server, onTestFinished), delayMs), CLOCK, limitsOf(5));
      await Promise.all([log.acquire(starting), log.acquireMany(14, [running])]);
      expect(log.timesMs).toHaveLength(20);
      expect(log.worstSecond()).toBeLessThanOrEqual(5);
    },
  );
});

const HOUR_MS = 3_600_000;

/** A Redis whose clock can be set forward, as this connection's gate sees it: its answers tell another time. */
function withClock(client: Redis, clock: { aheadMs: number }): Redis {
  const script = client.eval.bind(client) as (...parameters: unknown[]) => Promise<unknown>;
  return Object.assign(client, {
    eval: async (...parameters: unknown[]) => {
      const answer = await script(...parameters);
      if (parameters[0] !== DECIDE) return answer;
      const [now, ...others] = (answer as number[]).toReversed();
      return [now + clock.aheadMs * 1_000, ...others].toReversed();
    },
  });
}

/** A connection whose first permit reaches a process late that is still busy starting. */
function slowAtFirst(client: Redis, delayMs: number): Redis {
  let isFirst = true;
  const script = client.eval.bind(client) as (...parameters: unknown[]) => Promise<unknown>;
  return Object.assign(client, {
    eval: async (...parameters: unknown[]) => {
      const answer = await script(...parameters);
      // What asks for a permit says whether it is a spare one.
      if (!isFirst || !parameters.includes('spare')) return answer;
      isFirst = false;
      await sleep(delayMs);
      return answer;
    },
  });
}
