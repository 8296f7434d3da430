/**
 * The gate's scripts. Each runs atomically in Redis, on Redis' clock in microseconds. They share their keys, in this
 * order: `departures` (the ids of the latest permits by when their requests left or, where that is not reported, by when
 * the permits lapse), `run` (the server run that the departures are of), `breaker` (open_until, probe_until, probe_id, pause,
 * era, answers), `calls` (the latest calls as "time:1" for failed, "time:0" for not), `pace` (requests, since, paused_until,
 * paused_for), `limits` (the requests per second that processes have stated, by when they last did).
 */
export const GATE_KEYS = ['departures', 'run', 'breaker', 'calls', 'pace', 'limits'] as const;

/** Arguments are `name=value` pairs, so that no script depends on their order. */
const BEGIN = `
local arg = {}
for i = 1, #ARGV, 2 do arg[ARGV[i]] = tonumber(ARGV[i + 1]) or ARGV[i + 1] end
local departures, run, breaker, calls, pace, limits = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function text(number) return string.format('%.0f', number) end
`;

/** What is left of a 429's pause. One that would last longer than it was to is from before the clock was set back: it is over. */
const PAUSE = `
local paused = redis.call('HMGET', pace, 'paused_until', 'paused_for')
local pauseLeft = math.max(0, (tonumber(paused[1]) or 0) - now)
if pauseLeft > (tonumber(paused[2]) or 0) then pauseLeft = 0 end
`;

/** Times in the future beyond what there can be come from before the clock was set back: they count as over. */
const BREAKER = `
local kept = redis.call('HMGET', breaker, 'open_until', 'probe_until', 'era', 'pause', 'probe_id')
local openUntil, probeUntil, probeId = tonumber(kept[1]), tonumber(kept[2]), kept[5]
local era, openFor = tonumber(kept[3]) or 0, tonumber(kept[4]) or 0
if openUntil and openUntil > now + arg.longest_pause then openUntil = now end
if probeUntil and (probeUntil <= now or probeUntil > now + arg.longest_probe) then probeUntil = nil end
local function closedFor()
  if pauseLeft > 0 then return pauseLeft end
  if not openUntil then return 0 end
  if openUntil > now then return openUntil - now end
  return probeUntil and arg.poll or 0
end
local function holdProbe()
  redis.call('HSET', breaker, 'probe_until', text(now + arg.longest_probe), 'probe_id', arg.id)
end
local function endProbe() redis.call('HDEL', breaker, 'probe_until', 'probe_id') end
`;

/** The strictest setting of those that have asked for a permit within a while, or the asker's own. */
const PACE = `
local full = arg.full
for _, stated in ipairs(redis.call('ZRANGEBYSCORE', limits, now - arg.limits_age, now)) do
  full = math.min(full, tonumber(stated))
end
local function currentPace()
  local slowed = redis.call('HMGET', pace, 'requests', 'since', 'paused_until')
  local requests, since = tonumber(slowed[1]), tonumber(slowed[2])
  if not requests or since > now then return full, nil end
  local steps = math.max(0, math.floor((now - tonumber(slowed[3])) / arg.step_every))
  return math.min(full, requests + steps * arg.step), since
end
`;

/** {microseconds for which no call may be made, whether one then would be a probe}. */
export const ACCESS = `${BEGIN}${PAUSE}${BREAKER}
return { closedFor(), openUntil and 1 or 0 }
`;

/** A pass of the breaker: {1, whether it is a probe, era}, or {0}. Asked again, by a resend, the holder of the probe has it. */
export const ENTER = `${BEGIN}${PAUSE}${BREAKER}
if probeUntil and probeId == arg.id then return { 1, 1, era } end
if closedFor() > 0 then return { 0 } end
if not openUntil then return { 1, 0, era } end
holdProbe()
return { 1, 1, era }
`;

/**
 * {0} with a permit, {1, microseconds to wait}, or {2} where no call may be made, also where another has the probe by now;
 * then the N that holds, and the time. A probe has its whole time from its permit on.
 *
 * With a budget of N the N-th latest request must have left a window ago. A permit whose request has not left counts as leaving now until it has lapsed, and
 * from then on as of that moment. Where the log is missing, is another run's of the server (restarted from an older
 * snapshot, failed over) or lies further in the future than a permit lapses (the clock was set back), N count as given now,
 * since as many may have been given before and still leave; where it is shorter than N (the setting was raised), the
 * missing ones do. It keeps more than N for processes with another setting.
 */
