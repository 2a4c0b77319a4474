/** What queues are in Redis, and what is done to them there: first in, first out is a stream with a group of consumers; other orders are sorted sets. */
import { keyOf } from "./engine.js";
import type { Subject } from "./redis-messages.js";
import { type Script, script } from "./script.js";

/**
 * KEYS of all queues: fields, what holds the items, who waits for an item, for room and for the end of all items, and the
 * items that were put aside; of those in other orders also the items, until when who has them, and how often they went out.
 * Fields: `d` whether it is shut down, `r` when to look for items of the dead, `c` a counter.
 */
const QUEUE = `
local state, store, getting, putting, joining, aside = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local function isShut()
  return call('HEXISTS', state, 'd') == 1
end
`;

const STREAM = `
local group = 'heddle'
-- A server that has forgotten everything begins anew.
if call('EXISTS', store) == 0 then call('XGROUP', 'CREATE', store, group, '$', 'MKSTREAM') end
local function waitingItems()
  local pending = call('XPENDING', store, group)
  local waiting = call('XLEN', store) - pending[1]
  -- What was given back belongs to a consumer by that name.
  for _, consumer in ipairs(pending[4] or {}) do
    if consumer[1] == 'returned' then waiting = waiting + tonumber(consumer[2]) end
  end
  return waiting
end
local function unfinished()
  return call('XLEN', store)
end
local function push(value)
  call('XADD', store, '*', 'v', value)
end
local function finish(...)
  call('XACK', store, group, ...)
  return call('XDEL', store, ...)
end
local function isOf(client, id)
  local found = call('XPENDING', store, group, id, id, 1)
  return found[1] and found[1][2] == client and found[1][4]
end
local function renew(client, lease, id)
  if not isOf(client, id) then return false end
  call('XCLAIM', store, group, client, 0, id, 'JUSTID')
  return true
end
local function giveBack(client, id)
  local times = isOf(client, id)
  if not times then return false end
  call('XCLAIM', store, group, 'returned', 0, id, 'IDLE', '100000000000', 'RETRYCOUNT', times - 1, 'JUSTID')
  call('HDEL', state, 'r')
  return true
end
-- The clock was set back: what went out before counts from now, instead of not at all for so much longer.
local function beginAnew()
  local pending = call('XPENDING', store, group)
  for _, entry in ipairs(call('XPENDING', store, group, '-', '+', math.max(1, pending[1]))) do
    if entry[3] == 0 then call('XCLAIM', store, group, entry[2], 0, entry[1], 'IDLE', 0, 'JUSTID') end
  end
end
local function take(client, lease, most, deliveries)
  local taken, look = {}, tonumber(call('HGET', state, 'r') or '0')
  if look > now + lease then beginAnew() end
  if now >= look or look > now + lease then
    local old = call('XPENDING', store, group, 'IDLE', lease, '-', '+', most)
    for _, entry in ipairs(old) do
      local found = call('XCLAIM', store, group, client, 0, entry[1])
      local value = found[1] and found[1][2] and found[1][2][2]
      if not value then
        call('XACK', store, group, entry[1])
      elseif entry[4] >= deliveries then
        call('RPUSH', aside, value)
        finish(entry[1])
      else
        taken[#taken + 1] = { entry[1], value, entry[4] + 1 }
      end
    end
    if #old < most then call('HSET', state, 'r', now + math.floor(lease / 4)) end
  end
  if #taken < most then
    local found = call('XREADGROUP', 'GROUP', group, client, 'COUNT', most - #taken, 'STREAMS', store, '>')
    if found then
      for _, entry in ipairs(found[1][2]) do taken[#taken + 1] = { entry[1], entry[2][2], 1 } end
    end
  end
  return taken
end
local function drop()
  call('XTRIM', store, 'MAXLEN', 0)
  call('XGROUP', 'DESTROY', store, group)
  call('XGROUP', 'CREATE', store, group, '$', 'MKSTREAM')
end
`;

/** In the order of names that begin with a rank. */
const SORTED = `
local items, taken_until, times = KEYS[7], KEYS[8], KEYS[9]
local function waitingItems()
  return call('ZCARD', store)
end
local function unfinished()
  return call('ZCARD', store) + call('ZCARD', taken_until)
end
local function push(value, rank)
  local count = call('HINCRBY', state, 'c', 1)
  local name = rank == 'last' and string.format('%016.0f', 9007199254740991 - count) or rank .. string.format('%016.0f', count)
  call('HSET', items, name, value)
  call('ZADD', store, 0, name)
end
local function finish(...)
  call('ZREM', store, ...)
  call('ZREM', taken_until, ...)
  for _, id in ipairs({ ... }) do call('HDEL', times, id, 'by:' .. id) end
  return call('HDEL', items, ...)
end
local function isOf(client, id)
  return call('HGET', times, 'by:' .. id) == client and call('ZSCORE', taken_until, id)
end
local function renew(client, lease, id)
  if not isOf(client, id) then return false end
  call('ZADD', taken_until, now + lease, id)
  return true
end
local function giveBack(client, id)
  if not isOf(client, id) then return false end
  call('ZREM', taken_until, id)
  call('ZADD', store, 0, id)
  call('HINCRBY', times, id, -1)
  return true
end
local function take(client, lease, most, deliveries)
  for _, id in ipairs(call('ZRANGEBYSCORE', taken_until, '-inf', now)) do
    call('ZREM', taken_until, id)
    if tonumber(call('HGET', times, id)) >= deliveries then
      call('RPUSH', aside, call('HGET', items, id))
      finish(id)
    else
      call('ZADD', store, 0, id)
    end
  end
  local taken = {}
  local found = call('ZPOPMIN', store, most)
  for i = 1, #found, 2 do
    local id = found[i]
    call('ZADD', taken_until, now + lease, id)
    call('HSET', times, 'by:' .. id, client)
    taken[#taken + 1] = { id, call('HGET', items, id), call('HINCRBY', times, id, 1) }
  end
  if #taken < most then noneEndsBehind(taken_until, now + lease) end
  return taken
end
local function drop()
  call('DEL', store, items, taken_until, times)
end
`;

