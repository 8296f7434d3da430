import { Injectable } from '@nestjs/common';
import { LocationCache } from '#libs/geolocation';
import { Clock, newTimeOrderedId } from '#libs/platform';
import type { EventLocation, EventSubmission, StoredEvent } from '../domain/event.js';
import type { EventSource } from '../domain/event-source.js';
import { locationFromOutcome } from '../domain/event-location.js';
import { EventsError } from '../events-error.js';
import { LookupRequests } from '../locate/lookup-requests.js';
import { EventRepository } from '../persistence/event.repository.js';
import { BufferFullError, CommitTimeoutError, GroupCommit } from './group-commit.js';

const LARGEST_GROUP = 512;
const LARGEST_BUFFER = 10_000;
/** Found by measuring: smaller groups at once bring no more than one after the other. */
const WORTH_ANOTHER_COMMIT = 32;
const COMMIT_TIMEOUT_MS = 4_000;

/** Accepts submissions: each is on disk when it is answered, and its lookup asked for right after. */
@Injectable()
export class SubmitEventsService {
  private readonly groups: GroupCommit<StoredEvent>;

  constructor(
    private readonly events: EventRepository,
    private readonly cache: LocationCache,
    private readonly lookups: LookupRequests,
    private readonly clock: Clock,
  ) {
    this.groups = new GroupCommit((stored) => this.store(stored), {
      largestGroup: LARGEST_GROUP,
      largestBuffer: LARGEST_BUFFER,
      timeoutMs: COMMIT_TIMEOUT_MS,
      commitsAtOnce: events.insertsAtOnce,
      worthAnother: WORTH_ANOTHER_COMMIT,
    });
  }

  /**
   * Stores one event and returns its task id.
   * @throws EventsError `submissions_overloaded`: nothing is stored; `storage_unavailable`: nothing is stored, unless the
   *   database gave no answer at all
   */
  async submit(submission: EventSubmission, source: EventSource): Promise<string> {
    const event = this.newEvent(submission, source);
    try {
      await this.groups.add(event);
    } catch (error) {
      throw refusal(error);
    }
    return event.taskId;
  }

  /** Resolves when all that was submitted before is committed. */
  async flushed(): Promise<void> {
    await this.groups.flushed();
  }

  private newEvent(submission: EventSubmission, { sourceIp, lookupKey, location }: EventSource): StoredEvent {
    const { name, statusCode, occurredAtMs, attributes } = submission;
    const [taskId, receivedAtMs] = [newTimeOrderedId(), this.clock.nowMs()];
    return { taskId, receivedAtMs, name, statusCode, occurredAtMs, attributes, sourceIp, lookupKey, location };
  }

  /** Known locations go into the first write. The lookups of the others are asked for after it, never before. */
  private async store(events: readonly StoredEvent[]): Promise<void> {
    const known = await this.knownLocations(events);
    const complete = known.size === 0 ? events : events.map((event) => withLocation(event, known.get(event.lookupKey)));
    await this.events.insert(complete);
    this.lookups.announce(complete);
  }

  private async knownLocations(events: readonly StoredEvent[]): Promise<Map<string | null, EventLocation>> {
    const keys = events.map((event) => event.lookupKey).filter((key) => key !== null);
    const outcomes = keys.length === 0 ? [] : await this.cache.findUnlessJustMissed(keys);
    return new Map([...outcomes].map(([key, outcome]) => [key, locationFromOutcome(outcome)]));
  }
}

function withLocation(event: StoredEvent, location: EventLocation | undefined): StoredEvent {
  return location === undefined ? event : { ...event, location };
}

function refusal(cause: unknown): EventsError {
  if (cause instanceof BufferFullError) {
    return new EventsError('submissions_overloaded', 'Too many submissions wait to be stored; try again.', {
      retryAfterSeconds: 1,
      cause,
    });
  }
  const message =
    cause instanceof CommitTimeoutError
      ? 'The database does not answer: it is not known whether the event is stored.'
      : 'The event could not be stored and is not accepted; try again.';
  return new EventsError('storage_unavailable', message, { retryAfterSeconds: 1, cause });
}
