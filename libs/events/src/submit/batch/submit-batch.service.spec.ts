import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type IpAddress, parseIpAddress } from '#libs/geolocation';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../../platform/src/testing/strict-double.js';
import type { EventSubmission } from '../../domain/event.js';
import { eventSourceOf } from '../../domain/event-source.js';
import { firstTaskId, taskIdsFrom } from '../../domain/task-ids.js';
import { storedEvent } from '../../testing/sample-events.js';
import type { EventWriter, NewEvent } from '../event-writer.js';
import { SubmissionMetrics } from '../submission-metrics.js';
import { SubmitBatchService } from './submit-batch.service.js';

const SOURCE = eventSourceOf(parseIpAddress('81.2.69.142') as IpAddress);

const submissions = (count: number): EventSubmission[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `x${index}`,
    statusCode: 2,
    occurredAtMs: null,
    attributes: {},
  }));

describe('SubmitBatchService', () => {
  let stored: (readonly NewEvent[])[];
  let beginsWithinMs: number[];
  let onStore: () => Promise<void>;
  let service: SubmitBatchService;

  beforeEach(() => {
    stored = [];
    beginsWithinMs = [];
    onStore = async () => {};
    const writer = strictDouble<EventWriter>('EventWriter', {
      storesAtOnce: 1,
      newEvent: (submission, source, taskId) => storedEvent({ ...submission, taskId, sourceIp: source.sourceIp }),
      reservedEvent: (submission, source, taskId) => ({
        ...storedEvent({ ...submission, taskId, sourceIp: source.sourceIp }),
        hasReservedId: true,
      }),
      store: async (events, withinMs) => {
        beginsWithinMs.push(withinMs);
        await onStore();
        stored.push(events);
      },
    });
    service = new SubmitBatchService(writer, new SubmissionMetrics(new Metrics(new ManualClock())));
  });

  /** Makes stores wait until the returned function is called. */
  function holdStores(): () => void {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    onStore = () => released;
    return release;
  }

  const submit = (count: number) => service.submit(submissions(count), SOURCE);

  it('stores the events of a batch together, with consecutive ids in their order', async () => {
    const ids = await submit(3);
    expect(ids).toEqual(taskIdsFrom(ids[0] ?? '', 3));
    expect(stored).toHaveLength(1);
    expect(stored[0]?.map(({ taskId, name, sourceIp }) => [taskId, name, sourceIp])).toEqual(
      ids.map((id, index) => [id, `x${index}`, '81.2.69.142']),
    );
    expect(stored[0]?.some(({ hasReservedId }) => hasReservedId)).toBe(false);
  });

  it('lets a batch wait for its turn longer than a single submission may', async () => {
    await submit(2);
    expect(beginsWithinMs).toEqual([expect.closeTo(3_750, -2)]);
  });

  it('never mixes two batches', async () => {
    const ids = await Promise.all([submit(2), submit(3), submit(4)]);
    expect(stored.map((batch) => batch.map(({ taskId }) => taskId))).toEqual(ids);
  });

  it('says of events under reserved ids that they are', async () => {
    const ids = taskIdsFrom(firstTaskId(), 2);
    await service.submitReserved(submissions(2), SOURCE, { taskIds: ids, sinceMs: performance.now() });
    expect(stored[0]?.map(({ taskId, hasReservedId }) => [taskId, hasReservedId])).toEqual(ids.map((id) => [id, true]));
  });

  it('refuses what there is no room to keep, and takes it once there is', async () => {
    const release = holdStores();
    const accepted = [submit(5_000), submit(5_000), submit(5_000), submit(4_999)];
    const refused = { code: 'submissions_overloaded', details: { retryAfterSeconds: 1 } };
    await expect(submit(2)).rejects.toMatchObject(refused);
    accepted.push(submit(1));
    release();
    await Promise.all(accepted);
    expect(stored.flat()).toHaveLength(20_000);
    expect(await submit(5_000)).toHaveLength(5_000);
  });

  it('bounds the batches that wait as well', async () => {
    const release = holdStores();
    const accepted = [submit(1)];
    await nextTurn();
    await nextTurn();
    for (let waiting = 0; waiting < 10; waiting++) accepted.push(submit(1));
    await expect(submit(1)).rejects.toMatchObject({ code: 'submissions_overloaded' });
    release();
    await Promise.all(accepted);
  });

  it('refuses a batch that cannot be stored, and makes room for others', async () => {
    onStore = () => Promise.reject(new Error('disk full'));
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(submit(5_000)).rejects.toMatchObject({
        code: 'storage_unavailable',
        details: { retryAfterSeconds: 1, cause: new Error('disk full') },
      });
    }
    onStore = async () => {};
    expect(await submit(5_000)).toHaveLength(5_000);
  });

  it('does not say that nothing is stored where the database hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      holdStores();
      const refused = expect(submit(2)).rejects.toMatchObject({
        code: 'storage_unavailable',
        message: expect.stringContaining('not known'),
      });
      await nextTurn();
      await nextTurn();
      vi.advanceTimersByTime(7_500);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  it('is flushed when every batch submitted before is stored', async () => {
    const release = holdStores();
    const done: string[] = [];
    const batch = submit(2).then(() => done.push('stored'));
    const flushed = service.flushed().then(() => done.push('flushed'));
    await nextTurn();
    expect(done).toEqual([]);
    release();
    await Promise.all([batch, flushed]);
    expect(done).toEqual(['stored', 'flushed']);
  });
});
