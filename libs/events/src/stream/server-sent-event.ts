import type { EventDto } from '../fetch/event.dto.js';
import { encodePosition, type StreamPosition } from './stream-position.js';

/** How soon a client that lost its stream comes back. All lose theirs together at times, and should not return so. */
const SHORTEST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5_000;

/** What the stream calls what happened to an event. */
export type StreamEventName = 'accepted' | 'located' | 'unlocatable' | 'failed';

/** One message, as https://html.spec.whatwg.org/multipage/server-sent-events.html has it. JSON has no line ends. */
export function serverSentEvent(name: StreamEventName, event: EventDto, position: StreamPosition): Buffer {
  return Buffer.from(`event: ${name}\nid: ${encodePosition(position)}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** How a stream begins: with a place to come back to, also where nothing happens. */
export function streamStart(position: StreamPosition): Buffer {
  const retryMs = Math.round(SHORTEST_RETRY_MS + Math.random() * (LONGEST_RETRY_MS - SHORTEST_RETRY_MS));
  return Buffer.from(`retry: ${retryMs}\nid: ${encodePosition(position)}\n\n`);
}

/** For a client that is about to lose its stream. */
export function placeToComeBackTo(position: StreamPosition): Buffer {
  return Buffer.from(`id: ${encodePosition(position)}\n\n`);
}

/** Keeps proxies from closing an idle stream. An id without data is remembered by clients and makes no event. */
export function heartbeat(position: StreamPosition): Buffer {
  return Buffer.from(`: heartbeat\nid: ${encodePosition(position)}\n\n`);
}
