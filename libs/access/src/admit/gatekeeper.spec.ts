import type { FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SourceIpReader } from '#libs/geolocation';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { newApiKey, textOfKey } from '../domain/api-key.js';
import { Gatekeeper } from './gatekeeper.js';
import type { GrantedKey } from './granted-key.js';
import type { KnownKeys } from './known-keys.js';

const GRANTED: GrantedKey = {
  id: '0123456789ab',
  name: 'web',
  secretHash: '',
  scopes: new Set(['read']),
  ranges: null,
  throttlePerMinute: null,
  expiresAtMs: null,
};

function requestOf(config: object = {}): FastifyRequest {
  const headers = { 'x-api-key': textOfKey(newApiKey()) };
  return { headers, routeOptions: { config } } as unknown as FastifyRequest;
}

describe('Gatekeeper, while the database hangs', () => {
  let known: GrantedKey | null;
  let refresh: () => Promise<void>;
  let gatekeeper: Gatekeeper;
  let metrics: Metrics;

  beforeEach(() => {
    vi.useFakeTimers();
    known = null;
    refresh = () => new Promise<void>(() => {});
    const keys = strictDouble<KnownKeys>('KnownKeys', {
      isFresh: false,
      find: () => known,
      refresh: () => refresh(),
    });
    metrics = new Metrics(new ManualClock());
    gatekeeper = new Gatekeeper(keys, strictDouble<SourceIpReader>('SourceIpReader', {}), metrics);
  });

  afterEach(() => void vi.useRealTimers());

  it('leaves a request the larger part of the time for its answer', async () => {
    known = GRANTED;
    const refused = expect(gatekeeper.admit(requestOf(), 'read')).rejects.toMatchObject({
      code: 'service_unavailable',
      details: { retryAfterSeconds: 1 },
    });
    await vi.advanceTimersByTimeAsync(600);
    await refused;
  });

  it('leaves it to the log of requests that the keys are slow, and to the keys that they could not be read', async () => {
    const refusal = () => Promise.resolve(gatekeeper.admit(requestOf(), 'read')).catch((error: unknown) => error);
    const late = refusal();
    await vi.advanceTimersByTimeAsync(600);
    expect(await late).toMatchObject({ details: { isReported: false, isTemporary: true } });
    refresh = () => Promise.reject(new Error('away'));
    expect(await refusal()).toMatchObject({ details: { isReported: true, isTemporary: false } });
  });

  it('lets what has to be seen just then in by what was known before', async () => {
    known = GRANTED;
    const admitted = gatekeeper.admit(requestOf({ believesOldKeys: true }), 'read');
    await vi.advanceTimersByTimeAsync(600);
    expect(await admitted).toEqual({ keyId: GRANTED.id, throttlePerMinute: null });
    expect(await uncheckedRequests()).toEqual({ submit: 0, read: 0, admin: 0, any: 0 });
  });

  it('counts whom it refuses, by what they wanted', async () => {
    const refused = (['submit', 'submit', 'any key'] as const).map((rule) =>
      expect(gatekeeper.admit(requestOf(), rule)).rejects.toThrow('API keys cannot be checked'),
    );
    await vi.advanceTimersByTimeAsync(600);
    await Promise.all(refused);
    expect(await uncheckedRequests()).toEqual({ submit: 2, read: 0, admin: 0, any: 1 });
  });

  async function uncheckedRequests(): Promise<Record<string, number>> {
    vi.useRealTimers();
    const samples = (await metrics.text()).matchAll(/^whence_requests_unchecked_total\{scope="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...samples].map(([, scope, count]) => [scope, Number(count)]));
  }
});
