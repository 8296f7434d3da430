import { LANE_WIDTH_MS, MOST_CALLERS_OF_A_KEY, MOST_EVENTS_COUNTED, MOST_TRACES_OF_A_KEY } from './lookup-order.js';

/** What stands before a caller's name in that of its sorted set. */
export const CALLER_PREFIX = 'whence:backlog:of:';

/**
 * The backlog in Redis. Of each caller that has something waiting a sorted set of its keys by their scores; `callers` names
 * those; `jobs` has each key's job, with the callers that it is of; `turns` has callers and when they have their next turn (see
 * caller-turns.ts): the latest turn was one before the last of them. The other names are Bull's, or tell of keys that have left the
 * sorted sets.
 */
const BEGIN = `
local callers, jobs, waiting_list, refreshed, on_the_way, yielding, delayed, turns = unpack(KEYS)
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local function keys_of(caller) return '${CALLER_PREFIX}' .. caller end
local latest_turn = nil
local function turn_of(caller)
  latest_turn = latest_turn or tonumber(redis.call('ZREVRANGE', turns, 0, 0, 'WITHSCORES')[2] or 1) - 1
  return math.max(latest_turn, tonumber(redis.call('ZSCORE', turns, caller) or 0))
end
local function take_turn(caller)
  latest_turn = turn_of(caller)
  redis.call('ZADD', turns, latest_turn + 1, caller)
  redis.call('ZREMRANGEBYSCORE', turns, '-inf', latest_turn)
end
local function remove(key, caller)
  local text = redis.call('HGET', jobs, key)
  redis.call('HDEL', jobs, key)
  for _, one in ipairs(text and cjson.decode(text).callers or { caller }) do
    redis.call('ZREM', keys_of(one), key)
    if redis.call('ZCARD', keys_of(one)) == 0 then redis.call('SREM', callers, one) end
  end
  return text
end
local function lane_of(score) return math.floor(score / ${LANE_WIDTH_MS}) end
`;

/**
 * Adds keys or raises them, unless Bull has a job of that key or is being given one. ARGV: prefix of Bull's jobs, head start,
 * keys that a single caller may hold, mode (request, restore, yield), then for each request key, events, and the job in JSON.
 */
export const ADD = `${BEGIN}
local prefix, head_start, largest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local size = redis.call('HLEN', jobs)
local function with_caller(list, caller)
  for _, one in ipairs(list) do if one == caller then return list end end
  if #list < ${MOST_CALLERS_OF_A_KEY} then table.insert(list, caller) end
  return list
end
-- As withTraces says.
local function with_traces(list, more)
  if not list or not more then return list or more end
  for _, one in ipairs(more) do
    local is_new = #list < ${MOST_TRACES_OF_A_KEY}
    for _, other in ipairs(list) do if other == one then is_new = false end end
    if is_new then table.insert(list, one) end
  end
  return list
end
-- As hasRoomFor says.
local function has_room(caller)
  return redis.call('ZCARD', keys_of(caller)) < 4 * (1.25 * largest - size)
end
for i = 5, #ARGV, 3 do
  local key, events, job = ARGV[i], tonumber(ARGV[i + 1]), cjson.decode(ARGV[i + 2])
  local text = redis.call('HGET', jobs, key)
  local known = text and cjson.decode(text)
  -- Where its set was lost, its job alone would be in nobody's way and never come up.
  if known and not redis.call('ZSCORE', keys_of(known.callers[1]), key) then known = nil end
  local isBulls = redis.call('EXISTS', prefix .. key) == 1 or redis.call('ZSCORE', on_the_way, key)
  local isNews = not known or ARGV[4] == 'request' or job.lane < known.lane
  if not isBulls and isNews and (known or ARGV[4] == 'yield' or has_room(job.callers[1])) then
    if ARGV[4] == 'yield' then redis.call('ZADD', yielding, string.format('%.3f', now), key) end
    if known then
      job.address, job.at = known.address, known.at
      job.events = known.events + events
      job.callers = has_room(job.callers[1]) and with_caller(known.callers, job.callers[1]) or known.callers
      -- The failures of a lower lane are others': an event that waits anew must not fail by the first hiccup.
      if job.lane >= known.lane then job.lane, job.attempts, job.trail = known.lane, known.attempts, known.trail end
      job.newer = math.max(known.newer, job.newer)
      job.traces = with_traces(known.traces, job.traces)
    else
      size = size + 1
      -- A microsecond apart, so that those that come together keep their order.
      now = now + 0.001
      job.at, job.events = job.at or string.format('%.3f', now), events
    end
    local counted = math.min(${MOST_EVENTS_COUNTED}, math.max(1, job.events))
    local score = job.lane * ${LANE_WIDTH_MS} + tonumber(job.at) - head_start * math.log(counted) / math.log(2)
    for _, caller in ipairs(job.callers) do
      redis.call('ZADD', keys_of(caller), string.format('%.3f', score), key)
      redis.call('SADD', callers, caller)
    end
    redis.call('HSET', jobs, key, cjson.encode(job))
  end
end
`;

