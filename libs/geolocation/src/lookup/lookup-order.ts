import type { LookupLane } from './lookup-queue.js';

/** How much earlier a key with twice the waiting events counts as asked for. */
export const HEAD_START_MS = 30_000;

/** So many callers at most have a key among their own, which each costs an entry; the others wait with them. */
export const MOST_CALLERS_OF_A_KEY = 16;

/** So many traces at most are told of a lookup that they wait for. */
export const MOST_TRACES_OF_A_KEY = 8;

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
 * Whether a backlog has room for one more key of a caller: the fuller it is, the fewer keys a single one may hold, so that
 * one who fills it leaves room for others (dynamic thresholds: Choudhury, Hahne, IEEE/ACM Transactions on Networking 1998).
 * @param held the caller's keys
 * @param size all keys
 * @param largest how many a single caller may hold who is alone; all together never hold a quarter more
 */
export function hasRoomFor(held: number, size: number, largest: number): boolean {
  return held < 4 * (1.25 * largest - size);
}

/**
 * A lookup's place among those of its caller; the smallest goes first. Within a lane it is the time of the first request,
 * earlier by the head start for each doubling of the events that wait. It ages by itself: what was asked for later than a lone event
 * goes before it only if its events outweigh the time in between, which they can for ten minutes at the very most
 * (30 s × log2 of a million events). Beyond that a lone event waits no longer than if its caller's lookups were first come first served.
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
