import { ApiError } from '../api/api-error.js';
import type { Failures } from './failures.js';
import type { LiveEvents } from './live-events.js';
import type { Troubles } from './troubles.js';

const OLDER = 'older';

export interface OlderEventsOptions {
  readonly live: () => LiveEvents;
  readonly troubles: Pick<Troubles, 'has' | 'end' | 'drop'>;
  readonly failures: Pick<Failures, 'hear'>;
  /** The list has changed, or what is said of it. */
  readonly onList: () => void;
}

/** Reads on in the list, which somebody asks for by hand. */
export class OlderEvents {
  constructor(private readonly options: OlderEventsOptions) {}

  async read(): Promise<void> {
    const live = this.options.live();
    if (live.list.isReadingOlder) return;
    const reading = live.readOlder();
    this.options.onList();
    try {
      await reading;
      if (live === this.options.live()) this.options.troubles.end(OLDER);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Who wants the newest again wants these no more.
      if (live.list.isPaused) this.options.failures.hear(OLDER, error, Date.now());
    } finally {
      this.options.onList();
    }
  }

  /** The API may be back: reads what it has not told. */
  retry(): void {
    if (this.options.troubles.has(OLDER)) void this.read();
  }

  /** Nobody wants them any more. */
  leave(): void {
    this.options.troubles.drop(OLDER);
  }
}