/**
 * Removes and returns the best, so many that Bull's list of waiting jobs will have as many as asked for: key, job, key,
 * job, … What is on the way there counts; after a while on the way it was lost with its process.
 * Where only refreshes wait, one in a while. For a probe of the API those that yield come last, and among them the one that
 * has yielded longest; when all calls are allowed, none does any more. ARGV: how many, the first lane of refreshes, the while,
 * the longest way, whether for a probe.
 */
export const TAKE = `${BEGIN}
now = math.floor(now)
redis.call('ZREMRANGEBYSCORE', on_the_way, '-inf', now - tonumber(ARGV[4]))
local room = tonumber(ARGV[1]) - redis.call('LLEN', waiting_list) - redis.call('ZCARD', on_the_way)
if ARGV[5] == '0' then redis.call('DEL', yielding) end
local function first_of(caller)
  local rank, best = 0, nil
  repeat
    best = redis.call('ZRANGE', keys_of(caller), rank, rank, 'WITHSCORES')
    rank = rank + 1
  until not best[1] or not redis.call('ZSCORE', yielding, best[1])
  if not best[1] then return nil end
  local score = tonumber(best[2])
  return { key = best[1], caller = caller, score = score, lane = lane_of(score), turn = turn_of(caller) }
end
local function comes_before(one, other)
  if one.lane ~= other.lane then return one.lane < other.lane end
  if one.turn ~= other.turn then return one.turn < other.turn end
  if one.score ~= other.score then return one.score < other.score end
  return one.caller < other.caller
end
local function first_caller(list)
  local best = list[1]
  for _, one in ipairs(list) do
    local turn, least = turn_of(one), turn_of(best)
    if turn < least or turn == least and one < best then best = one end
  end
  return best
end
local function first()
  local best = nil
  for _, caller in ipairs(redis.call('SMEMBERS', callers)) do
    local one = first_of(caller)
    if one and (not best or comes_before(one, best)) then best = one end
  end
  if best then return best end
  for _, key in ipairs(redis.call('ZRANGE', yielding, 0, -1)) do
    local text = redis.call('HGET', jobs, key)
    if text then
      local job = cjson.decode(text)
      return { key = key, caller = first_caller(job.callers), lane = job.lane }
    end
  end
  return nil
end
local taken = {}
while #taken < room * 2 do
  local best = first()
  if not best or best.lane >= tonumber(ARGV[2]) and not redis.call('SET', refreshed, '1', 'PX', ARGV[3], 'NX') then break end
  local job = remove(best.key, best.caller)
  if job then
    take_turn(best.caller)
    redis.call('ZADD', on_the_way, now, best.key)
    table.insert(taken, best.key)
    table.insert(taken, job)
  end
end
return taken
`;

/** Removes keys. ARGV: the keys. */
export const DROP = `${BEGIN}
for _, key in ipairs(ARGV) do
  remove(key, nil)
  redis.call('ZREM', yielding, key)
end
`;

/** A lookup that Bull has kept for later has its turn now. KEYS as ever; ARGV: its callers. */
export const CHARGE = `${BEGIN}
local best = ARGV[1]
for _, one in ipairs(ARGV) do if turn_of(one) < turn_of(best) then best = one end end
take_turn(best)
`;

/**
 * Of each caller that has something waiting its name, its turn, and how many it has in each lane. ARGV: how many lanes there are.
 * Some commands for each caller, so it is to be asked seldom.
 */
export const QUEUES = `${BEGIN}
local queues = {}
for _, caller in ipairs(redis.call('SMEMBERS', callers)) do
  local queue = { caller, turn_of(caller) }
  for lane = 0, tonumber(ARGV[1]) - 1 do
    local from, to = lane * ${LANE_WIDTH_MS}, '(' .. string.format('%.0f', (lane + 1) * ${LANE_WIDTH_MS})
    table.insert(queue, redis.call('ZCOUNT', keys_of(caller), string.format('%.0f', from), to))
  end
  table.insert(queues, queue)
end
return queues
`;

/**
 * Where keys are. ARGV: prefix of Bull's jobs, the keys. Answers how many wait in Bull, and in all; and for each key what follows:
 * in how many milliseconds Bull takes it up again, its lane, and for each of its callers the name and how many of that caller's go
 * before. The lane is -1 for one that Bull has or is being given, and -2 for one that nobody has. Bull's scores of delayed jobs are
 * times, shifted by twelve bits.
 */
export const PLACES = `${BEGIN}
local places = {}
for i = 2, #ARGV do
  local key = ARGV[i]
  local due = redis.call('ZSCORE', delayed, key)
  local place = { due and math.max(0, math.floor(tonumber(due) / 4096 - now)) or 0, -2 }
  local text = redis.call('HGET', jobs, key)
  if text then
    local job = cjson.decode(text)
    place[2] = job.lane
    for _, caller in ipairs(job.callers) do
      table.insert(place, caller)
      table.insert(place, redis.call('ZRANK', keys_of(caller), key) or 0)
    end
  elseif redis.call('EXISTS', ARGV[1] .. key) == 1 or redis.call('ZSCORE', on_the_way, key) then
    place[2] = -1
  end
  table.insert(places, place)
end
return { redis.call('LLEN', waiting_list), redis.call('HLEN', jobs), places }
`;
