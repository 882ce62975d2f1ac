-- The inboxes' functions, run inside Redis (FUNCTION LOAD). inbox-value.ts reads what they write, and says how it lies.
-- Every function but heads is called with the beginnings of one shard's key names: KEYS[1] of inboxes, KEYS[2] of presences, and
-- with the whole KEYS[3] (one hash tag, so one node holds them all). Readers come as 16 digits each; numbers that are stored, as 8 bytes.
-- NAME, HEAD, SLOTS and HELD are set by functions.ts.

local OPEN = HEAD + 1
local CLOSED = HEAD + SLOTS * 8 + 1
local HEADEND = CLOSED - 2
local call, sub, byte, find, rep, pack, read, abs
local none, slots, headEnd, offsets

-- While a library is loaded it may touch nothing but its own code; so the first call gets everything ready.
local function ready()
  if call then return end
  call = redis.call
  sub, byte, find, rep, abs = string.sub, string.byte, string.find, string.rep, math.abs
  pack, read = struct.pack, struct.unpack
  none = rep('\0', 8)
  slots = rep('\0', SLOTS * 8)
  -- Numbers become text by a slow printf each time they are given to Redis.
  headEnd = tostring(HEADEND)
  offsets = {}
  for i = 0, SLOTS - 1 do offsets[OPEN + i * 8] = tostring(HEAD + i * 8) end
end

-- Where the next arrival goes; CLOSED when the open part is full. An id's last byte is never 0, so no id is mistaken.
local function freeSlot(head)
  local free = find(head, none, OPEN, true)
  if free and free < CLOSED then return free end
  return CLOSED
end

-- The largest id held or dropped: the newest arrival, unless that one is marked (negative) as not being it.
local function largestOf(head, free)
  if free > OPEN then
    local newest = read('<d', head, free - 8)
    if newest > 0 then return newest end
  end
  return (read('<d', head, 17))
end

-- Whether these 8 bytes stand in a place of an id.
local function stands(value, text)
  local at = find(value, text, OPEN, true)
  while at do
    if (at - OPEN) % 8 == 0 then return true end
    at = find(value, text, at + 1, true)
  end
  return false
end

local function holds(value, id, text)
  return stands(value, text) or stands(value, pack('<d', -id))
end

-- Empties the open part into the closed one, and drops what is too old. Gives the new beginning.
local function close(key, largest)
  local value = call('GET', key)
  local free = freeSlot(value)
  local opened = (free - OPEN) / 8
  local _, _, _, floor, first, arrivals = read('<dddddd', value)
  local ids = sub(value, CLOSED) .. sub(value, OPEN, free - 1)
  arrivals = arrivals + opened
  local surplus = #ids / 8 - HELD
  if surplus > 0 then
    for i = 1, surplus do
      local id = abs((read('<d', ids, i * 8 - 7)))
      if id > floor then floor = id end
    end
    ids = sub(ids, surplus * 8 + 1)
    if arrivals > HELD then arrivals = HELD end
  end
  local head = sub(value, 1, 16) .. pack('<dddd', largest, floor, first + opened, arrivals) .. sub(value, 49, HEAD) .. slots
  call('SET', key, head .. ids, 'KEEPTTL')
  return head
end

