import { MINUTE_MS, type Taken, takeFrom } from './bucket.js';

/** Requests that each take as much from the same client's allowance. */
export interface EqualTakes {
  readonly client: string;
  readonly perMinute: number;
  readonly count: number;
  readonly times: number;
  /** What was let through and Redis has not counted, perhaps a fraction; less than 0 where it has counted what was refused. */
  readonly owed: number;
}

/**
 * The sums of `takeFrom`, on Redis' clock in milliseconds, for entries in the order of the first request of each: alike requests
 * of a client go together. What is owed is taken
 * first, allowed or not: as much as is there, or less than nothing, which is given back. A client's key goes by itself when its
 * bucket is full. Answers the time, and of each entry its bucket before, to the last digit: what came of the requests
 * follows from that.
 */
export const TAKE_ALL = `
local minute = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local buckets = {}
local answers = { string.format('%.17g', now) }
for first = 2, #ARGV, 5 do
  local key, each = KEYS[tonumber(ARGV[first])], minute / tonumber(ARGV[first + 1])
  local count, times, owed = tonumber(ARGV[first + 2]), tonumber(ARGV[first + 3]), tonumber(ARGV[first + 4])
  local known = buckets[key] or tonumber(redis.call('GET', key) or 0)
  local bucket = math.min(math.max(math.max(known, now) + owed * each, now), now + minute)
  answers[#answers + 1] = string.format('%.17g', bucket)
  for _ = 1, times do
    local after = bucket + count * each
    if after - (now + minute) > 0 then break end
    bucket = after
  end
  buckets[key] = bucket
end
for key, bucket in pairs(buckets) do
  if bucket > now then redis.call('SET', key, string.format('%.17g', bucket), 'PX', math.max(1, math.ceil(bucket - now))) end
end
return answers
`;

/** What the script is given: each client's key once, and the numbers of each entry. */
export function parametersFor(entries: readonly EqualTakes[]): { readonly keys: string[]; readonly numbers: number[] } {
  const places = new Map<string, number>();
  const numbers = [MINUTE_MS];
  for (const { client, perMinute, count, times, owed } of entries) {
    const place = places.get(client) ?? places.size + 1;
    places.set(client, place);
    numbers.push(place, perMinute, count, times, owed);
  }
  return { keys: [...places.keys()].map((client) => `whence:throttle:${client}`), numbers };
}

/** What became of the requests of each entry. @param answers of the script */
export function takenFrom(entries: readonly EqualTakes[], [now, ...buckets]: readonly string[]): Taken[][] {
  return entries.map(({ perMinute, count, times }, index) => {
    let fullAtMs = Number(buckets[index]);
    return Array.from({ length: times }, () => {
      const withdrawal = takeFrom(fullAtMs, Number(now), perMinute, count);
      fullAtMs = withdrawal.fullAtMs;
      return withdrawal;
    });
  });
}
