import type { Redis } from 'ioredis';
import type { CallsAllowed } from '../gate/request-gate.js';
import type { JobLoopOptions } from './job-loop.js';
import { LANE_ORDER, LANE_WIDTH_MS, MOST_EVENTS_COUNTED } from './lookup-order.js';
import type { LookupJob, LookupRequest, LookupTrail, QueuePlace } from './lookup-queue.js';
import type { LookupQueueOptions } from './lookup-queue-options.js';

/** Keys kept in Redis at most. What comes beyond stays in SQL, where the reconciler finds it when there is room. */
const LARGEST_BACKLOG = 200_000;

/** Scores of the other lanes are below, by more than any head start. */
const FIRST_REFRESH_SCORE = LANE_ORDER.refresh * LANE_WIDTH_MS;

/** From here to Bull it takes two commands. */
const LONGEST_WAY_MS = 2_000;

/** Keys in one call of a script: Redis does nothing else meanwhile. */
const KEYS_PER_CALL = 500;

/**
 * Adds keys or raises them, unless Bull has a job of that key or is being given one. ARGV: prefix of Bull's jobs, head start, largest, mode
 * (request, restore, yield), most events counted, lane width, then for each request key, events, and the job in JSON.
 */
const ADD = `
local backlog, jobs = KEYS[1], KEYS[2]
local prefix, head_start, largest, restore = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] ~= 'request'
local most, lane_width = tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local size = redis.call('ZCARD', backlog)
for i = 7, #ARGV, 3 do
  local key, events, job = ARGV[i], tonumber(ARGV[i + 1]), cjson.decode(ARGV[i + 2])
  local text = redis.call('HGET', jobs, key)
  local known = text and cjson.decode(text)
  if ARGV[4] == 'yield' then redis.call('ZADD', KEYS[6], string.format('%.3f', now), key) end
  local isBulls = redis.call('EXISTS', prefix .. key) == 1 or redis.call('ZSCORE', KEYS[5], key)
  if not isBulls and not (known and restore) and (known or size < largest) then
    if known then
      job.address, job.at = known.address, known.at
      job.events = known.events + events
      -- The failures of a lower lane are others': an event that waits anew must not fail by the first hiccup.
      if job.lane >= known.lane then job.lane, job.attempts, job.trail = known.lane, known.attempts, known.trail end
      job.newer = math.max(known.newer, job.newer)
    else
      size = size + 1
      -- A microsecond apart, so that those that come together keep their order.
      now = now + 0.001
      job.at, job.events = job.at or string.format('%.3f', now), events
    end
    local counted = math.min(most, math.max(1, job.events))
    local score = job.lane * lane_width + tonumber(job.at) - head_start * math.log(counted) / math.log(2)
    redis.call('ZADD', backlog, string.format('%.3f', score), key)
    redis.call('HSET', jobs, key, cjson.encode(job))
  end
end
`;

/**
 * Removes and returns the best, so many that Bull's list of waiting jobs will have as many as asked for: key, job, key,
 * job, … What is on the way there counts; after a while on the way it was lost with its process.
 * Where only refreshes wait, one in a while. For a probe of the API those that yield come last, and among them the one that
 * has yielded longest; when all calls are allowed, none does any more. ARGV: how many, the score
 * from which on there are refreshes, the while, the longest way, whether for a probe.
 */
const TAKE = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now - tonumber(ARGV[4]))
local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[3]) - redis.call('ZCARD', KEYS[5])
if ARGV[5] == '0' then redis.call('DEL', KEYS[6]) end
local function first()
  local rank, best = 0, nil
  repeat
    best = redis.call('ZRANGE', KEYS[1], rank, rank, 'WITHSCORES')
    rank = rank + 1
  until not best[1] or not redis.call('ZSCORE', KEYS[6], best[1])
  if best[1] then return best end
  for _, key in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do
    local score = redis.call('ZSCORE', KEYS[1], key)
    if score then return { key, score } end
  end
  return {}
end
local taken = {}
while #taken < room * 2 do
  local best = first()
  local isRefresh = best[1] and tonumber(best[2]) >= tonumber(ARGV[2])
  if not best[1] or isRefresh and not redis.call('SET', KEYS[4], '1', 'PX', ARGV[3], 'NX') then break end
  local job = redis.call('HGET', KEYS[2], best[1])
  redis.call('ZREM', KEYS[1], best[1])
  redis.call('HDEL', KEYS[2], best[1])
  if job then
    redis.call('ZADD', KEYS[5], now, best[1])
    table.insert(taken, best[1])
    table.insert(taken, job)
  end