/** ARGV: how many fit in, then for each: value, rank, and who waits if there is no room, or nothing. Returns how many are in. */
const PUT = `
if isShut() then return -1 end
local most, room, count, wanting = tonumber(ARGV[1]), math.huge, 0, call('LLEN', getting)
if most > 0 then room = most - waitingItems() end
for i = 2, #ARGV, 3 do
  if count < room then
    push(ARGV[i], ARGV[i + 1])
    count = count + 1
    if count <= wanting then wake(getting) end
  elseif ARGV[i + 2] ~= '' then
    enlist(putting, ARGV[i + 2])
  end
end
return count
`;

/** ARGV: client, lease, how often an item goes out at most, whether there is a limit, and who waits: for each an item. */
const GET = `
local wanted = #ARGV - 4
local taken = take(ARGV[1], tonumber(ARGV[2]), wanted, tonumber(ARGV[3]))
if ARGV[4] == '1' then for _ in ipairs(taken) do wake(putting) end end
if #taken < wanted then
  if unfinished() == 0 then wakeAll(joining) end
  if isShut() and waitingItems() == 0 then return { taken, 1 } end
end
for i = #taken + 1, wanted do
  if ARGV[4 + i] ~= '' then enlist(getting, ARGV[4 + i]) end
end
return { taken, 0 }
`;

const DONE = `
local count = finish(unpack(ARGV))
if unfinished() == 0 then wakeAll(joining) end
return count
`;

/** ARGV: client, lease, items. Returns those that are not the client's any more. */
const RENEW = `
local lost = {}
for i = 3, #ARGV do
  if not renew(ARGV[1], tonumber(ARGV[2]), ARGV[i]) then lost[#lost + 1] = ARGV[i] end
end
return lost
`;

const GIVE_BACK = `
for i = 2, #ARGV do
  if giveBack(ARGV[1], ARGV[i]) then wake(getting) end
end
return 1
`;

const SIZE = "return { waitingItems(), unfinished() }";
const JOIN = "if unfinished() == 0 then return 1 end\nif ARGV[1] then enlist(joining, ARGV[1]) end\nreturn 0";
const JOIN_NO_MORE = "call('LREM', joining, 0, ARGV[1])\nreturn 0";
const LEAVE_GETTING = "call('LREM', getting, 0, ARGV[1])\nif waitingItems() > 0 then wake(getting) end\nreturn 0";
const LEAVE_PUTTING = "call('LREM', putting, 0, ARGV[1])\nwake(putting)\nreturn 0";
const SHUT_DOWN = `
call('HSET', state, 'd', '1')
if ARGV[1] == '1' then drop() end
wakeAll(getting)
wakeAll(putting)
if unfinished() == 0 then wakeAll(joining) end
return 1
`;
const ASIDE = "return call('LRANGE', aside, 0, -1)";

const PARTS = {
  put: PUT,
  get: GET,
  done: DONE,
  renew: RENEW,
  giveBack: GIVE_BACK,
  size: SIZE,
  join: JOIN,
  joinNoMore: JOIN_NO_MORE,
  leaveGetting: LEAVE_GETTING,
  leavePutting: LEAVE_PUTTING,
  shutDown: SHUT_DOWN,
  aside: ASIDE,
} as const;

export type QueueScripts = Readonly<Record<keyof typeof PARTS, Script>>;

function scriptsFor(store: string): QueueScripts {
  return Object.fromEntries(
    Object.entries(PARTS).map(([name, lua]) => [name, script(QUEUE, store, lua)]),
  ) as unknown as QueueScripts;
}

const streamScripts = scriptsFor(STREAM);
const sortedScripts = scriptsFor(SORTED);

export function queueScripts(subject: Subject): QueueScripts {
  return isStream(subject) ? streamScripts : sortedScripts;
}

export function isStream({ kind }: Subject): boolean {
  return kind === "durable queue";
}

export function queueKeys(subject: Subject): string[] {
  const keys = ["", ":s", ":g", ":p", ":j", ":d"];
  if (!isStream(subject)) keys.push(":i", ":t", ":n");
  return keys.map((part) => keyOf(subject, part));
}
