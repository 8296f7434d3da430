import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, Metrics } from '#libs/platform';
import { EventCounts } from '../persistence/counts/event-counts.js';
import { EventRepository } from '../persistence/event.repository.js';

/** Counted at most: an outage of the Geolocation API may leave many millions, and more is no news. */
const MOST_COUNTED = 100_000;

/** What waits for a location, as SQL has it: the same in every process of an installation. */
interface EventBacklog {
  readonly events: number;
  readonly oldestAgeSeconds: number | null;
}

/** Tells how many events wait for their location, and for how long. */
@Injectable()
export class BacklogMetrics {
  constructor(
    metrics: Metrics,
    private readonly events: EventRepository,
    private readonly counts: EventCounts,
    private readonly clock: Clock,
  ) {
    metrics.collect({
      name: 'backlog',
      read: () => this.read(),
      gauges: [
        {
          name: 'whence_waiting_events',
          help: `Events that are pending, over all processes; counted up to ${MOST_COUNTED}.`,
          of: ({ events: waiting }) => waiting,
        },
        {
          name: 'whence_oldest_waiting_event_age_seconds',
          help: 'Age of the oldest event that is pending, over all processes; 0 where none is.',
          of: ({ oldestAgeSeconds }) => oldestAgeSeconds,
        },
      ],
    });
  }

  private async read(): Promise<EventBacklog> {
    const oldest = await this.events.oldestPending();
    if (oldest === null) return { events: 0, oldestAgeSeconds: 0 };
    const ageMs = this.clock.nowMs() - oldest.receivedAtMs;
    return { events: await this.waiting(), oldestAgeSeconds: Math.max(0, ageMs / 1000) };
  }

  /** In parts: on SQLite nothing else happens in the process while one of them is read. */
  private async waiting(): Promise<number> {
    let events = 0;
    for await (const groups of this.counts.parts({ locationStatus: ['pending'] }, { by: 'location_status' })) {
      for (const { count } of groups) events += count;
      if (events >= MOST_COUNTED) return MOST_COUNTED;
      await nextTurn();
    }
    return events;
  }
}
