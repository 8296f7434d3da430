import type { LookupLane } from './lookup-queue.js';

/** How much earlier a key with twice the waiting events counts as asked for. */
export const HEAD_START_MS = 30_000;

/** Events beyond this many bring no further head start: a bound for how long a lone event can be overtaken. */
export const MOST_EVENTS_COUNTED = 2 ** 20;

/** Further apart than any two times are. */
export const LANE_WIDTH_MS = 1e14;

/** Refreshes use at most a fifth of the budget, and only when nothing else waits. */
export function refreshIntervalMs(requestsPerSecond: number): number {
  return 5_000 / requestsPerSecond;
}

export const LANE_ORDER: Readonly<Record<LookupLane, number>> = { waiting: 0, again: 1, refresh: 2 };

/**
 * A lookup's place in the order; the smallest goes first. Within a lane it is the time of the first request, earlier by
 * the head start for each doubling of the events that wait. It ages by itself: what was asked for later than a lone event
 * goes before it only if its events outweigh the time in between, which they can for ten minutes at the very most
 * (30 s × log2 of a million events). Beyond that a lone event waits no longer than first come first served.
 * @param requestedAtMs when the key was first asked for
 * @param events how many events wait for it
 */
export function lookupScore(
  lane: LookupLane,
  requestedAtMs: number,
  events: number,
  headStartMs = HEAD_START_MS,
): number {
  const counted = Math.min(MOST_EVENTS_COUNTED, Math.max(1, events));
  return LANE_ORDER[lane] * LANE_WIDTH_MS + requestedAtMs - headStartMs * Math.log2(counted);
}