-- ARGV: generation, now (ms), ids, readers, which (one byte a reader: the number of the id, from 0). Appends whatever the
-- generation says: who knows an older one than others would else leave a hole in an inbox that they read. Gives, for every append that
-- reached somebody online in this generation: the reader's number among `readers`, epoch, position, presence. Presences are
-- looked up only where the inbox says that there may be one: among many keys, to find none costs as much as all the rest.
local function deliver(keys, args)
  ready()
  local inboxes, presences = keys[1], keys[2]
  local generation, now, idTexts, readers, which = args[1], tonumber(args[2]), args[3], args[4], args[5]
  local texts, ids = {}, {}
  for i = 1, #idTexts / 8 do
    texts[i] = sub(idTexts, i * 8 - 7, i * 8)
    ids[i] = read('<d', idTexts, i * 8 - 7)
  end
  local heads, frees, names, numbers, n = {}, {}, {}, {}, 0
  for i = 1, #which do
    local reader = sub(readers, i * 16 - 15, i * 16)
    local key = inboxes .. reader
    local head = call('GETRANGE', key, '0', headEnd)
    if head ~= '' then
      local number = byte(which, i) + 1
      local id, text = ids[number], texts[number]
      local free = find(head, none, OPEN, true) or CLOSED
      local largest = -1
      if free > OPEN then largest = read('<d', head, free - 8) end
      if largest < 0 then largest = read('<d', head, 17) end
      local append = id > largest
      if not append and not holds(call('GET', key), id, text) then
        append = true
        text = pack('<d', -id)
        if free > OPEN and free < CLOSED then call('SETRANGE', key, '16', pack('<d', largest)) end
      end
      if append then
        if free == CLOSED then
          head = close(key, largest)
          free = OPEN
        end
        call('SETRANGE', key, offsets[free], text)
        if read('<d', head, 105) > now and sub(head, 9, 16) == generation then
          n = n + 1
          heads[n], frees[n], names[n], numbers[n] = head, free, presences .. reader, i - 1
        end
      end
    end
  end
  local reached, r = {}, 0
  for from = 1, n, 256 do
    local to = from + 255
    if to > n then to = n end
    local found = call('MGET', unpack(names, from, to))
    for i = from, to do
      local presence, head = found[i - from + 1], heads[i]
      if presence then
        reached[r + 1], reached[r + 2] = numbers[i], read('<d', head, 1)
        reached[r + 3], reached[r + 4] = read('<d', head, 33) + (frees[i] - OPEN) / 8, presence
        r = r + 4
      end
    end
  end
  return reached
end

-- Of one shard or of several: KEYS are the beginnings of their inboxes' names. ARGV: now (ms), ms after which a read is noted
-- again, seconds to live; then of each shard its generation and readers. Gives seven numbers a reader: epoch (0: absent or
-- building), position, oldest, floor, largest, follows (0 while they change), own. Counts as a read.
local function heads(keys, args)
  ready()
  local now, noteAfter, seconds = tonumber(args[1]), tonumber(args[2]), args[3]
  local found, n = {}, 0
  for shard = 1, #keys do
    local inboxes, generation, readers = keys[shard], args[shard * 2 + 2], args[shard * 2 + 3]
    for at = 1, #readers, 16 do
      local key = inboxes .. sub(readers, at, at + 15)
      local head = call('GETRANGE', key, '0', headEnd)
      if head ~= '' and sub(head, 9, 16) == generation and sub(head, 57, 64) == none then
        local epoch, _, _, floor, first, arrivals, readAt, _, _, follows, changing, _, own = read('<ddddddddddddd', head)
        local free = freeSlot(head)
        if now - readAt > noteAfter then
          call('SETRANGE', key, '48', pack('<d', now))
          call('EXPIRE', key, seconds)
        end
        found[n + 1], found[n + 2], found[n + 3] = epoch, first + (free - OPEN) / 8 - 1, first - arrivals
        if changing > now then follows = 0 end
        found[n + 4], found[n + 5], found[n + 6], found[n + 7] = floor, largestOf(head, free), follows, own
      else
        for i = n + 1, n + 7 do found[i] = 0 end
      end
      n = n + 7
    end
  end
  return found
end

-- A presence: one line a gateway, "UNTIL NAME" (ms). The latest of them.
local function onlineUntil(presence)
  local latest = 0
  for till in string.gmatch(presence or '', '(%d+) [^\n]*\n') do
    if tonumber(till) > latest then latest = tonumber(till) end
  end
  return latest
end

-- ARGV: generation, reader, epoch, builder, now (ms), deadline (8 bytes), seconds to live.
local function create(keys, args)
  ready()
  local key, generation, now = keys[1] .. args[2], args[1], tonumber(args[5])
  local head = call('GETRANGE', key, '0', headEnd)
  if head ~= '' and sub(head, 9, 16) == generation then
    if sub(head, 57, 64) == none then return 'ready' end
    if now <= read('<d', head, 65) then return 'building' end
  end
  local head = args[3] .. generation .. pack('<ddddd', 0, 0, 1, 0, now) .. args[4] .. args[6] .. pack('<dddd', 1, 0, 0, 0)
    .. pack('<d', onlineUntil(call('GET', keys[2] .. args[2])))
  call('SET', key, head .. slots, 'EX', args[7])
  return 'created'
end

