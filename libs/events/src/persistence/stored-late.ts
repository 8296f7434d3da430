import type { StoredEvent } from '../domain/event.js';

/**
 * An event whose insert begins later than this after its receipt is stored late. One that begins earlier is committed in
 * time, as submissions time out after another four seconds.
 */
export const STORED_LATE_AFTER_MS = 4_000;

/** When an event is stored late, or null where it is not. Epoch milliseconds. */
export type StoredLateAt = (event: StoredEvent) => number | null;

/** For an insert that begins now. */
export function storedLateBy(nowMs: number): StoredLateAt {
  return ({ receivedAtMs }) => (nowMs - receivedAtMs > STORED_LATE_AFTER_MS ? nowMs : null);
}
