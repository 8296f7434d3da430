import type { CallerTurns } from './caller-turns.js';
import { aheadInTurns, type CallerQueue, noneWaiting } from './fair-places.js';
import { LANE_ORDER } from './lookup-order.js';
import type { LookupJob } from './lookup-queue.js';

/** What an entry's place follows from. */
interface RankedEntry {
  readonly job: Pick<LookupJob, 'lane'>;
  readonly callers: readonly string[];
  readonly score: number;
}

interface CountedQueue extends CallerQueue {
  readonly waiting: number[];
  /** The different scores that are asked about, ascending. */
  readonly asked: Float64Array;
  /** At each index those that go before that score and not before the one to its left; a last one for the rest. */
  readonly between: Uint32Array;
  /** At each index all that go before that score; missing until it is asked for. */
  before?: Uint32Array;
}

/**
 * Tells how many go before entries of a backlog. Looks at each entry once and sorts only the scores asked about: people fetch
 * far more often than lookups are taken.
 */
export class BacklogRanks {
  private readonly queues = new Map<string, CountedQueue>();
  private readonly askedScores = new Map<string, Set<number>>();

  constructor(
    private readonly turns: CallerTurns,
    asked: readonly RankedEntry[],
  ) {
    for (const { callers, score } of asked) {
      for (const caller of callers) {
        const scores = this.askedScores.get(caller);
        if (scores === undefined) this.askedScores.set(caller, new Set([score]));
        else scores.add(score);
      }
    }
  }

  /** To be called for each entry of the backlog, before any place is asked for. */
  count({ job, callers, score }: RankedEntry): void {
    for (const caller of callers) {
      const { waiting, asked, between } = this.queueOf(caller);
      const lane = LANE_ORDER[job.lane];
      waiting[lane] = (waiting[lane] ?? 0) + 1;
      between[firstIndexAbove(asked, score)]++;
    }
  }

  ahead({ job, callers, score }: RankedEntry): number {
    const ownPlaces = callers.map((caller) => ({ caller, before: this.rank(caller, score) }));
    return aheadInTurns(this.queues, LANE_ORDER[job.lane], ownPlaces);
  }

  private rank(caller: string, score: number): number {
    const queue = this.queueOf(caller);
    queue.before ??= cumulated(queue.between);
    return queue.before[firstIndexAbove(queue.asked, score) - 1] ?? 0;
  }

  private queueOf(caller: string): CountedQueue {
    const known = this.queues.get(caller);
    if (known !== undefined) return known;
    const asked = Float64Array.from(this.askedScores.get(caller) ?? []).sort();
    const queue: CountedQueue = {
      turn: this.turns.of(caller),
      waiting: noneWaiting(),
      asked,
      between: new Uint32Array(asked.length + 1),
    };
    this.queues.set(caller, queue);
    return queue;
  }
}

function cumulated(counts: Uint32Array): Uint32Array {
  let total = 0;
  return counts.map((count) => (total += count));
}

function firstIndexAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
