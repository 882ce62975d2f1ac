-- The functions of shared-bodies.ts, part of the library that inbox.lua begins. KEYS[1] is the beginning of the key names of one
-- shard's bodies; ids come as 16 digits each. What stands at a key begins with its generation and a blank.

-- ARGV: the generation with its blank, the lease, its life (seconds), ids. Which of the ids are leased now, a digit each.
local function lease(keys, args)
  local generation, ids, answers = args[1], args[4], {}
  for at = 1, #ids, 16 do
    local key = keys[1] .. string.sub(ids, at, at + 15)
    local there = redis.call('GET', key)
    local free = not there or string.sub(there, 1, #generation) ~= generation
    if free then redis.call('SET', key, args[2], 'EX', args[3]) end
    answers[#answers + 1] = free and '1' or '0'
  end
  return table.concat(answers)
end

-- ARGV: life (seconds); then of each body id, lease, value ('' where there is none). Only where the lease still stands.
local function fill(keys, args)
  for at = 2, #args, 3 do
    local key = keys[1] .. args[at]
    if redis.call('GET', key) == args[at + 1] then
      if args[at + 2] == '' then redis.call('DEL', key) else redis.call('SET', key, args[at + 2], 'EX', args[1]) end
    end
  end
end

register('lease', lease, {})
register('fill', fill, {})
