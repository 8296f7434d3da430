import { beforeEach, describe, expect, it } from 'vitest';
import type { LocationCache } from '#libs/geolocation';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { LookupRequests } from '../locate/lookup-requests.js';
import type { EventRepository } from '../persistence/event.repository.js';
import { storedEvent } from '../testing/sample-events.js';
import { EventWriter } from './event-writer.js';
import { SubmissionMetrics } from './submission-metrics.js';

describe('EventWriter', () => {
  let statements: string[];
  let writer: EventWriter;

  beforeEach(() => {
    statements = [];
    const events = strictDouble<EventRepository>('EventRepository', {
      insert: async ({ length }, beginsWithinMs) => void statements.push(`insert ${length} within ${beginsWithinMs}`),
      insertIfAbsent: async ({ length }, beginsWithinMs) =>
        void statements.push(`insert ${length} if absent within ${beginsWithinMs}`),
    });
    const cache = strictDouble<LocationCache>('LocationCache', { findUnlessJustMissed: async () => new Map() });
    const lookups = strictDouble<LookupRequests>('LookupRequests', { announce: () => {} });
    const clock = new ManualClock();
    writer = new EventWriter(events, cache, lookups, clock, new SubmissionMetrics(new Metrics(clock)));
  });

  it('takes the time at which a reserved id was made for that of the receipt, and else the present', () => {
    const source = { sourceIp: '10.0.0.1', lookupKey: null, location: storedEvent().location };
    const submission = { name: 'x', statusCode: null, occurredAtMs: null, attributes: {} };
    const madeAtMs = Date.UTC(2026, 10, 23, 18);
    const taskId = `${madeAtMs.toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-7000-8000-000000000001`;
    expect(writer.reservedEvent(submission, source, taskId)).toMatchObject({
      taskId,
      receivedAtMs: madeAtMs,
      hasReservedId: true,
    });
    expect(writer.newEvent(submission, source, taskId).receivedAtMs).toBe(new ManualClock().nowMs());
  });

  it('has an event say whose it is', () => {
    const source = { sourceIp: '10.0.0.1', lookupKey: null, location: storedEvent().location, caller: 'a key' };
    const submission = { name: 'x', statusCode: null, occurredAtMs: null, attributes: {} };
    expect(writer.newEvent(submission, source, 'an id').caller).toBe('a key');
  });

  it('inserts events with ids of their own', async () => {
    await writer.store([storedEvent(), storedEvent()], 7);
    expect(statements).toEqual(['insert 2 within 7']);
  });

  it('leaves what is stored already where any id was reserved', async () => {
    await writer.store([storedEvent(), { ...storedEvent(), hasReservedId: true }, storedEvent()], 7);
    expect(statements).toEqual(['insert 3 if absent within 7']);
  });
});
