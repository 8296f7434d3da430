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
/**
 * An outcome of an event that was stored late is told as accepted too where it was stored no longer than this before the
 * position: it may lie between the position from which a client began and the one at which it was cut off while it read.
 */
export const ACCEPTED_AGAIN_WITHIN_MS = 7 * 24 * 3_600_000;
