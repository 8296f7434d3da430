import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { type CallResult, type Permit, RedisGate, type RequestGate } from '#libs/geolocation';
import { ENTER } from '../../libs/geolocation/src/gate/redis-gate-scripts.js';
import type { PermitWish } from '../../libs/geolocation/src/gate/request-gate.js';
import { eventually } from '../support/eventually.js';
import { holdsFor } from '../support/holds-for.js';
import { type OnFinished, redisFor } from './lookup-adapters.js';
import { PATIENCE } from './permit-log.js';
import { CLOCK, connect, gateOn, limitsOf } from './redis-gates.js';

// These tests wait for most of their time, so many go beside each other.
vi.setConfig({ maxConcurrency: 16 });

const BREAKER = 'whence:gate:breaker';
const PACE = 'whence:gate:pace';
/** A probe holds up others for longer than a test waits. */
const LIMITS = { ...limitsOf(1_000), longestProbeMs: 600_000 };
const HOUR_MICROSECONDS = '3600000000';

describe.concurrent('the breaker on Redis', () => {
  it('gives up a probe that was lost with its process', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const limits = { ...limitsOf(5), longestProbeMs: 1_500 };
    const [lost, other] = [1, 2].map(() => new RedisGate(connect(server, onTestFinished), CLOCK, limits)) as [
      RedisGate,
      RedisGate,
    ];
    await openBreaker(lost);
    expect((await lost.acquire(PATIENCE))?.isProbe).toBe(true);
    const lostAtMs = performance.now();
    expect((await other.acquire(PATIENCE))?.isProbe).toBe(true);
    expect(performance.now() - lostAtMs).toBeGreaterThanOrEqual(1_000);
  });

  it('is closed where Redis has lost its state, and opens again', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const gate = gateOn(server, onTestFinished, 1_000);
    await openBreaker(gate);
    expect((await gate.state()).breaker).toBe('open');
    await server.flushAll();
    expect((await gate.state()).breaker).toBe('closed');
    await openBreaker(gate);
    expect((await gate.state()).breaker).toBe('open');
  });

  it('gives the probe to the one that asked for it twice, since the connection was reset before the answer', async ({
    onTestFinished,
  }) => {
    const server = await redisFor(onTestFinished);
    const gate = new RedisGate(enteringTwice(connect(server, onTestFinished)), CLOCK, LIMITS);
    await openBreaker(gate);
    expect((await gate.acquire(AbortSignal.timeout(10_000)))?.isProbe).toBe(true);
  });

  it.for<CallResult>(['cancelled', 'failed', 'succeeded'])(
    'does not end a probe because an earlier one, given up for lost, has %s',
    async (result, { onTestFinished }) => {
      const { early, late, third, admin } = await gatesOf(onTestFinished);
      const lost = (await early.acquire(PATIENCE)) as Permit;
      await loseProbe(admin);
      const probe = (await late.acquire(PATIENCE)) as Permit;
      await early.report(lost, result);
      const passes = passesOf(third, onTestFinished);
      await holdsFor(500, () => expect(passes).toEqual([]));
      expect((await third.state()).breaker).toBe('half_open');
      await late.report(probe, 'succeeded');
      expect((await third.state()).breaker).toBe('closed');
    },
  );

  it('gives no permit to a probe that was given up for lost while it got ready', async ({ onTestFinished }) => {
    const { early, late, admin } = await gatesOf(onTestFinished);
    let hasEntered = false;
    let finish = (_stands: boolean) => {};
    const connected = new Promise<boolean>((resolve) => (finish = resolve));
    const prepare = () => {
      hasEntered = true;
      return connected;
    };
    const passes = passesOf(early, onTestFinished, { prepare });
    await eventually(() => expect(hasEntered).toBe(true));
    await loseProbe(admin);
    expect((await late.acquire(PATIENCE))?.isProbe).toBe(true);
    finish(true);
    await holdsFor(500, () => expect(passes).toEqual([]));
  });

  it('counts the time of a probe from its permit', async ({ onTestFinished }) => {
    const { early, admin } = await gatesOf(onTestFinished);
    let enteredUntil = 0;
    const prepare = async () => {
      enteredUntil ||= Number(await admin.hget(BREAKER, 'probe_until'));
      return true;
    };
    expect((await early.acquire(PATIENCE, { prepare }))?.isProbe).toBe(true);
    expect(enteredUntil).toBeGreaterThan(0);
    expect(Number(await admin.hget(BREAKER, 'probe_until'))).toBeGreaterThan(enteredUntil);
  });
});

describe.concurrent('the pause on Redis', () => {
  it('is over where the clock of Redis was set back since', async ({ onTestFinished }) => {
    const server = await redisFor(onTestFinished);
    const gate = gateOn(server, onTestFinished, 5);
    await gate.slowDown(60_000);
    const admin = connect(server, onTestFinished);
    // What was written by the clock of before lies an hour further away.
    for (const field of ['since', 'paused_until']) await admin.hincrby(PACE, field, HOUR_MICROSECONDS);
    expect((await gate.state()).pausedForMs).toBe(0);
    expect(await gate.acquire(AbortSignal.timeout(20_000))).not.toBeNull();
  });
});

/** Three processes' gates on one Redis, with the breaker half open. */
async function gatesOf(onFinished: OnFinished) {
  const server = await redisFor(onFinished);
  const open = () => new RedisGate(connect(server, onFinished), CLOCK, LIMITS);
  const gates = { early: open(), late: open(), third: open(), admin: connect(server, onFinished) };
  await openBreaker(gates.early);
  await gates.early.ready(PATIENCE);
  return gates;
}

/** Collects the pass that a gate is asked for, until the test ends. */
function passesOf(gate: RequestGate, onFinished: OnFinished, wish: PermitWish = {}): (Permit | null)[] {
  const passes: (Permit | null)[] = [];
  const end = new AbortController();
  onFinished(async () => end.abort());
  gate.acquire(end.signal, wish).then(
    (pass) => passes.push(pass),
    () => {},
  );
  return passes;
}

async function openBreaker(gate: RequestGate): Promise<void> {
  for (let call = 0; call < 5; call++) await gate.report((await gate.acquire(PATIENCE)) as Permit, 'failed');
}

/** As if the longest time that a probe may take had passed. */
async function loseProbe(admin: Redis): Promise<void> {
  expect(await admin.hset(BREAKER, 'probe_until', '1')).toBe(0);
}

/** A connection that is reset after each pass was given and before its answer came: ioredis then asks for it again. */
function enteringTwice(client: Redis): Redis {
  const script = client.eval.bind(client) as (...parameters: unknown[]) => Promise<unknown>;
  return Object.assign(client, {
    eval: async (...parameters: unknown[]) => {
      if (parameters[0] === ENTER) await script(...parameters);
      return script(...parameters);
    },
  });
}
