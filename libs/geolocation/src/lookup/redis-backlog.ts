import type { Queue } from 'bull';
import type { Redis } from 'ioredis';
import type { CallsAllowed } from '../gate/request-gate.js';
import type { JobLoopOptions } from './job-loop.js';
import { CountedQueues, type QueuesByCaller } from './counted-queues.js';
import { aheadInTurns } from './fair-places.js';
import { LANE_ORDER } from './lookup-order.js';
import type { LookupJob, LookupRequest, LookupTrail, QueuePlace } from './lookup-queue.js';
import type { LookupQueueOptions } from './lookup-queue-options.js';
import { ADD, CALLER_PREFIX, CHARGE, DROP, PLACES, QUEUES, TAKE } from './redis-backlog-scripts.js';
import { slotsInTurns } from './slots-in-turns.js';

/**
 * Keys that a single caller may have in Redis; see hasRoomFor. What comes beyond stays in SQL, where the reconciler finds it
 * when there is room.
 */
const LARGEST_BACKLOG = 200_000;

/** From here to Bull it takes two commands. */
const LONGEST_WAY_MS = 2_000;

/** As long as five lookups a second have one of them: what has come and gone since makes a difference of a place or two. */
const COUNTED_FOR_MS = 200;

/** Keys in one call of a script: Redis does nothing else meanwhile. */
const KEYS_PER_CALL = 500;

/** A job as it is kept: the lane by its number. */
interface KeptJob {
  readonly address: string;
  readonly lane: number;
  readonly attempts: number;
  readonly newer: number;
  /** At least one. */
  readonly callers: readonly string[];
  readonly traces?: readonly string[];
  readonly trail?: LookupTrail;
  /** Missing in one that is asked for anew: then it is now. */
  readonly at?: string;
  readonly events?: number;
}

/** What QUEUES answers. */
type ToldQueues = [caller: string, turn: string | number, ...waiting: number[]][];
/** What PLACES answers. */
type ToldPlaces = [inBull: number, size: number, places: [delayMs: number, lane: number, ...own: OwnRanks][]];
/** Caller, how many of the caller's go before, caller, … */
type OwnRanks = (string | number)[];
const LANE_OF_BULLS = -1;
const LANE_OF_UNKNOWN = -2;

/** A job on its way through Bull, with what tells its place: it may come back from there. */
export interface PlacedJob extends LookupJob {
  readonly requestedAt?: string;
  readonly events?: number;
  readonly callers?: readonly string[];
  /** Set in one that Bull has kept for later: it has had no turn since. */
  readonly wasDelayed?: boolean;
  /** Set in one that Bull was given when it had nothing that goes before it for a probe. */
  readonly mayProbe?: boolean;
}

/** The names in Redis that the backlog shares with Bull. */
export interface BullNames {
  /** What Bull puts before a job's id. */
  readonly jobPrefix: string;
  /** Bull's list of waiting jobs. */
  readonly waitingList: string;
  /** Bull's sorted set of jobs that come again later. */
  readonly delayedSet: string;
}

/**
 * Lookups that wait in Redis for all processes: callers take turns, and of a caller's lookups the most valuable goes first.
 * Bull gets the best of them only shortly before their turn, since it cannot reorder what it has.
 */
export class RedisBacklog {
  private readonly keys: string[];
  private readonly queues: CountedQueues;

  constructor(
    private readonly redis: Redis,
    private readonly bull: BullNames,
    private readonly options: Pick<LookupQueueOptions, 'headStartMs' | 'refreshIntervalMs'>,
    private readonly largest = LARGEST_BACKLOG,
    countedForMs = COUNTED_FOR_MS,
  ) {
    this.queues = new CountedQueues(() => this.countQueues(), countedForMs);
    this.keys = [
      'whence:backlog:callers',
      'whence:backlog:lookups',
      bull.waitingList,
      'whence:backlog:refreshed',
      'whence:backlog:on-the-way',
      'whence:backlog:yielding',
      bull.delayedSet,
      'whence:backlog:turns',
    ];
  }

  async add(requests: readonly LookupRequest[], mode: 'request' | 'restore'): Promise<void> {
    for (let start = 0; start < requests.length; start += KEYS_PER_CALL) {
      await this.addPage(requests.slice(start, start + KEYS_PER_CALL).flatMap(toArguments), mode);
    }
  }

  /** Puts a job that Bull no longer has back to its place, from where it leaves the next probes to the others. */
  async yield(job: PlacedJob): Promise<void> {
    await this.addPage([job.key, job.events ?? 1, JSON.stringify(toKept(job))], 'yield');
  }

  /** Removes the best and returns them, where Bull has fewer than so many waiting jobs. */
  async take(waitingInBull: number, allowed: CallsAllowed): Promise<PlacedJob[]> {
    const taken = (await this.run(TAKE, [
      waitingInBull,
      LANE_ORDER.refresh,
      Math.ceil(this.options.refreshIntervalMs),
      LONGEST_WAY_MS,
      allowed === 'probe' ? 1 : 0,
    ])) as string[];
    const jobs: PlacedJob[] = [];
    for (let index = 0; index < taken.length; index += 2) {
      const job = fromKept(taken[index], JSON.parse(taken[index + 1]) as KeptJob);
      jobs.push({ ...job, mayProbe: allowed === 'probe' });
    }
    return jobs;
  }

