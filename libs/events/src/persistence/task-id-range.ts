/**
 * A task id tells the time at which it was made, which is when the event was received. Only almost: the two are read from
 * the clock one after the other, and while a clock that was set back catches up, ids go on from where they were.
 */
const LARGEST_DIFFERENCE_MS = 5 * 60_000;
const LARGEST_TIME_MS = 2 ** 48 - 1;

/** Between which task ids all events lie that were received in a range, and some others: compare their times too. */
export function taskIdRange(range: { receivedFromMs: number | null; receivedToMs: number | null }): {
  readonly from: string;
  readonly to: string;
} {
  const { receivedFromMs, receivedToMs } = range;
  return {
    from: receivedFromMs === null ? '' : firstTaskIdAt(receivedFromMs - LARGEST_DIFFERENCE_MS),
    to: receivedToMs === null ? 'g' : firstTaskIdAt(receivedToMs + LARGEST_DIFFERENCE_MS),
  };
}

/** What every UUID version 7 from this millisecond on is greater than, as text. */
export function firstTaskIdAt(timeMs: number): string {
  const hex = Math.min(Math.max(timeMs, 0), LARGEST_TIME_MS).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** When the id was made. */
export function timeOfTaskId(taskId: string): number {
  return Number.parseInt(taskId.slice(0, 8) + taskId.slice(9, 13), 16);
}
