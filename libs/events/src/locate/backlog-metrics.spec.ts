import { describe, expect, it } from 'vitest';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventCounts } from '../persistence/counts/event-counts.js';
import type { EventRepository } from '../persistence/event.repository.js';
import { storedEvent } from '../testing/sample-events.js';
import { BacklogMetrics } from './backlog-metrics.js';

describe('BacklogMetrics', () => {
  const clock = new ManualClock();

  /** What is told where the oldest event is so old, and parts of the count are these. */
  async function told(oldestAgeMs: number | null, parts: readonly number[] = []) {
    let partsRead = 0;
    const metrics = new Metrics(clock);
    const receivedAtMs = clock.nowMs() - (oldestAgeMs ?? 0);
    const events = strictDouble<EventRepository>('EventRepository', {
      oldestPending: async () => (oldestAgeMs === null ? null : storedEvent({ receivedAtMs })),
    });
    const counts = strictDouble<EventCounts>('EventCounts', {
      async *parts() {
        for (const count of parts) {
          partsRead++;
          yield [{ value: 'pending', count }];
        }
      },
    });
    new BacklogMetrics(metrics, events, counts, clock);
    const text = await metrics.text();
    const samples = text.split('\n').filter((line) => /^whence_(waiting|oldest|collector)/.test(line));
    return { samples: samples.toSorted(), partsRead };
  }

  it('tells how many events wait, and how long the oldest has', async () => {
    expect(await told(90_400, [1_000, 7])).toEqual({
      samples: [
        'whence_collector_success{collector="backlog"} 1',
        'whence_oldest_waiting_event_age_seconds 90.4',
        'whence_waiting_events 1007',
      ],
      partsRead: 2,
    });
  });

  it('tells that none waits without counting', async () => {
    expect((await told(null)).samples).toContain('whence_waiting_events 0');
    expect((await told(null)).samples).toContain('whence_oldest_waiting_event_age_seconds 0');
  });

  it('counts no further than 100,000', async () => {
    expect(await told(1, [60_000, 60_000, 60_000])).toMatchObject({
      samples: expect.arrayContaining(['whence_waiting_events 100000']),
      partsRead: 2,
    });
  });

  it('takes an event from a clock that was set back for a new one', async () => {
    expect((await told(-5_000, [1])).samples).toContain('whence_oldest_waiting_event_age_seconds 0');
  });
});
