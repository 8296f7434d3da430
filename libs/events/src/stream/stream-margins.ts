/** How far the clocks of processes may be apart. */
export const CLOCKS_DIFFER_MS = 2_000;
/** Commits overtake each other: an event may be stored this long after one that was received later. Two timeouts of a submission. */
export const COMMITTED_WITHIN_MS = 8_000 + CLOCKS_DIFFER_MS;
/** From when a write of outcomes begins, which is the time it gives them, until it is committed: it may wait for others. */
export const SETTLED_WITHIN_MS = 60_000;
/** An id may be older than its event: it was reserved for a request that was repeated, or the clock was set back. */
export const ID_OLDER_BY_MS = 60_000;
