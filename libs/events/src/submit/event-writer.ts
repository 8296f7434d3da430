import { Injectable } from '@nestjs/common';
import { LocationCache } from '#libs/geolocation';
import { activeSpan, Clock } from '#libs/platform';
import type { EventLocation, EventSubmission, StoredEvent } from '../domain/event.js';
import type { EventSource } from '../domain/event-source.js';
import { locationFromOutcome } from '../domain/event-location.js';
import { type AnnouncedEvent, LookupRequests } from '../locate/lookup-requests.js';
import { EventRepository } from '../persistence/event.repository.js';
import { timeOfTaskId } from '../persistence/task-id-range.js';
import { SubmissionMetrics } from './submission-metrics.js';

/** An event to be stored. */
export interface NewEvent extends AnnouncedEvent {
  /** True where an Idempotency-Key has promised the id: another request may have stored the event, or be about to. */
  readonly hasReservedId?: boolean;
}

/** Makes events of submissions and stores them, one or many. What gathers them and bounds them is the caller's. */
@Injectable()
export class EventWriter {
  constructor(
    private readonly events: EventRepository,
    private readonly cache: LocationCache,
    private readonly lookups: LookupRequests,
    private readonly clock: Clock,
    private readonly metrics: SubmissionMetrics,
  ) {}

  /** How many stores may run at once with gain. */
  get storesAtOnce(): number {
    return this.events.insertsAtOnce;
  }

  /** The event that a submission becomes, received now. */
  newEvent(submission: EventSubmission, source: EventSource, taskId: string): NewEvent {
    const { name, statusCode, occurredAtMs, attributes } = submission;
    const { sourceIp, lookupKey, location, caller } = source;
    const receivedAtMs = this.clock.nowMs();
    return {
      taskId,
      receivedAtMs,
      name,
      statusCode,
      occurredAtMs,
      attributes,
      sourceIp,
      lookupKey,
      location,
      caller,
      span: activeSpan(),
    };
  }

  /**
   * The event under an id that an Idempotency-Key has reserved: received when the key was, be this a repeat of hours
   * later. Whoever searches by time finds it, since its id tells the same time.
   */
  reservedEvent(submission: EventSubmission, source: EventSource, taskId: string): NewEvent {
    const receivedAtMs = timeOfTaskId(taskId);
    return { ...this.newEvent(submission, source, taskId), receivedAtMs, hasReservedId: true };
  }

  /**
   * Stores all or none, in one statement. Known locations go into it; the lookups of the others are asked for after it,
   * never before. Events with a reserved id that are stored already stay as they are.
   * @param beginsWithinMs how soon the statement has to begin on SQLite; else nothing is stored, and that is sure
   */
  async store(events: readonly NewEvent[], beginsWithinMs: number): Promise<void> {
    const known = await this.knownLocations(events);
    const complete = known.size === 0 ? events : events.map((event) => withLocation(event, known.get(event.lookupKey)));
    if (complete.some(({ hasReservedId }) => hasReservedId)) await this.events.insertIfAbsent(complete, beginsWithinMs);
    else await this.events.insert(complete, beginsWithinMs);
    this.lookups.announce(complete);
  }

  private async knownLocations(events: readonly StoredEvent[]): Promise<Map<string | null, EventLocation>> {
    const keys = events.map((event) => event.lookupKey).filter((key) => key !== null);
    if (keys.length === 0) return new Map();
    const outcomes = await this.cache.findUnlessJustMissed(keys);
    const found = keys.filter((key) => outcomes.has(key)).length;
    this.metrics.lookedInCache(keys.length, found);
    activeSpan()?.setAttribute('whence.locations_known', found);
    return new Map([...outcomes].map(([key, outcome]) => [key, locationFromOutcome(outcome)]));
  }
}

function withLocation(event: NewEvent, location: EventLocation | undefined): NewEvent {
  return location === undefined ? event : { ...event, location };
}
