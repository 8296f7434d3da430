import { isOlderNews } from '../api/event-news.js';
import type { WhenceEvent } from '../api/event-types.js';

/** For a stream that comes back, which tells again how events were before them. */
const KEPT = 500;

interface Heard {
  readonly event: WhenceEvent;
  /** The how many-th it was. */
  readonly place: number;
}

/** The outcomes of events that were told last: all since the oldest answer was asked for that does not know of them yet. */
export class Outcomes {
  /** The oldest first. */
  private readonly heard = new Map<string, Heard>();
  private readonly readings = new Set<{ readonly beganAt: number }>();
  private count = 0;

  /** The event as it was told, or with a newer outcome that was told before. */
  latest(event: WhenceEvent): WhenceEvent {
    const { task_id: taskId } = event;
    const known = this.heard.get(taskId)?.event;
    if (known !== undefined && isOlderNews(event, known)) return known;
    if (event.location_status === 'pending') return event;
    this.heard.delete(taskId);
    this.heard.set(taskId, { event, place: this.count++ });
    return event;
  }

  /** Asks for what does not know of the outcomes that are told meanwhile. */
  async during<Answer>(read: () => Promise<Answer>): Promise<Answer> {
    const reading = { beganAt: this.count };
    this.readings.add(reading);
    try {
      return await read();
    } finally {
      this.readings.delete(reading);
    }
  }

  /** Forgets what nobody will ask for; called after any number were told. */
  forget(): void {
    const oldestAt = Math.min(this.count - KEPT, ...[...this.readings].map(({ beganAt }) => beganAt));
    for (const [taskId, { place }] of this.heard) {
      if (place >= oldestAt) return;
      this.heard.delete(taskId);
    }
  }
}
