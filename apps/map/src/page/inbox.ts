import type { WhenceEvent } from '../api/event-types.js';
import type { StreamMessage } from '../api/event-stream-parser.js';

/** More cannot be followed by anybody who looks on, and reading thousands a second would make the page stutter. */
const MOST_READ_AT_ONCE = 100;

export interface Batch {
  /** The newest that came, in the order in which they did. */
  readonly events: readonly WhenceEvent[];
  /** How many events were accepted, whether they are among the above or not. */
  readonly accepted: number;
  /** How many messages were counted only. */
  readonly skipped: number;
}

/** What the stream has told since it was looked at last: counted in full, and read as far as it can be shown. */
export class Inbox {
  private waiting: StreamMessage[] = [];
  private accepted = 0;
  private skipped = 0;

  push(messages: readonly StreamMessage[]): void {
    this.accepted += messages.filter(({ name }) => name === 'accepted').length;
    this.waiting.push(...messages);
    const tooMany = this.waiting.length - MOST_READ_AT_ONCE;
    if (tooMany <= 0) return;
    this.skipped += tooMany;
    this.waiting.splice(0, tooMany);
  }

  /** What has come, which is then forgotten. */
  take(): Batch {
    const events = this.waiting.map(({ data }) => JSON.parse(data) as WhenceEvent);
    const batch = { events, accepted: this.accepted, skipped: this.skipped };
    this.waiting = [];
    this.accepted = this.skipped = 0;
    return batch;
  }
}
