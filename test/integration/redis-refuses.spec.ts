import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisConnections } from '#libs/platform';
import { RedisWatch } from '../../libs/platform/src/redis/redis-watch.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { freshRedisUrl } from '../support/fresh-redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const WHILE_AWAY = 'lookups wait';
const PROBED_EVERY_MS = 50;

/** Who runs the Redis, on a connection of their own. */
function operatorOf(url: string): Redis {
  const operator = new Redis(url);
  atTestEnd(async () => operator.disconnect());
  return operator;
}

/** The commands of a process and its watch over them. */
function watched(url: string) {
  const connections = new RedisConnections(url, WHILE_AWAY);
  const watch = new RedisWatch(connections.commands, url, WHILE_AWAY, { everyMs: PROBED_EVERY_MS });
  atTestEnd(async () => {
    watch.stop();
    connections.onApplicationShutdown();
  });
  return { connections, watch };
}

describe('a Redis that can be reached and not used', () => {
  const warned = vi.spyOn(Logger.prototype, 'warn');
  const logged = vi.spyOn(Logger.prototype, 'log');

  beforeEach(() => {
    for (const spy of [warned, logged]) spy.mockReset().mockReturnValue();
  });

  const warnings = () => warned.mock.calls.map(([line]) => (line as { msg: string }).msg);

  it.each([
    ['only reads', 'Redis only reads (READONLY)', ['replicaof', '127.0.0.1', '9'], ['replicaof', 'no', 'one']],
    ['is full', 'Redis is full (OOM)', ['config', 'set', 'maxmemory', '1'], ['config', 'set', 'maxmemory', '0']],
  ])('is found out where it %s, and when that is over', async (_what, words, begin, end) => {
    const url = await freshRedisUrl();
    const operator = operatorOf(url);
    const { watch } = watched(url);
    await eventually(() => expect(watch.fault).toBeNull());

    await operator.call(...(begin as [string, ...string[]]));
    await eventually(() => expect(watch.fault).toBe(words));
    expect(warnings()).toContain(`REDIS_URL: ${words}; lookups wait`);

    await operator.call(...(end as [string, ...string[]]));
    await eventually(() => expect(watch.fault).toBeNull());
    await eventually(() => expect(logged).toHaveBeenCalledWith(expect.objectContaining({ msg: 'Redis is back' })));
  });

  it('is not said to be back while it takes a write now and then, as at the edge of its memory', async () => {
    const url = await freshRedisUrl();
    const { connections, watch } = watched(url);
    await eventually(() => expect(watch.fault).toBeNull());
    let probes = 0;
    const full = Object.assign(new Error('OOM command not allowed'), { name: 'ReplyError' });
    const written = vi.spyOn(connections.commands, 'set').mockImplementation(() => {
      return ++probes % 4 === 1 ? Promise.reject(full) : Promise.resolve('OK');
    });
    await eventually(() => expect(probes).toBeGreaterThan(12));
    expect(warnings()).toEqual(['REDIS_URL: Redis is full (OOM); lookups wait']);
    expect(logged).not.toHaveBeenCalled();
    written.mockRestore();
    await eventually(() =>
      expect(logged).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ msg: 'Redis is back' })),
    );
  });

  it('is said to take no commands yet while it reads its data from disk, and is used soon after', async () => {
    let loading = 'loading:1\r\nloading_eta_seconds:600';
    const server = createServer((socket) =>
      socket.on('data', (commands) => {
        for (const _command of commands.toString().matchAll(/\*\d+\r\n/g)) {
          socket.write(`$${loading.length}\r\n${loading}\r\n`);
        }
      }),
    );
    atTestEnd(async () => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { watch } = watched(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await eventually(() => expect(warnings()).toContain('REDIS_URL: Redis does not take commands yet; lookups wait'));
    loading = 'loading:0';
    await eventually(() => expect(watch.fault).toBeNull(), { timeoutMs: 5_000 });
  });

  it('is left when the name leads to another one, as after a failover', async () => {
    const [old, next] = [new URL(await freshRedisUrl()), new URL(await freshRedisUrl())];
    const name = await TcpProxy.start(old);
    const { watch } = watched(`redis://127.0.0.1:${name.port}`);
    await eventually(() => expect(watch.fault).toBeNull());
    name.leadTo(next);
    await operatorOf(old.href).call('replicaof', next.hostname, next.port);
    const promoted = operatorOf(next.href);
    await eventually(async () => expect(await promoted.exists('whence:probe')).toBe(1));
    await eventually(() => expect(watch.fault).toBeNull());
  });

  it('is left also where a script meets it as before Redis 7, with the code within the answer', async () => {
    const answer = 'ERR Error running script (call to f_6d15): @user_script:28: -READONLY You can not write';
    const url = await freshRedisUrl();
    const { connections } = watched(url);
    await eventually(() => expect(connections.isReady).toBe(true));
    const left = once(connections.commands, 'close');
    const asked = connections.commands.eval(`return redis.error_reply('${answer}')`, 0);
    await expect(asked).rejects.toThrow('-READONLY');
    await left;
  });

  it.each([
    ['refuses the password', ':wrong@', 'Redis does not take the password (WRONGPASS)'],
    ['wants a password', '', 'Redis wants a password (NOAUTH)'],
  ])('is never taken for ready where it %s', async (_what, userinfo, words) => {
    const { host } = new URL(await freshRedisUrl());
    const operator = operatorOf(`redis://${host}`);
    await operator.config('SET', 'requirepass', 'right');
    const { connections, watch } = watched(`redis://${userinfo}${host}/3`);
    let [readies, errors] = [0, 0];
    connections.commands.on('ready', () => readies++);
    connections.commands.on('error', () => errors++);

    await eventually(() => expect(errors).toBeGreaterThan(4));
    expect([readies, watch.fault]).toEqual([0, words]);
    expect(new Set(warnings())).toEqual(new Set([`REDIS_URL: ${words}; lookups wait`]));
    expect(logged).not.toHaveBeenCalled();
  });

  it.each([
    ['allkeys-lru', 1],
    ['noeviction', 0],
  ])('is warned of where its maxmemory-policy is %s: %i times', async (policy, times) => {
    const url = await freshRedisUrl();
    await operatorOf(url).config('SET', 'maxmemory-policy', policy);
    const connections = new RedisConnections(url, WHILE_AWAY);
    atTestEnd(async () => connections.onApplicationShutdown());
    const asked = vi.spyOn(connections.commands, 'info');
    const askedIndex = await eventually(() => {
      const found = asked.mock.calls.findIndex(([section]) => section === ('memory' as unknown));
      expect(found).not.toBe(-1);
      return found;
    });
    await asked.mock.results[askedIndex]?.value;
    await setImmediate();
    expect(warned).toHaveBeenCalledTimes(times);
    if (times > 0) expect(warnings()[0]).toMatch(/^REDIS_URL: .* maxmemory-policy to noeviction$/);
  });
});
