import type { WhenceEvent } from '../api/event-types.js';
import type { StreamMessage } from '../api/event-stream-parser.js';
import type { Told } from '../list/live-list.js';

/** More cannot be followed by anybody who looks on, and reading thousands a second would make the page stutter. */
const MOST_READ_AT_ONCE = 100;
/** A stream that comes back tells again what is not 15 s old. */
const ACCEPTED_KEPT = 20_000;
const TASK_ID = /"task_id":"([^"]*)"/;

/** What has come. Its events are the newest, in the order in which they came. */
export interface Batch extends Told {
  /** How many events were accepted, each counted once, whether they are among those or not. */
  readonly accepted: number;
}

interface Waiting {
  readonly data: string;
  readonly isAccepted: boolean;
}

/** What the stream has told since it was looked at last: counted in full, and read as far as it can be shown. */
export class Inbox {
  private waiting: Waiting[] = [];
  private accepted = 0;
  private skipped = 0;
  private skippedAccepted = 0;
  private readonly known = new Set<string>();

  push(messages: readonly StreamMessage[]): void {
    const all = messages.map(({ name, data }) => ({ data, isAccepted: name === 'accepted' && this.isNew(data) }));
    this.accepted += acceptedIn(all);
    this.waiting.push(...all);
    const gone = this.waiting.splice(0, Math.max(0, this.waiting.length - MOST_READ_AT_ONCE));
    this.skipped += gone.length;
    this.skippedAccepted += acceptedIn(gone);
  }

  /** What has come, which is then forgotten. */
  take(): Batch {
    const { accepted, skipped, skippedAccepted } = this;
    const events = this.waiting.map(({ data }) => JSON.parse(data) as WhenceEvent);
    this.waiting = [];
    this.accepted = this.skipped = this.skippedAccepted = 0;
    return { events, accepted, skipped, skippedAccepted };
  }

  private isNew(data: string): boolean {
    const taskId = TASK_ID.exec(data)?.[1] ?? '';
    if (this.known.has(taskId)) return false;
    this.known.add(taskId);
    const [oldest] = this.known;
    if (this.known.size > ACCEPTED_KEPT && oldest !== undefined) this.known.delete(oldest);
    return true;
  }
}

function acceptedIn(messages: readonly Waiting[]): number {
  return messages.filter(({ isAccepted }) => isAccepted).length;
}
