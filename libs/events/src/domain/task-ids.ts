import { newTimeOrderedId } from '#libs/platform';

/** The last 64 bits of a UUID: two bits of variant, then 62 that version 7 leaves to chance, here a counter. */
const COUNTER_DIGITS = 16;
const VARIANT_BIT = 1n << 62n;
/** The top bit of those 62. Clear at the start, so that no run of any length in use can reach the variant. */
const TOP_BIT = 1n << 61n;

/** A new id that others can follow: `taskIdsFrom` counts on from it. */
export function firstTaskId(): string {
  const [head, counter] = split(newTimeOrderedId());
  return join(head, counter & ~TOP_BIT);
}

/**
 * So many consecutive ids from the first on: UUIDs of version 7 whose random bits are a counter (RFC 9562, section 6.2,
 * method 2). To know the first and the number is to know them all.
 * @param first from `firstTaskId`
 * @throws RangeError for another id that leaves no room for the run
 */
export function taskIdsFrom(first: string, count: number): string[] {
  const [head, counter] = split(first);
  const isRoomLeft = (counter & (VARIANT_BIT - 1n)) + BigInt(count) <= VARIANT_BIT;
  if (!isRoomLeft) throw new RangeError(`no run of ${count} ids starts at ${first}`);
  return Array.from({ length: count }, (_, index) => join(head, counter + BigInt(index)));
}

function split(taskId: string): [head: string, counter: bigint] {
  const digits = taskId.replaceAll('-', '');
  return [digits.slice(0, COUNTER_DIGITS), BigInt(`0x${digits.slice(COUNTER_DIGITS)}`)];
}

function join(head: string, counter: bigint): string {
  const tail = counter.toString(16).padStart(COUNTER_DIGITS, '0');
  return [head.slice(0, 8), head.slice(8, 12), head.slice(12), tail.slice(0, 4), tail.slice(4)].join('-');
}
