import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { version } from 'uuid';
import { type IpAddress, type KnownOutcome, type LocationCache, parseIpAddress } from '#libs/geolocation';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventSubmission, StoredEvent } from '../domain/event.js';
import { eventSourceOf } from '../domain/event-source.js';
import type { LookupRequests } from '../locate/lookup-requests.js';
import type { EventRepository } from '../persistence/event.repository.js';
import { PARIS } from '../testing/sample-events.js';
import { EventWriter } from './event-writer.js';
import { SubmissionMetrics } from './submission-metrics.js';
import { SubmitEventsService } from './submit-events.service.js';

const SUBMISSION: EventSubmission = { name: 'x', statusCode: 2, occurredAtMs: null, attributes: { a: 1 } };
const LOCATED: KnownOutcome = { kind: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 };

const ip = (text: string) => parseIpAddress(text) as IpAddress;

describe('SubmitEventsService', () => {
  /** What happened, in order. */
  let steps: string[];
  let known: Map<string, KnownOutcome>;
  let stored: StoredEvent[];
  let announced: StoredEvent[];
  let clock: ManualClock;
  let onFindMany: () => Promise<void>;
  let onInsert: () => Promise<void>;
  let service: SubmitEventsService;

  beforeEach(() => {
    steps = [];
    known = new Map();
    stored = [];
    announced = [];
    clock = new ManualClock();
    onFindMany = async () => {};
    onInsert = async () => {};
    const events = strictDouble<EventRepository>('EventRepository', {
      insertsAtOnce: 1,
      insert: async (inserted) => {
        steps.push('insert');
        await onInsert();
        stored.push(...inserted);
        steps.push('inserted');
      },
    });
    const cache = strictDouble<LocationCache>('LocationCache', {
      findUnlessJustMissed: async (keys) => {
        steps.push(`find ${keys.join()}`);
        await onFindMany();
        return new Map([...known].filter(([key]) => keys.includes(key)));
      },
    });
    const lookups = strictDouble<LookupRequests>('LookupRequests', {
      announce: (events) => {
        steps.push('announce');
        announced.push(...events);
      },
    });
    const metrics = new SubmissionMetrics(new Metrics(clock));
    service = new SubmitEventsService(new EventWriter(events, cache, lookups, clock, metrics), metrics);
  });

  const submit = (address = '81.2.69.142') => service.submit(SUBMISSION, eventSourceOf(ip(address)));
  /** Makes inserts wait until the returned function is called. */
  const holdInserts = (): (() => void) => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    onInsert = () => released;
    return release;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('stores an event as it was submitted, pending, with when and whence it came', async () => {
    const taskId = await submit();
    expect(version(taskId)).toBe(7);
    expect(stored).toEqual([
      {
        ...SUBMISSION,
        taskId,
        receivedAtMs: clock.nowMs(),
        sourceIp: '81.2.69.142',
        lookupKey: '81.2.69.142',
        location: { status: 'pending' },
      },
    ]);
  });

  it('looks for known locations first, then stores, and then asks for the lookups: never before', async () => {
    await submit();
    expect(steps).toEqual(['find 81.2.69.142', 'insert', 'inserted', 'announce']);
    expect(announced).toEqual(stored);
  });

  it('answers when the event is stored and not before', async () => {
    const release = holdInserts();
    const answers: string[] = [];
    void submit().then((taskId) => answers.push(taskId));
    await settle();
    expect([answers, announced]).toEqual([[], []]);
    release();
    await settle();
    expect(answers).toEqual([stored[0]?.taskId]);
  });

  it('writes a known location with the event, and announces it for what comes of it', async () => {
    known.set('81.2.69.142', LOCATED);
    await submit();
    expect(stored[0]?.location).toEqual({ status: 'located', place: PARIS, source: 'geoip-api', lookedUpAtMs: 7 });
    expect(announced).toEqual(stored);
  });

  it('writes that a place is known not to be known', async () => {
    known.set('81.2.69.142', { kind: 'unlocatable', code: 'not_found', lookedUpAtMs: 7 });
    await submit();
    expect(stored[0]?.location).toEqual({ status: 'unlocatable', code: 'not_found', attempts: 1 });
  });

  it.each([
    ['10.0.0.1', 'private_address'],
    ['127.0.0.1', 'loopback_address'],
    ['2001:db8::1', 'documentation_address'],
  ])('knows at once that %s has no place, and asks nobody', async (address, code) => {
    await submit(address);
    expect(stored[0]).toMatchObject({
      sourceIp: address,
      lookupKey: null,
      location: { status: 'unlocatable', code, attempts: 0 },
    });
    expect(steps.filter((step) => step.startsWith('find'))).toEqual([]);
  });

  it('names the lookup after the /64 and keeps the whole address', async () => {
    await submit('2a00:1450:4009:80b::200e');
    expect(stored[0]).toMatchObject({ sourceIp: '2a00:1450:4009:80b::200e', lookupKey: '2a00:1450:4009:80b::/64' });
  });

  it('stores what comes together in one insert, each with its own location', async () => {
    known.set('81.2.69.142', LOCATED);
    const ids = await Promise.all([submit(), submit('81.2.69.143'), submit('10.0.0.1'), submit()]);
    expect(steps).toEqual(['find 81.2.69.142,81.2.69.143,81.2.69.142', 'insert', 'inserted', 'announce']);
    expect(stored.map(({ taskId }) => taskId)).toEqual(ids);
    expect(stored.map(({ location }) => location.status)).toEqual(['located', 'pending', 'unlocatable', 'located']);
    expect(announced).toEqual(stored);
  });

  it('gives each event an id of its own', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => submit()));
    expect(new Set(ids).size).toBe(100);
  });

  it('dates an event by when it was accepted, not by when it was stored', async () => {
    const release = holdInserts();
    const first = submit();
    await settle();
    const second = submit();
    const acceptedAtMs = clock.nowMs();
    clock.advance(2_000);
    release();
    await Promise.all([first, second]);
    expect(stored.map(({ receivedAtMs }) => receivedAtMs)).toEqual([acceptedAtMs, acceptedAtMs]);
  });

  it.each([
    ['the insert fails', () => (onInsert = () => Promise.reject(new Error('disk full')))],
    ['known locations cannot be read', () => (onFindMany = () => Promise.reject(new Error('disk full')))],
  ])('refuses the event when %s, and asks for no lookup', async (_what, breakIt) => {
    breakIt();
    await expect(submit()).rejects.toMatchObject({
      code: 'storage_unavailable',
      details: { retryAfterSeconds: 1, cause: new Error('disk full') },
    });
    expect([stored, announced]).toEqual([[], []]);
  });

  it('refuses the event when the database hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      holdInserts();
      const refused = expect(submit()).rejects.toMatchObject({ code: 'storage_unavailable' });
      await settle();
      vi.advanceTimersByTime(4_000);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  it('accepts again once the database is back', async () => {
    onInsert = () => Promise.reject(new Error('away'));
    await expect(submit()).rejects.toThrow();
    onInsert = async () => {};
    expect(await submit()).toBe(stored[0]?.taskId);
  });

  it('refuses what there is no room to keep, and keeps all else', async () => {
    // Time stands still: on a busy machine they would wait so long that they are refused for that.
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const release = holdInserts();
    const accepted = [submit()];
    await settle();
    for (let waiting = 0; waiting < 10_000; waiting++) accepted.push(submit());
    await expect(submit()).rejects.toMatchObject({
      code: 'submissions_overloaded',
      details: { retryAfterSeconds: 1 },
    });
    release();
    const ids = await Promise.all(accepted);
    expect(stored.map(({ taskId }) => taskId)).toEqual(ids);
  });

  it('is flushed when everything submitted before is stored', async () => {
    const release = holdInserts();
    const done: string[] = [];
    void submit().then(() => done.push('stored'));
    void service.flushed().then(() => done.push('flushed'));
    await settle();
    expect(done).toEqual([]);
    release();
    await settle();
    expect(done).toEqual(['stored', 'flushed']);
  });
});
