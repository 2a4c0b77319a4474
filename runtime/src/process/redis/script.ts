/** Steps that Redis performs as one, in Lua. Time is the server's, so that no client's clock counts. */
import { createHash } from "node:crypto";

export interface Script {
  readonly lua: string;
  /** By which a server knows it that has run it before. */
  readonly sha: string;
}

/** Where a client hears of what it waits for. */
export function channelOf(client: string): string {
  return `heddle:client:${client}`;
}

const PRELUDE = `
local call = redis.call
local moment = call('TIME')
local now = moment[1] * 1000 + math.floor(moment[2] / 1000)
-- Says a word to who waits; false: it is not there any more.
local function tell(client, ticket)
  return call('PUBLISH', 'heddle:client:' .. client, ticket) > 0
end
-- Says it to the first of a list that is there, and takes that one out.
local function wake(waiting)
  while true do
    local entry = call('LPOP', waiting)
    if not entry then return false end
    local client, ticket = string.match(entry, '^(%S+) (%S+)')
    if tell(client, ticket) then return true end
  end
end
local function wakeAll(waiting)
  while wake(waiting) do end
end
-- What ends later than a lease from now was had before the clock was set back: who is dead would have it for so much longer.
local function noneEndsBehind(set, last)
  for _, entry in ipairs(call('ZRANGEBYSCORE', set, '(' .. last, '+inf')) do call('ZADD', set, last, entry) end
end
-- Who asks twice stands in the list once.
local function enlist(waiting, entry)
  if not call('LPOS', waiting, entry) then call('RPUSH', waiting, entry) end
end
`;

/** All there are: a server learns them when a client connects, so that none has to be asked for twice, which would be out of order. */
export const scripts: Script[] = [];

/** One script of these parts, which may use what the parts before them define. */
export function script(...parts: readonly string[]): Script {
  const lua = [PRELUDE, ...parts].join("\n");
  const made = { lua, sha: createHash("sha1").update(lua).digest("hex") };
  scripts.push(made);
  return made;
}
