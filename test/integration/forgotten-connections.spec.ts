import { expect, it } from 'vitest';
import { DATABASE_SCHEMA } from '../../apps/whence/src/database-schema.js';
import { loadSettings, openDataSource, RedisConnections } from '#libs/platform';
import { limitSilence, poolOf } from '../../libs/platform/src/database/mysql-driver.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { holdsFor } from '../support/holds-for.js';
import { ownRedisServer } from '../support/own-servers.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const LONGEST_SILENCE_MS = 300;

it('a statement on a connection that the network has forgotten fails, and the next one has another connection', async () => {
  const url = new URL(await freshDatabaseUrl('mariadb'));
  const proxy = await TcpProxy.start(new URL(url));
  url.port = String(proxy.port);
  const dataSource = await openDataSource(loadSettings({ DATABASE_URL: url.href }).database, DATABASE_SCHEMA);
  atTestEnd(() => dataSource.destroy());
  limitSilence(poolOf(dataSource), LONGEST_SILENCE_MS);
  await dataSource.query('SELECT 1');

  proxy.swallow();
  await expect(dataSource.query('SELECT 2')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await proxy.goOn();
  expect(await dataSource.query('SELECT 3 AS three')).toEqual([{ three: 3 }]);
});

it('a command on a connection to Redis that the network has forgotten is sent again on another one', async () => {
  const redis = await ownRedisServer();
  const proxy = await TcpProxy.start(new URL(redis.url));
  const connections = new RedisConnections(`redis://127.0.0.1:${proxy.port}`, 'nothing', LONGEST_SILENCE_MS);
  atTestEnd(async () => connections.onApplicationShutdown());
  expect(await connections.commands.ping()).toBe('PONG');

  proxy.swallow();
  const answer = connections.commands.ping();
  await eventually(() => expect(connections.isReady).toBe(false));
  await proxy.goOn();
  expect(await answer).toBe('PONG');
});

it('a connection to Redis that comes after one that broke is not given up for that one', async () => {
  const redis = await ownRedisServer();
  const proxy = await TcpProxy.start(new URL(redis.url));
  const connections = new RedisConnections(`redis://127.0.0.1:${proxy.port}`, 'nothing', LONGEST_SILENCE_MS);
  atTestEnd(async () => connections.onApplicationShutdown());
  await connections.commands.ping();

  proxy.swallow();
  const answer = connections.commands.ping();
  // Sent, and so its time runs.
  await new Promise((resolve) => setTimeout(resolve, LONGEST_SILENCE_MS / 3));
  await proxy.goOn();
  expect(await answer).toBe('PONG');
  let closes = 0;
  connections.commands.on('close', () => closes++);
  await holdsFor(2 * LONGEST_SILENCE_MS, () => expect(closes).toBe(0));
});
