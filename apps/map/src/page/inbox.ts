import type { WhenceEvent } from '../api/event-types.js';
import type { StreamMessage } from '../api/event-stream-parser.js';
import type { Told } from '../list/live-list.js';
import { MOST_POINTS } from '../map/map-points.js';
import { Recent } from './recent.js';

/** More cannot be followed by anybody who looks on, and a list has room for half as many. */
const MOST_HANDED_ON_AT_ONCE = 100;
/** A stream that comes back tells again what is not 15 s old, and outcomes that are not 65 s old. */
const IDS_KEPT = 20_000;
const TASK_ID = /"task_id":"([^"]*)"/;
/** No attribute of an event says the same: attributes are no objects, and quotes within texts are escaped. */
const LOCATED = '"location":{';

/** What has come. Its events are the newest, in the order in which they came. */
export interface Batch extends Told {
  /** How many events were accepted, each counted once, whether they are among those or not. */
  readonly accepted: number;
  /** How many were located, likewise. */
  readonly located: number;
  /** Each once, the last told last: as many as a map can have. */
  readonly skippedPlaced: readonly WhenceEvent[];
}

interface Waiting {
  readonly data: string;
  readonly isAccepted: boolean;
  readonly hasPlace: boolean;
}

/** What the stream has told since it was looked at last: counted in full, and handed on as far as it can be shown. */
export class Inbox {
  private waiting: Waiting[] = [];
  /** By task id. */
  private skippedPlaced = new Map<string, string>();
  private accepted = 0;
  private located = 0;
  private skipped = 0;
  private skippedAccepted = 0;
  private readonly knownAccepted = new Recent(IDS_KEPT);
  private readonly knownLocated = new Recent(IDS_KEPT);
  private readonly acceptedUnseen = new Recent(IDS_KEPT);

  push(messages: readonly StreamMessage[]): void {
    const all = messages.map(({ name, data }) => ({
      data,
      isAccepted: name === 'accepted' && isNew(data, this.knownAccepted),
      hasPlace: data.includes(LOCATED),
    }));
    this.accepted += acceptedIn(all);
    this.located += all.filter(({ data, hasPlace }) => hasPlace && isNew(data, this.knownLocated)).length;
    this.waiting.push(...all);
    const gone = this.waiting.splice(0, Math.max(0, this.waiting.length - MOST_HANDED_ON_AT_ONCE));
    this.skipped += gone.length;
    this.skippedAccepted += acceptedIn(gone);
    for (const { data, isAccepted, hasPlace } of gone) {
      if (isAccepted) this.acceptedUnseen.add(taskIdIn(data));
      if (hasPlace) this.keepPlaced(data);
    }
  }

  /** What has come, which is then forgotten. */
  take(): Batch {
    const { accepted, located, skipped, skippedAccepted } = this;
    const { waiting, skippedPlaced } = this;
    // First, so that whatever is wrong with them is met once.
    this.waiting = [];
    this.skippedPlaced = new Map();
    this.accepted = this.located = this.skipped = this.skippedAccepted = 0;
    const events = waiting.flatMap(({ data }) => eventsIn(data));
    const ids = events.map(({ task_id: taskId }) => taskId);
    return {
      events,
      acceptedUnseen: new Set(ids.filter((taskId) => this.acceptedUnseen.has(taskId))),
      skippedPlaced: newestOf(skippedPlaced).flatMap(([, data]) => eventsIn(data)),
      accepted,
      located,
      skipped,
      skippedAccepted,
    };
  }

  private keepPlaced(data: string): void {
    const taskId = taskIdIn(data);
    this.skippedPlaced.delete(taskId);
    this.skippedPlaced.set(taskId, data);
    // Many at a time: to find the first steps over all that were deleted before.
    if (this.skippedPlaced.size >= 2 * MOST_POINTS) this.skippedPlaced = new Map(newestOf(this.skippedPlaced));
  }
}

function newestOf(placed: ReadonlyMap<string, string>): [taskId: string, data: string][] {
  return [...placed].slice(-MOST_POINTS);
}

/** The event that a message has; none where it is no JSON, as whatever is between here and the service may make it. */
function eventsIn(data: string): WhenceEvent[] {
  try {
    return [JSON.parse(data) as WhenceEvent];
  } catch {
    return [];
  }
}

/** Whether the event is none of those that are known, of which it then is one. */
function isNew(data: string, known: Recent): boolean {
  const taskId = taskIdIn(data);
  if (known.has(taskId)) return false;
  known.add(taskId);
  return true;
}

function taskIdIn(data: string): string {
  return TASK_ID.exec(data)?.[1] ?? '';
}

function acceptedIn(messages: readonly Waiting[]): number {
  return messages.filter(({ isAccepted }) => isAccepted).length;
}
