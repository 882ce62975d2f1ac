-- The function of rates.ts, part of the library that inbox.lua begins. KEYS[1] is the beginning of the key names of one shard's
-- allowances. A value is the moment at which its allowance is whole again, in milliseconds by this server's clock.

-- ARGV: of each allowance its key, what was taken, how long ago that began, its window (ms). How long until each is whole again,
-- in whole milliseconds.
local function settle(keys, args)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local answers = {}
  for at = 1, #args, 4 do
    local key = keys[1] .. args[at]
    local full = math.max(tonumber(redis.call('GET', key) or 0), now - tonumber(args[at + 2])) + tonumber(args[at + 1])
    full = math.ceil(math.min(full, now + 2 * tonumber(args[at + 3])))
    if full > now then redis.call('SET', key, string.format('%.0f', full), 'PX', full - now) end
    answers[#answers + 1] = math.max(0, full - now)
  end
  return answers
end

register('settle', settle, {})
