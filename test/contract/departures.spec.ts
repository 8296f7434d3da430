import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { InProcessGate, RedisGate } from '#libs/geolocation';
import { acquireAll, departuresContract, type Given } from './departures.contract.js';
import { redisFor } from './lookup-adapters.js';
import { PermitLog } from './permit-log.js';
import { CLOCK, connect, gateOn, gatesOn, limitsOf } from './redis-gates.js';

// These tests wait for most of their time, so many go beside each other.
vi.setConfig({ maxConcurrency: 16 });

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

  it.for([300, 700])('counts a request from when it leaves whose permit took %i ms', async (delayMs, context) => {
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
  });
});

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