  /** Says that Bull brings a job again whose turn it was not. */
  async charge({ callers = [''] }: PlacedJob): Promise<void> {
    await this.run(CHARGE, [...callers]);
  }

  /** Says that Bull has them now. */
  async arrived(keys: readonly string[]): Promise<void> {
    await this.redis.zrem(this.keys[4], ...keys);
  }

  /** The keys that wait here, page by page. */
  async *pages(): AsyncGenerator<string[]> {
    for (let cursor = ''; cursor !== '0';) {
      const [next, found] = await this.redis.hscan(this.keys[1], cursor || '0', 'COUNT', KEYS_PER_CALL);
      cursor = next;
      yield found.filter((_text, index) => index % 2 === 0);
    }
  }

  /** Removes keys that wait here. */
  async drop(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += KEYS_PER_CALL) {
      await this.run(DROP, keys.slice(start, start + KEYS_PER_CALL));
    }
  }

  async size(): Promise<number> {
    return this.redis.hlen(this.keys[1]);
  }

  /**
   * Jobs that wait here, in the order in which they are taken: so many, after the first `start`. A key of several callers may
   * be on several pages.
   */
  async page(start: number, count: number): Promise<PlacedJob[]> {
    const queueOf = await this.countQueues();
    const reading = this.redis.pipeline();
    for (const { caller, rank } of slotsInTurns(queueOf, start, count)) {
      reading.zrange(CALLER_PREFIX + caller, rank, rank);
    }
    const found = (await reading.exec()) ?? [];
    const keys = [...new Set(found.flatMap(([, members]) => members as string[]))];
    const jobs = await Promise.all(keys.map((key) => this.find(key)));
    return jobs.filter((job) => job !== null);
  }

  /** The job of a key that waits here, else null. */
  async find(key: string): Promise<PlacedJob | null> {
    const text = await this.redis.hget(this.keys[1], key);
    return text === null ? null : fromKept(key, JSON.parse(text) as KeptJob);
  }

  /** What other callers have waiting is told as it was a moment ago. */
  async places(keys: readonly string[]): Promise<Map<string, QueuePlace>> {
    const [queueOf, told] = await Promise.all([this.queues.get(), this.run(PLACES, [this.bull.jobPrefix, ...keys])]);
    const [inBull, size, places] = told as ToldPlaces;
    return new Map(
      keys.map((key, index) => {
        const [delayMs = 0, lane = 0, ...own] = places[index] ?? [];
        return [key, { ahead: ahead({ inBull, size, queueOf }, lane, own), delayMs }];
      }),
    );
  }

  private async countQueues(): Promise<QueuesByCaller> {
    const queues = (await this.run(QUEUES, [Object.keys(LANE_ORDER).length])) as ToldQueues;
    return new Map(queues.map(([caller, turn, ...waiting]) => [caller, { turn: Number(turn), waiting }]));
  }

  private async addPage(page: readonly (string | number)[], mode: 'request' | 'restore' | 'yield'): Promise<void> {
    await this.run(ADD, [this.bull.jobPrefix, this.options.headStartMs, this.largest, mode, ...page]);
  }

  private run(script: string, parameters: readonly (string | number)[]): Promise<unknown> {
    return this.redis.eval(script, this.keys.length, ...this.keys, ...parameters);
  }
}

function toArguments(request: LookupRequest): (string | number)[] {
  const { key, address, events, lane = 'waiting', attempts = 0, newerThanMs = 0, caller = '', traces } = request;
  const job: KeptJob = { address, lane: LANE_ORDER[lane], attempts, newer: newerThanMs, callers: [caller], traces };
  return [key, events, JSON.stringify(job)];
}

function toKept({ lane, newerThanMs, callers = [''], requestedAt, ...job }: PlacedJob): KeptJob {
  const { address, attempts, traces, trail } = job;
  return { address, lane: LANE_ORDER[lane], attempts, newer: newerThanMs, callers, traces, trail, at: requestedAt };
}

function fromKept(key: string, kept: KeptJob): PlacedJob {
  const { address, lane, attempts, newer, callers, traces, trail, at, events } = kept;
  return {
    key,
    address,
    lane: (['waiting', 'again', 'refresh'] as const)[lane] ?? 'waiting',
    attempts,
    newerThanMs: newer,
    callers,
    traces,
    trail,
    requestedAt: at,
    events,
  };
}

function ahead(told: { inBull: number; size: number; queueOf: QueuesByCaller }, lane: number, own: OwnRanks): number {
  if (lane === LANE_OF_BULLS) return 0;
  if (lane === LANE_OF_UNKNOWN) return told.inBull + told.size;
  const ownPlaces = [];
  for (let index = 0; index < own.length; index += 2) {
    ownPlaces.push({ caller: String(own[index]), before: Number(own[index + 1]) });
  }
  return told.inBull + Math.min(told.size, aheadInTurns(told.queueOf, lane, ownPlaces));
}

/** The names that a queue of Bull's has. */
export function bullNames(queue: Queue): BullNames {
  return { jobPrefix: queue.toKey(''), waitingList: queue.toKey('wait'), delayedSet: queue.toKey('delayed') };
}

/** Waiting jobs that Bull is given ahead, over all processes: enough that none waits for the next, and no more. */
export function waitingInBull({ ahead }: JobLoopOptions): number {
  return ahead + 1;
}