-- The value with `floor` raised and `texts` (ids, smallest first, none twice) beneath, as far as there is room.
local function withBeneath(value, texts, floor)
  local _, _, _, oldFloor, _, arrivals = read('<dddddd', value)
  local free = freeSlot(value)
  local largest = largestOf(value, free)
  if oldFloor > floor then floor = oldFloor end
  local closed = sub(value, CLOSED)
  local held = #closed - arrivals * 8
  local beneath = texts
  if closed ~= '' or free > OPEN then
    local ids = {}
    for at = 1, held, 8 do ids[#ids + 1] = read('<d', closed, at) end
    for at = 1, #texts, 8 do
      local text = sub(texts, at, at + 7)
      local id = read('<d', text)
      if not holds(value, id, text) then ids[#ids + 1] = id end
    end
    table.sort(ids)
    for i = 1, #ids do ids[i] = pack('<d', ids[i]) end
    beneath = table.concat(ids)
  end
  local open = sub(value, OPEN, CLOSED - 1)
  if beneath ~= '' then
    local top = read('<d', beneath, #beneath - 7)
    if top > largest then
      largest = top
      if free > OPEN then
        local newest = pack('<d', -abs((read('<d', value, free - 8))))
        open = sub(value, OPEN, free - 9) .. newest .. sub(value, free, CLOSED - 1)
      end
    end
  end
  local room = HELD - arrivals
  local surplus = #beneath / 8 - room
  if surplus > 0 then
    local id = read('<d', beneath, surplus * 8 - 7)
    if id > floor then floor = id end
    beneath = sub(beneath, surplus * 8 + 1)
  end
  return sub(value, 1, 16) .. pack('<dd', largest, floor) .. sub(value, 33, HEAD) .. open .. beneath .. sub(closed, held + 1)
end

-- ARGV: generation, reader, epoch, builder, floor (8 bytes), ids (smallest first), an id that no own message told of before
-- there was an inbox exceeds (8 bytes). Gives 1 when it is ready now.
local function complete(keys, args)
  ready()
  local key = keys[1] .. args[2]
  local value = call('GET', key)
  if not value or sub(value, 1, 16) ~= args[3] .. args[1] or sub(value, 57, 64) ~= args[4] then return 0 end
  value = withBeneath(value, args[6], (read('<d', args[5])))
  local own = sub(value, 97, 104)
  if read('<d', own) < read('<d', args[7]) then own = args[7] end
  call('SET', key, sub(value, 1, 56) .. none .. none .. sub(value, 73, 96) .. own .. sub(value, 105), 'KEEPTTL')
  return 1
end

-- ARGV: reader, floor (8 bytes), ids (smallest first). Whatever the generation, as for deliveries. It is told as a change
-- of edges is (InboxHead.backfills).
local function backfill(keys, args)
  ready()
  local key = keys[1] .. args[1]
  local value = call('GET', key)
  if not value then return end
  value = withBeneath(value, args[3], (read('<d', args[2])))
  call('SET', key, sub(value, 1, 72) .. pack('<d', read('<d', value, 73) + 1) .. sub(value, 81), 'KEEPTTL')
end

-- ARGV: generation, reader, epoch, floor it was, begins and ends of edge changes there were, floor it shall be (8 bytes each),
-- ids (smallest first). Gives 1 if it did.
local function lower(keys, args)
  ready()
  local key = keys[1] .. args[2]
  local value = call('GET', key)
  if not value or sub(value, 1, 16) ~= args[3] .. args[1] or sub(value, 57, 64) ~= none then return 0 end
  if sub(value, 25, 32) ~= args[4] or sub(value, 73, 80) ~= args[5] then return 0 end
  value = sub(value, 1, 24) .. args[6] .. sub(value, 33)
  call('SET', key, withBeneath(value, args[7], (read('<d', args[6]))), 'KEEPTTL')
  return 1
end

-- ARGV: ms before which nobody has read, readers. Forgets those inboxes whose readers are not online either.
local function dormant(keys, args)
  ready()
  local before, readers, forgotten = tonumber(args[1]), args[2], 0
  for at = 1, #readers, 16 do
    local reader = sub(readers, at, at + 15)
    local head = call('GETRANGE', keys[1] .. reader, '48', '55')
    if head ~= '' and read('<d', head) < before and call('EXISTS', keys[2] .. reader) == 0 then
      call('UNLINK', keys[1] .. reader)
      forgotten = forgotten + 1
    end
  end
  return forgotten
end

-- ARGV: reader, now, until when the change may take (ms). An edge of the reader is about to be written; whatever the
-- generation, as for deliveries.
local function changing(keys, args)
  ready()
  local key, now, till = keys[1] .. args[1], tonumber(args[2]), tonumber(args[3])
  local fields = call('GETRANGE', key, '72', '95')
  if fields == '' then return end
  local follows, before, count = read('<ddd', fields)
  -- Whose time is over has died.
  if before <= now then count = 0 elseif before > till then till = before end
  call('SETRANGE', key, '72', pack('<ddd', follows + 1, till, count + 1))
end

-- ARGV: reader. The edge stands.
local function changed(keys, args)
  ready()
  local key = keys[1] .. args[1]
  local fields = call('GETRANGE', key, '72', '95')
  if fields == '' then return end
  local follows, till, count = read('<ddd', fields)
  count = count - 1
  if count <= 0 then till, count = 0, 0 end
  call('SETRANGE', key, '72', pack('<ddd', follows + 1, till, count))
end

-- ARGV: readers, and for each an id of their own (8 bytes).
local function own(keys, args)
  ready()
  local inboxes, readers, ids = keys[1], args[1], args[2]
  for i = 1, #ids / 8 do
    local key = inboxes .. sub(readers, i * 16 - 15, i * 16)
    local id = sub(ids, i * 8 - 7, i * 8)
    local known = call('GETRANGE', key, '96', '103')
    if known ~= '' then
      -- Another number each time, so that who sees the same one knows that nothing was told.
      local largest = read('<d', known)
      if largest >= read('<d', id) then id = pack('<d', largest + 1) end
      call('SETRANGE', key, '96', id)
    end
  end
end

-- A presence without the line of that gateway, and without those that are over.
local function others(presence, gateway, now)
  local kept = ''
  for till, name in string.gmatch(presence or '', '(%d+) ([^\n]*)\n') do
    if name ~= gateway and tonumber(till) > now then kept = kept .. till .. ' ' .. name .. '\n' end
  end
  return kept
end

-- KEYS[3]: since when presences are kept without a gap. ARGV: gateway, now, until (ms), seconds to live, seconds for which
-- nobody need renew that, readers.
local function online(keys, args)
  ready()
  local gateway, now, till, seconds, readers = args[1], tonumber(args[2]), tonumber(args[3]), args[4], args[6]
  local line = args[3] .. ' ' .. gateway .. '\n'
  if not call('SET', keys[3], args[2], 'EX', args[5], 'NX') then call('EXPIRE', keys[3], args[5]) end
  for at = 1, #readers, 16 do
    local key = keys[2] .. sub(readers, at, at + 15)
    local presence = call('GET', key)
    if presence then call('SET', key, others(presence, gateway, now) .. line, 'EX', seconds)
    else call('SET', key, line, 'EX', seconds) end
    local inbox = keys[1] .. sub(readers, at, at + 15)
    local known = call('GETRANGE', inbox, '104', '111')
    if known ~= '' and read('<d', known) < till then call('SETRANGE', inbox, '104', pack('<d', till)) end
  end
end

-- ARGV: gateway, now (ms), reader.
local function offline(keys, args)
  ready()
  local key = keys[2] .. args[3]
  local presence = call('GET', key)
  if not presence then return end
  local kept = others(presence, args[1], tonumber(args[2]))
  if kept == '' then call('DEL', key) else call('SET', key, kept, 'KEEPTTL') end
end

local function register(name, code, flags)
  redis.register_function{ function_name = NAME .. '_' .. name, callback = code, flags = flags }
end

register('deliver', deliver, {})
register('create', create, {})
register('complete', complete, {})
register('backfill', backfill, {})
register('lower', lower, {})
register('online', online, {})
-- A server that is full can still be read, and freed.
register('heads', heads, { 'allow-oom' })
register('dormant', dormant, { 'allow-oom' })
register('offline', offline, { 'allow-oom' })
-- These write in place.
register('changing', changing, { 'allow-oom' })
register('changed', changed, { 'allow-oom' })
register('own', own, { 'allow-oom' })
