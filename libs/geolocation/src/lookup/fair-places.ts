import { LANE_ORDER } from './lookup-order.js';

/** What a caller has waiting. */
export interface CallerQueue {
  /** See caller-turns.ts. */
  readonly turn: number;
  /** How many lookups, by the number of their lane. */
  readonly waiting: readonly number[];
}

/** Where a lookup is among those of one of its callers. */
export interface OwnPlace {
  readonly caller: string;
  /** How many of the caller's go before it, of all lanes. */
  readonly before: number;
}

/** A queue of nothing. */
export function noneWaiting(): number[] {
  return Object.keys(LANE_ORDER).map(() => 0);
}

/**
 * How many lookups go before one, with all callers taking turns: all of the lanes before its own; in its own lane those of
 * its caller that go before it, and of each other caller as many, as far as it has them. What several callers ask for comes
 * with the first of them. It counts for each, so that the number may be too large where callers share addresses.
 */
export function aheadInTurns(
  queues: ReadonlyMap<string, CallerQueue>,
  lane: number,
  ownPlaces: readonly OwnPlace[],
): number {
  return Math.min(...ownPlaces.map((place) => aheadOf(queues, lane, place)));
}

function aheadOf(queues: ReadonlyMap<string, CallerQueue>, lane: number, { caller, before }: OwnPlace): number {
  const own = queues.get(caller);
  const ownTurn = own?.turn ?? 0;
  // Where the queues were counted a moment before its place, earlier lanes may have had more.
  const beforeInLane = Math.max(0, before - sum(own?.waiting.slice(0, lane) ?? []));
  let ahead = before;
  for (const [other, { turn, waiting }] of queues) {
    if (other === caller) continue;
    const turnsBefore = beforeInLane + (turn < ownTurn ? 1 : 0);
    ahead += sum(waiting.slice(0, lane)) + Math.min(waiting[lane] ?? 0, turnsBefore);
  }
  return ahead;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
