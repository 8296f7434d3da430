import type { Redis } from 'ioredis';
import { type Clock, pause } from '#libs/platform';
import { RequestBudget, WINDOW_MARGIN_MS, WINDOW_MS } from './request-budget.js';

/**
 * Gives a permit or says how many microseconds to wait, by Redis' clock. The log holds the times of the latest permits;
 * with a budget of N the N-th latest must be a window ago. Where the log is missing, is another run's of the server
 * (restarted from an older snapshot, failed over) or lies in the future (the clock was set back), N count as given now;
 * where it is shorter than N (the setting was raised), the missing ones do. It keeps more than N for processes with
 * another setting.
 */
const TAKE_PERMIT = `
local max, window, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return pause * 1000 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local stamp = string.format('%.0f', now)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local newest = redis.call('LINDEX', KEYS[1], -1)
if not newest or tonumber(newest) > now or redis.call('GET', KEYS[3]) ~= run then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[3], run)
end
for _ = redis.call('LLEN', KEYS[1]) + 1, max do redis.call('LPUSH', KEYS[1], stamp) end
local wait = tonumber(redis.call('LINDEX', KEYS[1], -max)) + window - now
if wait > 0 then return wait end
redis.call('RPUSH', KEYS[1], stamp)
redis.call('LTRIM', KEYS[1], -longest, -1)
return 0
`;

/** Pauses everybody for so many milliseconds, unless a longer pause is under way. */
const PAUSE = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
`;

/** Answers that a new one is compared to. */
const RECENT_ANSWERS = 20;

/** Permits that the log keeps: the largest GEOIP_REQUESTS_PER_SECOND there is. */
const LONGEST_LOG = 1_000;

/**
 * A permit that took this much longer to arrive than the fastest of the latest is thrown away: its request would leave later than
 * it counts. What all permits take alike, the way to Redis and back, does not bring two requests closer together.
 */
const STALE_PERMIT_MS = WINDOW_MARGIN_MS - 5;

/** The budget of any number of processes, atomic in one Redis script. While Redis is away nobody gets a permit. */
export class RedisBudget extends RequestBudget {
  /** How long the latest answers took: the way to Redis may become longer for good. Two pings before the first permit. */
  private recentAnswersMs: number[] = [];

  constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
    private readonly requestsPerSecond: number,
    private readonly keyPrefix = 'whence:budget',
  ) {
    super();
  }

  override async pauseFor(durationMs: number): Promise<void> {
    await this.redis.eval(PAUSE, 1, `${this.keyPrefix}:pause`, Math.max(1, Math.ceil(durationMs)));
  }

  protected override async takePermit(signal: AbortSignal): Promise<void> {
    while (this.recentAnswersMs.length < 2) await this.rememberPing();
    for (;;) {
      signal.throwIfAborted();
      const { answer: waitMicroseconds, durationMs } = await this.timed(() => this.askRedis());
      const isInTime = durationMs - Math.min(...this.recentAnswersMs) <= STALE_PERMIT_MS;
      this.remember(durationMs);
      if (waitMicroseconds > 0) await pause(waitMicroseconds / 1000, signal);
      else if (isInTime) return;
    }
  }

  private async rememberPing(): Promise<void> {
    this.remember((await this.timed(() => this.redis.ping())).durationMs);
  }

  private remember(durationMs: number): void {
    this.recentAnswersMs = [...this.recentAnswersMs, durationMs].slice(-RECENT_ANSWERS);
  }

  private async timed<Answer>(ask: () => Promise<Answer>): Promise<{ answer: Answer; durationMs: number }> {
    const askedAtMs = this.clock.monotonicMs();
    const answer = await ask();
    return { answer, durationMs: this.clock.monotonicMs() - askedAtMs };
  }

  private async askRedis(): Promise<number> {
    const keys = ['permits', 'pause', 'run'].map((name) => `${this.keyPrefix}:${name}`);
    const limits = [this.requestsPerSecond, WINDOW_MS * 1000, LONGEST_LOG];
    return Number(await this.redis.eval(TAKE_PERMIT, keys.length, ...keys, ...limits));
  }
}
