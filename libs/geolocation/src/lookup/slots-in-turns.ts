import type { CallerQueue } from './fair-places.js';
import { LANE_ORDER } from './lookup-order.js';

/** A place among the lookups of a caller: the first has rank 0. */
export interface Slot {
  readonly caller: string;
  readonly rank: number;
}

/** A caller's lookups of one lane: so many, after the ones of earlier lanes. */
interface Line {
  readonly caller: string;
  readonly first: number;
  readonly length: number;
}

/**
 * Whose lookups are next, and the how manieth of theirs: a page of the order in which they are taken, should nothing else be
 * asked for meanwhile. Lane by lane, callers take turns. What several callers ask for has a place with each.
 * @param start how many places to leave out
 * @param count how many there are on the page at most
 */
export function slotsInTurns(queues: ReadonlyMap<string, CallerQueue>, start: number, count: number): Slot[] {
  const slots: Slot[] = [];
  let toSkip = start;
  for (const lane of Object.values(LANE_ORDER)) {
    const lines = linesOf(queues, lane);
    const total = lines.reduce((sum, { length }) => sum + length, 0);
    if (toSkip < total) slots.push(...slotsOf(lines, toSkip, count - slots.length));
    toSkip = Math.max(0, toSkip - total);
  }
  return slots;
}

/** In the order of their turns. */
function linesOf(queues: ReadonlyMap<string, CallerQueue>, lane: number): Line[] {
  return [...queues]
    .toSorted(([one, { turn }], [other, { turn: otherTurn }]) => turn - otherTurn || (one < other ? -1 : 1))
    .map(([caller, { waiting }]) => ({
      caller,
      first: waiting.slice(0, lane).reduce((sum, number) => sum + number, 0),
      length: waiting[lane] ?? 0,
    }))
    .filter(({ length }) => length > 0);
}

function slotsOf(lines: readonly Line[], start: number, count: number): Slot[] {
  const slots: Slot[] = [];
  let toSkip = start;
  let round = 0;
  // Between two lengths each round has the same callers.
  for (const end of [...new Set(lines.map(({ length }) => length))].toSorted((one, other) => one - other)) {
    const still = lines.filter(({ length }) => length > round);
    const skippedRounds = Math.min(end - round, Math.floor(toSkip / still.length));
    toSkip -= skippedRounds * still.length;
    for (round += skippedRounds; round < end; round++) {
      for (const { caller, first } of still.slice(toSkip)) {
        if (slots.length >= count) return slots;
        slots.push({ caller, rank: first + round });
      }
      toSkip = 0;
    }
  }
  return slots;
}