export const DECIDE = `${BEGIN}${PAUSE}${BREAKER}${PACE}
local holdsProbe = arg.probe == 1 and probeId == arg.id
if pauseLeft > 0 or era ~= arg.era or (openUntil and not holdsProbe) then return { 2, 0, full, now } end
redis.call('ZADD', limits, text(now), arg.full)
local function nthLatest(n) return tonumber(redis.call('ZRANGE', departures, -n, -n, 'WITHSCORES')[2]) end
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local lapsesAt = now + arg.lapses
if redis.call('GET', run) ~= server or (nthLatest(1) or 0) > lapsesAt then
  redis.call('DEL', departures)
  redis.call('SET', run, server)
end
for missing = redis.call('ZCARD', departures) + 1, full do
  redis.call('ZADD', departures, text(lapsesAt), 'unknown:' .. text(now) .. ':' .. missing)
end
local requests = currentPace()
local window = arg.window / math.min(1, requests)
local most = math.max(1, math.floor(arg.spare == 1 and requests / 2 or requests))
local wait = math.min(nthLatest(most), now) + window - now
if wait > 0 then return { 1, math.ceil(wait), full, now } end
redis.call('ZADD', departures, text(lapsesAt), arg.id)
redis.call('ZREMRANGEBYRANK', departures, 0, -arg.remembered - 1)
if holdsProbe then holdProbe() end
return { 0, 0, full, now }
`;

/** What was spent is not known any more: whoever asks next for a permit takes the log for lost. */
export const FORGET = `${BEGIN}
redis.call('DEL', run)
`;

/** The permit's request has left, also where the permit has lapsed, or the log is lost: it is no better known by that. */
export const DEPARTED = `${BEGIN}
redis.call('ZADD', departures, text(now), arg.id)
`;

/**
 * How a call ended, or that none was made or will be. A probe that another has taken the place of changes nothing.
 * @returns 'opened', 'closed' or an empty text: what that changed
 */
export const END = `${BEGIN}${PAUSE}${BREAKER}
if arg.unused == 1 then redis.call('ZREM', departures, arg.id) end
local function open(microseconds)
  redis.call('DEL', calls)
  redis.call('HSET', breaker, 'open_until', text(now + microseconds), 'pause', text(microseconds), 'era', era + 1)
  endProbe()
end
if arg.result == 'succeeded' then redis.call('HINCRBY', breaker, 'answers', 1) end
if era ~= arg.era then return '' end
if arg.probe == 1 then
  if probeId ~= arg.id then return '' end
  endProbe()
  if not openUntil or arg.result == 'cancelled' then return '' end
  if arg.result == 'failed' then
    open(math.min(openFor * 2, arg.longest_pause))
    return ''
  end
  redis.call('HDEL', breaker, 'open_until')
  redis.call('DEL', calls)
  return 'closed'
end
if arg.result == 'cancelled' then return '' end
redis.call('RPUSH', calls, text(now) .. (arg.result == 'failed' and ':1' or ':0'))
redis.call('LTRIM', calls, -arg.window_calls, -1)
local counted, failed = 0, 0
for _, call in ipairs(redis.call('LRANGE', calls, 0, -1)) do
  local at, flag = string.match(call, '(%d+):(%d)')
  if now - tonumber(at) <= arg.window_age then
    counted = counted + 1
    failed = failed + tonumber(flag)
  end
end
if counted < arg.minimum_calls or failed / counted < arg.failure_share then return '' end
open(arg.first_pause)
return 'opened'
`;

/** Pauses everybody, unless a longer pause is under way, and halves the pace for when it is over, once within a second. */
export const SLOW_DOWN = `${BEGIN}${PAUSE}${PACE}
local requests, since = currentPace()
if pauseLeft < arg.pause then
  redis.call('HSET', pace, 'paused_until', text(now + arg.pause), 'paused_for', text(arg.pause))
end
if since and now - since < arg.one_slowdown then return end
redis.call('HSET', pace, 'requests', tostring(math.max(arg.slowest, requests / 2)), 'since', text(now))
`;

/**
 * {breaker's state, answers, pace as text, microseconds of a 429's pause that are left, share of the budget used as text}.
 */
export const STATE = `${BEGIN}${PAUSE}${BREAKER}${PACE}
local state = 'closed'
if openUntil then state = openUntil > now and 'open' or 'half_open' end
local measured = arg.measured
if redis.call('ZCARD', departures) >= arg.remembered then
  measured = math.min(measured, now - tonumber(redis.call('ZRANGE', departures, 0, 0, 'WITHSCORES')[2]))
end
local used = redis.call('ZCOUNT', departures, '(' .. text(now - measured), '+inf')
local requests = currentPace()
local share = math.min(1, used / (full * measured / 1000000))
local answers = tonumber(redis.call('HGET', breaker, 'answers')) or 0
return { state, answers, tostring(requests), pauseLeft, tostring(share) }
`;
