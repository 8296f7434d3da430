import { Redis } from 'ioredis';
import { gateLimits, RedisGate } from '#libs/geolocation';
import { SystemClock } from '#libs/platform';
import type { RedisServer } from '../support/redis-server.js';
import type { OnFinished } from './lookup-adapters.js';

export const CLOCK = new SystemClock();
export const limitsOf = (geoIpRequestsPerSecond: number) =>
  gateLimits({ geoIpRequestsPerSecond, geoIpTimeoutMs: 6_000 });

/** Another process' connection, with the service's settings. */
export function connect(server: RedisServer, onFinished: OnFinished): Redis {
  const client = new Redis(server.url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
    retryStrategy: () => 50,
  });
  client.on('error', () => {});
  onFinished(async () => client.disconnect());
  return client;
}

/** Another process' gate. */
export function gateOn(server: RedisServer, onFinished: OnFinished, requestsPerSecond: number): RedisGate {
  return new RedisGate(connect(server, onFinished), CLOCK, limitsOf(requestsPerSecond));
}

/** The gates of so many processes. */
export function gatesOn(
  server: RedisServer,
  onFinished: OnFinished,
  count: number,
  requestsPerSecond: number,
): RedisGate[] {
  return Array.from({ length: count }, () => gateOn(server, onFinished, requestsPerSecond));
}
