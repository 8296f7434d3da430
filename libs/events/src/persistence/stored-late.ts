import type { StoredEvent } from '../domain/event.js';

/**
 * An event whose insert is asked for later than this after its receipt is stored late, as under an id that was reserved
 * before. What is asked for earlier is committed in time where its submission was answered with 202, which waits no longer
 * than another four seconds. A submission that was refused then may be committed later still, as nothing cancels a
 * statement: such an event is told to those who listen, but it may be missed by those who come back.
 */
export const STORED_LATE_AFTER_MS = 4_000;

/** When an event is stored late, or null where it is not. Epoch milliseconds. */
export type StoredLateAt = (event: StoredEvent) => number | null;

/** For an insert that is asked for now. */
export function storedLateBy(nowMs: number): StoredLateAt {
  return ({ receivedAtMs }) => (nowMs - receivedAtMs > STORED_LATE_AFTER_MS ? nowMs : null);
}
