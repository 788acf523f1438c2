/**
 * What Redis does in one step. Its own clock counts, so that nodes need not agree on the time.
 * GCRA: ITU-T I.371, the same arithmetic as `lib/core/fairness/gcra.ts`.
 */

/**
 * KEYS: buckets. ARGV for each: capacity, refill per second, cost, tokens wanted ahead, and of how many that are left one
 * may be taken ahead. Answers for each: allowed, remaining, retry, reset, taken ahead.
 */
export const TAKE = `
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local held, fits, all = {}, {}, true
for i, key in ipairs(KEYS) do
  local interval = 1000 / ARGV[i * 5 - 3]
  held[i] = math.max(tonumber(redis.call('GET', key) or now), now)
  fits[i] = held[i] + interval * ARGV[i * 5 - 2] - now - interval * ARGV[i * 5 - 4] <= 0.001
  all = all and fits[i]
end
local out = {}
for i, key in ipairs(KEYS) do
  local capacity, cost = tonumber(ARGV[i * 5 - 4]), tonumber(ARGV[i * 5 - 2])
  local interval = 1000 / ARGV[i * 5 - 3]
  local kept, ahead = held[i], 0
  if all then
    kept = kept + interval * cost
    local left = math.floor((interval * capacity - (kept - now)) / interval + 0.001)
    ahead = math.max(0, math.min(tonumber(ARGV[i * 5 - 1]), math.floor(left / ARGV[i * 5])))
    kept = kept + interval * ahead
  end
  if all and cost + ahead > 0 then
    redis.call('SET', key, string.format('%.3f', kept), 'PX', math.ceil(kept - now) + 1)
  end
  local retry = 0
  if not fits[i] then
    retry = cost > capacity and -1 or held[i] + interval * cost - now - interval * capacity
  end
  out[#out + 1] = fits[i] and 1 or 0
  out[#out + 1] = tostring(math.max(0, math.floor((interval * capacity - (kept - now)) / interval + 0.001)))
  out[#out + 1] = string.format('%.3f', retry)
  out[#out + 1] = string.format('%.3f', kept - now)
  out[#out + 1] = ahead
end
return out`;

/** KEYS: a set of holders by the time their token runs out. ARGV: holder, limit, time to live in milliseconds. */
export const ACQUIRE = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`;

/** KEYS: as above. ARGV: holder, time to live in milliseconds. */
export const RENEW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends or tonumber(ends) <= now then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;
