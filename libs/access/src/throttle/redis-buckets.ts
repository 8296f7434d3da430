import { Logger } from '@nestjs/common';
import { type Clock, type RedisConnections, unlessLate } from '#libs/platform';
import { MINUTE_MS, type Taken } from './bucket.js';
import { Buckets } from './buckets.js';
import { MemoryBuckets } from './memory-buckets.js';

/** No client waits longer than this to hear that it may go on. */
const LONGEST_ANSWER_MS = 100;
/** How long Redis is left alone when it did not answer. */
const LEFT_ALONE_MS = 1_000;

/** The same sums as `takeFrom`, on Redis' clock in milliseconds; a client's key goes by itself when its bucket is full. */
const TAKE = `
local per_minute, count, minute = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local each = minute / per_minute
local before = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now), now + minute)
local after = before + count * each
local over = after - (now + minute)
local kept = after
if over > 0 then kept = before end
if over <= 0 then redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.max(1, math.ceil(after - now))) end
local left = math.floor((now + minute - kept) / each + 0.000001)
return { over <= 0 and 1 or 0, left, math.ceil(kept - now), math.ceil(math.max(0, over)) }
`;

type Answer = readonly [isAllowed: 0 | 1, left: number, fullInMs: number, thereInMs: number];

/** The allowances of the clients of all processes, in Redis; while that is away those of this process alone. */
export class RedisBuckets extends Buckets {
  private readonly logger = new Logger(RedisBuckets.name);
  private readonly local: MemoryBuckets;
  private leftAloneUntilMs = -Infinity;
  private isAway = false;

  constructor(
    private readonly redis: RedisConnections,
    private readonly clock: Clock,
  ) {
    super();
    this.local = new MemoryBuckets(clock);
  }

  override async take(client: string, perMinute: number, count: number): Promise<Taken> {
    if (!this.redis.isReady || this.clock.monotonicMs() < this.leftAloneUntilMs) {
      return this.takeLocally(client, perMinute, count);
    }
    try {
      const asked = this.redis.commands.eval(TAKE, 1, `whence:throttle:${client}`, perMinute, count, MINUTE_MS);
      const late = { longestMs: LONGEST_ANSWER_MS, error: () => new Error(`no answer in ${LONGEST_ANSWER_MS} ms`) };
      const [isAllowed, left, fullInMs, thereInMs] = (await unlessLate(asked, late)) as Answer;
      this.note(false);
      return { isAllowed: isAllowed === 1, left, fullInMs, thereInMs };
    } catch (error) {
      this.leftAloneUntilMs = this.clock.monotonicMs() + LEFT_ALONE_MS;
      return this.takeLocally(client, perMinute, count, error);
    }
  }

  private takeLocally(client: string, perMinute: number, count: number, error?: unknown): Promise<Taken> {
    this.note(true, error);
    return this.local.take(client, perMinute, count);
  }

  private note(isAway: boolean, error?: unknown): void {
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    if (isAway) {
      this.logger.warn({ msg: 'throttling without Redis: each process counts its own requests only', err: error });
    } else this.logger.log('throttling over all processes again');
  }
}
