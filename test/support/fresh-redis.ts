import { ownRedisServer } from './own-servers.js';

/**
 * The REDIS_URL of an empty Redis that no other test sees; it goes when the test (or file) ends. It is a server of its
 * own (some 50 ms) rather than a numbered database of a shared one: pub/sub knows no numbers, so Bull's and our own
 * messages would reach the tests that run beside this one in another file.
 */
export async function freshRedisUrl(): Promise<string> {
  const server = await ownRedisServer();
  return server.url;
}
