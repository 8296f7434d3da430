import { inject } from 'vitest';
import { atTestEnd } from './at-test-end.js';
import { MariaDbServer } from './mariadb-server.js';
import './provided-context.js';
import { RedisServer } from './redis-server.js';

/** A MariaDB that this test alone uses, and so may kill and restart; it goes when the test (or file) ends. */
export async function ownMariaDbServer(): Promise<MariaDbServer> {
  const server = await MariaDbServer.start(inject('mariaDbTemplateFolder'));
  atTestEnd(() => server.stop());
  return server;
}

/** A Redis that this test alone uses, and so may flush, kill and restart; it goes when the test (or file) ends. */
export async function ownRedisServer(options: { isPersistent?: boolean } = {}): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  atTestEnd(() => server.stop());
  return server;
}
