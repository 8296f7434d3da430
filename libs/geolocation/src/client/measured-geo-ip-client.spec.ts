import { beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { freely } from '../testing/http-client-world.js';
import { type AskForRight, type GeoIpAnswer, GeoIpClient } from './geo-ip-client.js';
import { LookupMetrics } from './lookup-metrics.js';
import { MeasuredGeoIpClient } from './measured-geo-ip-client.js';

const NEVER = new AbortController().signal;

describe('MeasuredGeoIpClient', () => {
  let metrics: Metrics;
  let lookup: GeoIpClient['lookup'];
  let client: MeasuredGeoIpClient;

  beforeEach(() => {
    metrics = new Metrics(new ManualClock());
    const inner = strictDouble<GeoIpClient>('GeoIpClient', { lookup: (...parameters) => lookup(...parameters) });
    client = new MeasuredGeoIpClient(inner, new LookupMetrics(metrics));
  });

  /** How many of each outcome there were, and how many requests were timed. */
  const samples = async () =>
    (await metrics.text())
      .split('\n')
      .filter((line) => /^whence_lookups_total.* [1-9]|^whence_lookup_duration_seconds_count/.test(line));

  /** A client whose request leaves, and has the answer. */
  const answering =
    (answer: GeoIpAnswer): GeoIpClient['lookup'] =>
    async (_address, _signal, askForRight) => {
      const right = await askForRight(async () => true);
      right?.departed();
      right?.departed();
      return answer;
    };

  it('counts lookups by their outcome, and times each request once', async () => {
    const answers: GeoIpAnswer[] = [
      { kind: 'not_found' },
      { kind: 'rejected' },
      { kind: 'throttled', retryAfterMs: null },
      { kind: 'transient', code: 'timeout' },
      { kind: 'transient', code: 'unavailable' },
    ];
    for (const answer of answers) {
      lookup = answering(answer);
      expect(await client.lookup('192.0.2.1', NEVER, freely)).toBe(answer);
    }
    expect(await samples()).toEqual([
      ...['not_found', 'rejected', 'throttled', 'timeout', 'unavailable'].map(
        (outcome) => `whence_lookups_total{outcome="${outcome}"} 1`,
      ),
      'whence_lookup_duration_seconds_count 5',
    ]);
  });

  it('hands the right on as it is', async () => {
    const told: string[] = [];
    const askForRight: AskForRight = async () => ({
      hasLapsed: () => true,
      departed: () => void told.push('departed'),
    });
    lookup = async (_address, _signal, ask) => {
      const right = await ask(async () => true);
      told.push(`lapsed: ${right?.hasLapsed()}`);
      right?.departed();
      return { kind: 'not_found' };
    };
    await client.lookup('192.0.2.1', NEVER, askForRight);
    expect(told).toEqual(['lapsed: true', 'departed']);
    lookup = async (_address, _signal, ask) => {
      expect(await ask(async () => true)).toBeNull();
      return { kind: 'transient', code: 'unavailable' };
    };
    await client.lookup('192.0.2.1', NEVER, async () => null);
  });

  it('tells of each outcome from the beginning', async () => {
    expect(await metrics.text()).toContain('whence_lookups_total{outcome="throttled"} 0');
  });

  it('times no request that did not leave', async () => {
    lookup = async () => ({ kind: 'transient', code: 'unavailable' });
    await client.lookup('192.0.2.1', NEVER, freely);
    expect(await samples()).toEqual([
      'whence_lookups_total{outcome="unavailable"} 1',
      'whence_lookup_duration_seconds_count 0',
    ]);
  });

  it('counts what was given up only where a request had left', async () => {
    lookup = () => Promise.reject(new Error('known by now'));
    await expect(client.lookup('192.0.2.1', NEVER, freely)).rejects.toThrow('known by now');
    expect(await samples()).toEqual(['whence_lookup_duration_seconds_count 0']);
    lookup = async (_address, _signal, askForRight) => {
      (await askForRight(async () => true))?.departed();
      throw new Error('the service stops');
    };
    await expect(client.lookup('192.0.2.1', NEVER, freely)).rejects.toThrow('the service stops');
    expect(await samples()).toEqual([
      'whence_lookups_total{outcome="aborted"} 1',
      'whence_lookup_duration_seconds_count 1',
    ]);
  });
});
