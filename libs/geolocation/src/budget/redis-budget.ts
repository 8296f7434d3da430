import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Clock } from '#libs/platform';
import { RequestBudget, WINDOW_MARGIN_MS, WINDOW_MS } from './request-budget.js';

/**
 * Gives a permit or says how many microseconds to wait, by Redis' clock. The log holds the run id of the server and the
 * times of the last N permits. Where it is missing, is another server's (restarted from an older snapshot, failed over),
 * has another length (the setting changed) or lies in the future (the clock was set back), all N count as given now.
 */
const TAKE_PERMIT = `
local max, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return pause * 1000 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local log = redis.call('LRANGE', KEYS[1], 0, -1)
local stamp = string.format('%.0f', now)
if #log ~= max + 1 or log[1] ~= run or tonumber(log[#log]) > now then
  redis.call('DEL', KEYS[1])
  redis.call('RPUSH', KEYS[1], run)
  for _ = 1, max do redis.call('RPUSH', KEYS[1], stamp) end
  return window
end
local wait = tonumber(log[2]) + window - now
if wait > 0 then return wait end
redis.call('LPOP', KEYS[1], 2)
redis.call('LPUSH', KEYS[1], run)
redis.call('RPUSH', KEYS[1], stamp)
return 0
`;

/**
 * A permit that took this much longer to arrive than the fastest one is thrown away: its request would leave later than
 * it counts. What all permits take alike, the way to Redis and back, does not bring two requests closer together.
 */
const STALE_PERMIT_MS = WINDOW_MARGIN_MS - 5;

/** The budget of any number of processes, atomic in one Redis script. While Redis is away nobody gets a permit. */
export class RedisBudget extends RequestBudget {
  private queue: Promise<void> = Promise.resolve();
  private fastestAnswerMs = Infinity;

  constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
    private readonly requestsPerSecond: number,
    private readonly keyPrefix = 'whence:budget',
  ) {
    super();
  }

  override async acquire(signal: AbortSignal): Promise<void> {
    const turn = this.queue.then(() => this.takePermit(signal));
    this.queue = turn.catch(() => {});
    return turn;
  }

  override async pauseFor(durationMs: number): Promise<void> {
    await this.redis.set(`${this.keyPrefix}:pause`, '1', 'PX', Math.max(1, Math.ceil(durationMs)));
  }

  private async takePermit(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const askedAtMs = this.clock.monotonicMs();
      const waitMicroseconds = await this.askRedis();
      const answerMs = this.clock.monotonicMs() - askedAtMs;
      this.fastestAnswerMs = Math.min(this.fastestAnswerMs, answerMs);
      if (waitMicroseconds <= 0) {
        if (answerMs - this.fastestAnswerMs <= STALE_PERMIT_MS) return;
        continue;
      }
      await sleep(Math.ceil(waitMicroseconds / 1000), undefined, { signal });
    }
  }

  private async askRedis(): Promise<number> {
    const keys = [`${this.keyPrefix}:permits`, `${this.keyPrefix}:pause`];
    return Number(await this.redis.eval(TAKE_PERMIT, 2, ...keys, this.requestsPerSecond, WINDOW_MS * 1000));
  }
}
