import { ApiError, unreachable } from './api-error.js';
import { EventStreamParser, type StreamMessage } from './event-stream-parser.js';

/** The service shows life every 15 s: a connection that is silent for so long is dead, though nothing says so. */
const LONGEST_SILENCE_MS = 45_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export type StreamState =
  | { readonly kind: 'connecting' }
  /** `isAnew` where it has no position to go on from: what happened before it began is not told. */
  | { readonly kind: 'live'; readonly isAnew: boolean }
  /** `error` is null where the service itself has ended the stream. */
  | { readonly kind: 'waiting'; readonly error: ApiError | null; readonly untilMs: number };

export interface EventStreamOptions {
  open(lastEventId: string, signal: AbortSignal): Promise<Response>;
  /** What it throws, as onState, is reported as a fault of the page, and ends nothing. */
  onMessages(messages: readonly StreamMessage[]): void;
  onState(state: StreamState): void;
}

/**
 * A stream that goes on: it comes back with the last position after whatever ended it, each time a little later. Not
 * EventSource, which cannot send a key and gives up on a 503.
 */
export class EventStream {
  private readonly stopping = new AbortController();
  private parser = new EventStreamParser();
  private failures = 0;
  private hurry: () => void = () => {};

  constructor(private readonly options: EventStreamOptions) {}

  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopping.abort();
    this.hurry();
  }

  /** Comes back now instead of later. */
  retryNow(): void {
    this.hurry();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.tellState({ kind: 'connecting' });
      const error = await this.follow();
      if (this.stopping.signal.aborted) return;
      if (error?.status === 400) this.parser = new EventStreamParser();
      const pauseMs = this.pauseAfter(error);
      this.tellState({ kind: 'waiting', error, untilMs: Date.now() + pauseMs });
      // By whoever has heard it.
      if (this.stopping.signal.aborted) return;
      await this.pause(pauseMs);
    }
  }

  /** Follows one connection to its end. @returns why it ended */
  private async follow(): Promise<ApiError | null> {
    const connection = new AbortController();
    const end = () => connection.abort();
    this.stopping.signal.addEventListener('abort', end);
    const opening = setTimeout(end, LONGEST_SILENCE_MS);
    try {
      const { body } = await this.options.open(this.parser.lastEventId, connection.signal);
      clearTimeout(opening);
      if (body === null) throw unreachable();
      this.parser = Object.assign(new EventStreamParser(), { lastEventId: this.parser.lastEventId });
      this.tellState({ kind: 'live', isAnew: this.parser.lastEventId === '' });
      await this.read(body, end);
      return null;
    } catch (error) {
      this.failures++;
      return error instanceof ApiError ? error : unreachable();
    } finally {
      clearTimeout(opening);
      this.stopping.signal.removeEventListener('abort', end);
    }
  }

  private async read(body: ReadableStream<Uint8Array>, end: () => void): Promise<void> {
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let silence = setTimeout(end, LONGEST_SILENCE_MS);
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(end, LONGEST_SILENCE_MS);
        this.failures = 0;
        const messages = this.parser.push(decoder.decode(piece.value, { stream: true }));
        if (messages.length > 0) reporting(() => this.options.onMessages(messages));
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private tellState(state: StreamState): void {
    reporting(() => this.options.onState(state));
  }

  private pauseAfter(error: ApiError | null): number {
    if (error === null) return this.parser.retryMs ?? FIRST_PAUSE_MS;
    const doubled = FIRST_PAUSE_MS * 2 ** Math.min(this.failures - 1, 10);
    // Not all pages together.
    const spread = Math.min(doubled, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 2);
    return Math.max(error.retryAfterMs ?? 0, spread);
  }

  private async pause(pauseMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** What goes wrong where the page shows what it was told is no fault of the connection. */
function reporting(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    reportError(error);
  }
}
