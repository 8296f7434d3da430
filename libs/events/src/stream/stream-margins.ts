import { STORED_LATE_AFTER_MS } from '../persistence/stored-late.js';

/** How far the clocks of processes may be apart. */
export const CLOCKS_DIFFER_MS = 2_000;
/**
 * Commits overtake each other: an event may be stored this long after one that was received later. Two timeouts of a
 * submission; what is stored later than that says so in its row.
 */
export const COMMITTED_WITHIN_MS = STORED_LATE_AFTER_MS + 4_000 + CLOCKS_DIFFER_MS;
/** From when a write of outcomes begins, which is the time it gives them, until it is committed: it may wait for others. */
export const SETTLED_WITHIN_MS = 60_000;
/** An id is made before its event is received, at times by a process that is very busy. */
export const ID_OLDER_BY_MS = 60_000;
