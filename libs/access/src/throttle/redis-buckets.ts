import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { type Clock, type RedisConnections, SENT_ONCE, unlessAborted } from '#libs/platform';
import type { Taken } from './bucket.js';
import { Buckets } from './buckets.js';
import { MemoryBuckets } from './memory-buckets.js';
import { OwedCounts } from './owed-counts.js';
import { type EqualTakes, parametersFor, TAKE_ALL, takenFrom } from './redis-bucket-script.js';

/**
 * No call to Redis is waited for longer. Who comes while one is under way waits for that and for their own, and before their own
 * for those of whoever came earlier, where they are more than one takes: each of them answers in this time, or all go on alone.
 */
const LONGEST_ANSWER_MS = 100;
/** How long Redis is left alone when it did not answer. */
const LEFT_ALONE_MS = 1_000;
/** So many are asked for at once at most: a script holds up all that use Redis. */
const LARGEST_GROUP = 500;

/** One client's wish for some of its allowance. */
interface Wish {
  readonly client: string;
  readonly perMinute: number;
  readonly count: number;
  readonly resolve: (taken: Taken) => void;
}

interface Entry extends EqualTakes {
  readonly wishes: readonly Wish[];
}

/**
 * The allowances of the clients of all processes, in Redis. While that is away, or too slow, each process goes on by itself from
 * what it last heard of all, and Redis is told afterwards what was let through meanwhile. One call to Redis is under way at
 * a time, and requests that come meanwhile share the next: a call for each would cost as much as half of the answer. Calls are
 * sent once: what a connection breaks off Redis may have counted or not, and it is told again.
 */
export class RedisBuckets extends Buckets {
  private readonly logger = new Logger(RedisBuckets.name);
  private readonly local: MemoryBuckets;
  private readonly owed: OwedCounts;
  /** Its own: commands of others are sent again, and might then count twice, or a long time after. */
  private readonly redis: Redis;
  private readonly waiting: Wish[] = [];
  private isAsking = false;
  private leftAloneUntilMs = -Infinity;
  private isAway = false;

  constructor(
    connections: RedisConnections,
    private readonly clock: Clock,
    private readonly longestAnswerMs = LONGEST_ANSWER_MS,
  ) {
    super();
    this.local = new MemoryBuckets(clock);
    this.owed = new OwedCounts(clock, this.local);
    this.redis = connections.open(SENT_ONCE);
  }

  override take(client: string, perMinute: number, count: number): Promise<Taken> {
    return new Promise((resolve) => {
      const wish = { client, perMinute, count, resolve };
      if (this.redis.status !== 'ready' || this.clock.monotonicMs() < this.leftAloneUntilMs)
        return this.goOnAlone(wish);
      this.waiting.push(wish);
      this.askSoon();
    });
  }

  /** From what all processes together had let through when this one last asked. */
  override lookAt(client: string, perMinute: number): Taken {
    return this.local.lookAt(client, perMinute);
  }

  /** A turn of the event loop later: what arrives meanwhile goes along. */
  private askSoon(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    setImmediate(() => void this.askForAll());
  }

  private async askForAll(): Promise<void> {
    while (this.waiting.length > 0) await this.askFor(this.waiting.splice(0, LARGEST_GROUP));
    this.isAsking = false;
  }

  private async askFor(wishes: readonly Wish[]): Promise<void> {
    const entries = this.entriesOf(wishes);
    const asked = this.ask(entries);
    try {
      const taken = await unlessRedisIsLate(asked, this.longestAnswerMs);
      this.note(false);
      for (const [index, entry] of entries.entries()) answer(entry, taken[index] ?? []);
    } catch (error) {
      this.note(true, error);
      this.leftAloneUntilMs = this.clock.monotonicMs() + LEFT_ALONE_MS;
      // Whoever waits behind them would wait as long in vain.
      for (const wish of this.waiting.splice(0)) this.goOnAlone(wish);
      for (const [index, entry] of entries.entries()) this.settleLater(asked, entry, index);
    }
  }

  private entriesOf(wishes: readonly Wish[]): Entry[] {
    return alike(wishes).map((ofOne) => {
      const [{ client, perMinute, count }] = ofOne;
      const owed = this.owed.takeAll(client, perMinute);
      return { client, perMinute, count, times: ofOne.length, owed, wishes: ofOne };
    });
  }

  private async ask(entries: readonly Entry[]): Promise<Taken[][]> {
    const { keys, numbers } = parametersFor(entries);
    const answers = await this.redis.eval(TAKE_ALL, keys.length, ...keys, ...numbers);
    const taken = takenFrom(entries, answers as string[]);
    for (const [index, { client }] of entries.entries()) this.local.learn(client, taken[index]?.at(-1)?.fullInMs ?? 0);
    return taken;
  }

  /** Redis answers late, and what it has counted by then must not count twice; or nobody knows whether it has counted. */
  private settleLater(asked: Promise<Taken[][]>, entry: Entry, index: number): void {
    const { client, perMinute, owed, count, wishes } = entry;
    const taken = wishes.map((wish) => this.takeLocally(wish));
    answer(entry, taken);
    const letThrough = count * allowedOf(taken);
    asked.then(
      (counted) => this.owed.add(client, perMinute, letThrough - count * allowedOf(counted[index] ?? [])),
      () => this.owed.add(client, perMinute, owed + letThrough),
    );
  }

  private goOnAlone(wish: Wish): void {
    this.note(true);
    const taken = this.takeLocally(wish);
    if (taken.isAllowed) this.owed.add(wish.client, wish.perMinute, wish.count);
    wish.resolve(taken);
  }

  private takeLocally({ client, perMinute, count }: Wish): Taken {
    return this.local.takeNow(client, perMinute, count);
  }

  private note(isAway: boolean, error?: unknown): void {
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    if (isAway) {
      this.logger.warn({
        msg: 'throttling without Redis: each process goes on by itself from what it last heard',
        err: error,
      });
    } else this.logger.log('throttling over all processes again');
  }
}

/** Wishes by whose they are and how large. */
function alike(wishes: readonly Wish[]): [Wish, ...Wish[]][] {
  const groups = new Map<string, [Wish, ...Wish[]]>();
  for (const wish of wishes) {
    const kind = `${wish.perMinute} ${wish.count} ${wish.client}`;
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [wish]);
    else group.push(wish);
  }
  return [...groups.values()];
}

function answer({ wishes }: Entry, taken: readonly Taken[]): void {
  for (const [index, { resolve }] of wishes.entries()) resolve(taken[index]);
}

function allowedOf(taken: readonly Taken[]): number {
  return taken.filter(({ isAllowed }) => isAllowed).length;
}

/**
 * The answer, if it comes in time. What has arrived while this process was busy is in time, however long that took: Node calls
 * timers before it reads what has arrived, and only then what is left for immediately.
 */
async function unlessRedisIsLate<Answer>(asked: Promise<Answer>, longestMs: number): Promise<Answer> {
  const late = new AbortController();
  const giveUp = () => late.abort(new Error(`no answer in ${longestMs} ms`));
  const timer = setTimeout(() => setImmediate(giveUp), longestMs);
  try {
    return await unlessAborted(asked, late.signal);
  } finally {
    clearTimeout(timer);
  }
}