end
return taken
`;

/**
 * For each key how many go before it (none before one that Bull has or is being given, all before one that nobody has) and in how many
 * milliseconds Bull takes it up again. Bull's scores of delayed jobs are times, shifted by twelve bits.
 */
const PLACES = `
local waiting = redis.call('LLEN', KEYS[3])
local all = waiting + redis.call('ZCARD', KEYS[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local places = {}
for i = 2, #ARGV do
  local rank = redis.call('ZRANK', KEYS[1], ARGV[i])
  local due = redis.call('ZSCORE', KEYS[7], ARGV[i])
  local isBulls = redis.call('EXISTS', ARGV[1] .. ARGV[i]) == 1 or redis.call('ZSCORE', KEYS[5], ARGV[i])
  local before = all
  if rank then before = waiting + rank elseif isBulls then before = 0 end
  table.insert(places, before)
  table.insert(places, due and math.max(0, math.floor(tonumber(due) / 4096) - now) or 0)
end
return places
`;

/** A job as it is kept: the lane by its number. */
interface KeptJob {
  readonly address: string;
  readonly lane: number;
  readonly attempts: number;
  readonly newer: number;
  readonly trail?: LookupTrail;
  /** Missing in one that is asked for anew: then it is now. */
  readonly at?: string;
  readonly events?: number;
}

/** A job on its way through Bull, with what tells its place: it may come back from there. */
export interface PlacedJob extends LookupJob {
  readonly requestedAt?: string;
  readonly events?: number;
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
 * Lookups that wait in Redis for all processes, in the order of their value: a sorted set of the keys by their scores, and
 * a hash of their jobs. Bull gets the best of them only shortly before their turn, since it cannot reorder what it has.
 */
export class RedisBacklog {
  private readonly keys: string[];

  constructor(
    private readonly redis: Redis,
    private readonly bull: BullNames,
    private readonly options: Pick<LookupQueueOptions, 'headStartMs' | 'refreshIntervalMs'>,
  ) {
    this.keys = [
      'whence:backlog',
      'whence:backlog:jobs',
      bull.waitingList,
      'whence:backlog:refreshed',
      'whence:backlog:on-the-way',
      'whence:backlog:yielding',
      bull.delayedSet,
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
      FIRST_REFRESH_SCORE,
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
    const [backlog, jobs, , , , yielding] = this.keys;
    for (let start = 0; start < keys.length; start += KEYS_PER_CALL) {
      const page = keys.slice(start, start + KEYS_PER_CALL);
      await this.redis
        .multi()
        .zrem(backlog, ...page)
        .hdel(jobs, ...page)
        .zrem(yielding, ...page)
        .exec();
    }
  }

  async size(): Promise<number> {
    return this.redis.zcard(this.keys[0]);
  }

  async places(keys: readonly string[]): Promise<Map<string, QueuePlace>> {
    const places = (await this.run(PLACES, [this.bull.jobPrefix, ...keys])) as number[];
    return new Map(
      keys.map((key, index) => [key, { ahead: places[2 * index] ?? 0, delayMs: places[2 * index + 1] ?? 0 }]),
    );
  }

  private async addPage(page: readonly (string | number)[], mode: 'request' | 'restore' | 'yield'): Promise<void> {
    const constants = [this.bull.jobPrefix, this.options.headStartMs, LARGEST_BACKLOG, mode];
    await this.run(ADD, [...constants, MOST_EVENTS_COUNTED, LANE_WIDTH_MS, ...page]);
  }

  private run(script: string, parameters: (string | number)[]): Promise<unknown> {
    return this.redis.eval(script, this.keys.length, ...this.keys, ...parameters);
  }
}

function toArguments(request: LookupRequest): (string | number)[] {
  const { key, address, events, lane = 'waiting', attempts = 0, newerThanMs = 0 } = request;
  const job: KeptJob = { address, lane: LANE_ORDER[lane], attempts, newer: newerThanMs };
  return [key, events, JSON.stringify(job)];
}

function toKept({ address, lane, attempts, newerThanMs, trail, requestedAt }: PlacedJob): KeptJob {
  return { address, lane: LANE_ORDER[lane], attempts, newer: newerThanMs, trail, at: requestedAt };
}

function fromKept(key: string, { address, lane, attempts, newer, trail, at, events }: KeptJob): PlacedJob {
  return {
    key,
    address,
    lane: (['waiting', 'again', 'refresh'] as const)[lane] ?? 'waiting',
    attempts,
    newerThanMs: newer,
    trail,
    requestedAt: at,
    events,
  };
}

/** Waiting jobs that Bull is given ahead, over all processes: enough that none waits for the next, and no more. */
export function waitingInBull({ ahead }: JobLoopOptions): number {
  return ahead + 1;
}
