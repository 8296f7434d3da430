import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Clock, type RedisConnections, unlessAborted } from '#libs/platform';
import { MINUTE_MS, type Taken } from './bucket.js';
import { Buckets } from './buckets.js';
import { MemoryBuckets, MOST_CLIENTS } from './memory-buckets.js';

/** No client waits longer than this to hear that it may go on. */
const LONGEST_ANSWER_MS = 100;
/** How long Redis is left alone when it did not answer. */
const LEFT_ALONE_MS = 1_000;

/**
 * The same sums as `takeFrom`, on Redis' clock in milliseconds; a client's key goes by itself when its bucket is full. What is
 * owed is taken first, allowed or not: as much as is there, or less than nothing, which is given back.
 */
const TAKE = `
local per_minute, count, minute, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local each = minute / per_minute
local known = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local before = math.min(math.max(known + owed * each, now), now + minute)
local after = before + count * each
local over = after - (now + minute)
local kept = after
if over > 0 then kept = before end
if kept > now then redis.call('SET', KEYS[1], string.format('%.3f', kept), 'PX', math.max(1, math.ceil(kept - now))) end
local left = math.floor((now + minute - kept) / each + 0.000001)
return { over <= 0 and 1 or 0, left, math.ceil(kept - now), math.ceil(math.max(0, over)) }
`;

type Answer = readonly [isAllowed: 0 | 1, left: number, fullInMs: number, thereInMs: number];

/** One client's wish for some of its allowance. */
interface Wish {
  readonly client: string;
  readonly perMinute: number;
  readonly count: number;
}

/**
 * The allowances of the clients of all processes, in Redis. While that is away, or too slow, each process goes on by itself from
 * what it last heard of all, and Redis is told afterwards what was let through meanwhile.
 */
export class RedisBuckets extends Buckets {
  private readonly logger = new Logger(RedisBuckets.name);
  private readonly local: MemoryBuckets;
  /** By client, what this process let through and Redis has not counted; less than 0 where that has counted what was refused. */
  private readonly owed = new LRUCache<string, number>({ max: MOST_CLIENTS });
  private leftAloneUntilMs = -Infinity;
  private isAway = false;

  constructor(
    private readonly redis: RedisConnections,
    private readonly clock: Clock,
    private readonly longestAnswerMs = LONGEST_ANSWER_MS,
  ) {
    super();
    this.local = new MemoryBuckets(clock);
  }

  override async take(client: string, perMinute: number, count: number): Promise<Taken> {
    const wish = { client, perMinute, count };
    if (!this.redis.isReady || this.clock.monotonicMs() < this.leftAloneUntilMs) {
      const taken = await this.takeLocally(wish);
      if (taken.isAllowed) this.owe(client, count);
      return taken;
    }
    const owed = this.owed.get(client) ?? 0;
    this.owed.delete(client);
    const asked = this.ask(wish, owed);
    try {
      const taken = await unlessLate(asked, this.longestAnswerMs);
      this.note(false);
      return taken;
    } catch (error) {
      this.leftAloneUntilMs = this.clock.monotonicMs() + LEFT_ALONE_MS;
      const taken = await this.takeLocally(wish, error);
      this.settleLater(asked, wish, owed, taken);
      return taken;
    }
  }

  private async ask({ client, perMinute, count }: Wish, owed: number): Promise<Taken> {
    const key = `whence:throttle:${client}`;
    const answer = await this.redis.commands.eval(TAKE, 1, key, perMinute, count, MINUTE_MS, owed);
    const [isAllowed, left, fullInMs, thereInMs] = answer as Answer;
    this.local.learn(client, fullInMs);

    return { isAllowed: isAllowed === 1, left, fullInMs, thereInMs };
  }

  /** Redis does late what it was asked for, or not at all: what it has counted by then must not count twice. */
  private settleLater(asked: Promise<Taken>, { client, count }: Wish, owed: number, local: Taken): void {
    const letThrough = local.isAllowed ? count : 0;
    asked.then(
      ({ isAllowed }) => this.owe(client, letThrough - (isAllowed ? count : 0)),
      () => this.owe(client, owed + letThrough),
    );
  }

  private owe(client: string, count: number): void {
    if (count !== 0) this.owed.set(client, (this.owed.get(client) ?? 0) + count);
  }

  private takeLocally({ client, perMinute, count }: Wish, error?: unknown): Promise<Taken> {
    this.note(true, error);
    return this.local.take(client, perMinute, count);
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

/**
 * The answer, if it comes in time. What has arrived while this process was busy is in time, however long that took: Node calls
 * timers before it reads what has arrived, and only then what is left for immediately.
 */
async function unlessLate(asked: Promise<Taken>, longestMs: number): Promise<Taken> {
  const late = new AbortController();
  const giveUp = () => late.abort(new Error(`no answer in ${longestMs} ms`));
  const timer = setTimeout(() => setImmediate(giveUp), longestMs);
  try {
    return await unlessAborted(asked, late.signal);
  } finally {
    clearTimeout(timer);
  }
}
