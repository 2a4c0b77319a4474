/** Semaphores, events and barriers in Redis. */
import { BrokenBarrierError, StateError } from "../../errors.js";
import { type Engine, entryOf, keyOf, type Methods } from "./engine.js";
import type { Subject } from "./redis-messages.js";
import { script } from "./script.js";
import { waitFor } from "./waits.js";

/** KEYS: fields, who waits (client, ticket, lease), and until when who has a permit. Fields: `v` free permits, `m` the most there may be. */
const SEMAPHORE = `
local state, waiting, taken = KEYS[1], KEYS[2], KEYS[3]
local function serve()
  while tonumber(call('HGET', state, 'v') or '0') > 0 do
    local entry = call('LPOP', waiting)
    if not entry then return end
    local client, ticket, lease = string.match(entry, '^(%S+) (%S+) (%S+)$')
    if tell(client, ticket) then
      call('HINCRBY', state, 'v', -1)
      call('ZADD', taken, now + tonumber(lease), client .. ' ' .. ticket)
    end
  end
end
for _, owner in ipairs(call('ZRANGEBYSCORE', taken, '-inf', now)) do
  call('ZREM', taken, owner)
  call('HINCRBY', state, 'v', 1)
end
serve()
`;

const TAKE = script(
  SEMAPHORE,
  `
local mine, lease = ARGV[1], ARGV[2]
if call('ZSCORE', taken, mine) then
  call('ZADD', taken, now + tonumber(lease), mine)
  return { 1 }
end
if tonumber(call('HGET', state, 'v') or '0') > 0 then
  call('HINCRBY', state, 'v', -1)
  call('ZADD', taken, now + tonumber(lease), mine)
  return { 1 }
end
if ARGV[3] == '1' then enlist(waiting, mine .. ' ' .. lease) end
noneEndsBehind(taken, now + tonumber(lease))
local first = call('ZRANGE', taken, 0, 0, 'WITHSCORES')
return { 0, first[2] and tonumber(first[2]) - now or 1000 }
`,
);

/** Of one who still waits, or has it without knowing. */
const GIVE_BACK = script(
  SEMAPHORE,
  `
call('LREM', waiting, 0, ARGV[1] .. ' ' .. ARGV[2])
if not call('ZSCORE', taken, ARGV[1]) then return 0 end
if ARGV[3] == 'keep' then return 1 end
call('ZREM', taken, ARGV[1])
call('HINCRBY', state, 'v', 1)
serve()
return 1
`,
);

/** ARGV: how many, then those that the client has, which go first; others' follow. */
const RELEASE = script(
  SEMAPHORE,
  `
local count, most = tonumber(ARGV[1]), tonumber(call('HGET', state, 'm') or '-1')
if most >= 0 and tonumber(call('HGET', state, 'v') or '0') + count > most then return { -1, most } end
local left, gone = count, {}
for i = 2, #ARGV do
  if left == 0 then break end
  if call('ZREM', taken, ARGV[i]) == 1 then
    left = left - 1
    gone[#gone + 1] = ARGV[i]
  end
end
if left > 0 then call('ZPOPMIN', taken, left) end
call('HINCRBY', state, 'v', count)
serve()
return { 0, gone }
`,
);

const RENEW = script(`
if not call('ZSCORE', KEYS[3], ARGV[1]) then return 0 end
call('ZADD', KEYS[3], now + tonumber(ARGV[2]), ARGV[1])
return 1
`);

const FREE = script(SEMAPHORE, "return tonumber(call('HGET', state, 'v') or '0')");

export function semaphoreKeys(subject: Subject): string[] {
  return [keyOf(subject), keyOf(subject, ":w"), keyOf(subject, ":t")];
}

function leaseOf({ name }: Subject, ticket: string): string {
  return `permit ${name} ${ticket}`;
}

/** The client has given it back. Whatever it was told of the lease by then, it hears that that is over. */
function endLease({ leases, tell }: Engine, subject: Subject, ticket: string): void {
  if (!leases.end(leaseOf(subject, ticket))) tell({ lost: subject.name, ticket, isOver: true });
}

async function giveBack(
  engine: Engine,
  subject: Subject,
  ticket: string,
  how: string,
  deadline: number,
): Promise<unknown> {
  const args = [entryOf(engine, ticket), String(subject.lease), how];
  return engine.session.run(GIVE_BACK, semaphoreKeys(subject), args, { again: true, deadline });
}

export const SEMAPHORE_METHODS: Methods = {
  async acquire(engine, subject, call) {
    const [timeout] = call.args as [number];
    const { session } = engine;
    const ticket = engine.ticket();
    const owner = entryOf(engine, ticket);
    const keys = semaphoreKeys(subject);
    const lease = String(subject.lease);
    let asked = 0;
    let left = subject.lease;
    const taken = await waitFor<string>(session, call, timeout, {
      ticket,
      async ask(deadline) {
        asked = performance.now();
        const args = [owner, lease, timeout > 0 ? "1" : "0"];
        const [isMine, rest] = (await session.run(TAKE, keys, args, { again: true, deadline })) as number[];
        if (isMine === 1) return ticket;
        left = rest as number;
        return undefined;
      },
      leave: async (deadline) =>
        (await giveBack(engine, subject, ticket, "keep", deadline)) === 1 ? ticket : undefined,
      undo: async () => void (await giveBack(engine, subject, ticket, "release", session.soon())),
      patience: () => Math.min(1000, Math.max(10, left + 5)),
    });
    if (taken === undefined) return false;
    engine.leases.keep(leaseOf(subject, ticket), asked, {
      milliseconds: subject.lease,
      renew: async (deadline) => (await session.run(RENEW, keys, [owner, lease], { again: true, deadline })) === 1,
      lost: () => engine.tell({ lost: subject.name, ticket }),
    });
    return { ticket };
  },
  /** Returns the tickets of those of the client that are gone. */
  async release(engine, subject, { args: [count, tickets] }) {
    const { session } = engine;
    const mine = (tickets as string[]).map((ticket) => entryOf(engine, ticket));
    const asking = { again: false, deadline: session.soon() };
    const [status, found] = (await session.run(RELEASE, semaphoreKeys(subject), [String(count), ...mine], asking)) as [
      number,
      number | Uint8Array[],
    ];
    if (status === -1) {
      throw new StateError(`More permits were given back than ${String(found)}, the most there may be.`);
    }
    const gone = (found as Uint8Array[]).map((owner) => String(owner).split(" ")[1] as string);
    for (const ticket of gone) endLease(engine, subject, ticket);
    return gone;
  },
  async abandon(engine, subject, { args: [ticket] }) {
    endLease(engine, subject, ticket as string);
    await giveBack(engine, subject, ticket as string, "release", engine.session.soon());
  },
  value: ({ session }, subject) =>
    session.run(FREE, semaphoreKeys(subject), [], { again: true, deadline: session.soon() }),
};

/** KEYS: fields, and who waits. Field: `s` whether it is set. */
const SET = script("call('HSET', KEYS[1], 's', '1')\nwakeAll(KEYS[2])\nreturn 1");
const CLEAR = script("call('HDEL', KEYS[1], 's')\nreturn 1");
const IS_SET = script(`
if call('HEXISTS', KEYS[1], 's') == 1 then return 1 end
if ARGV[1] then enlist(KEYS[2], ARGV[1]) end
return 0
`);
const STOP_WAITING = script("call('LREM', KEYS[2], 0, ARGV[1])\nreturn call('HEXISTS', KEYS[1], 's')");

export function eventKeys(subject: Subject): string[] {
  return [keyOf(subject), keyOf(subject, ":w")];
}

export const EVENT_METHODS: Methods = {
  async set({ session }, subject) {
    await session.run(SET, eventKeys(subject), [], { again: true, deadline: session.soon() });
  },
  async clear({ session }, subject) {
    await session.run(CLEAR, eventKeys(subject), [], { again: true, deadline: session.soon() });
  },
  async isSet({ session }, subject) {
    return (await session.run(IS_SET, eventKeys(subject), [], { again: true, deadline: session.soon() })) === 1;
  },
  async wait(engine, subject, call) {
    const [timeout] = call.args as [number];
    const { session } = engine;
    const ticket = engine.ticket();
    const entry = entryOf(engine, ticket);
    const keys = eventKeys(subject);
    const asked = timeout > 0 ? [entry] : [];
    const found = await waitFor<true>(session, call, timeout, {
      ticket,
      ask: async (deadline) =>
        (await session.run(IS_SET, keys, asked, { again: true, deadline })) === 1 ? true : undefined,
      leave: async (deadline) =>
        (await session.run(STOP_WAITING, keys, [entry], { again: true, deadline })) === 1 ? true : undefined,
      undo: async () => {},
    });
    return found === true;
  },
};

/**
 * KEYS: fields, and until when who waits is believed to be there. Fields: `p` how many pass together, `n` how many have
 * come, `g` the cycle, `e` and its number each of the last cycles that nobody passed in, `b` whether the barrier is broken.
 */
const BARRIER = `
local state, waiting = KEYS[1], KEYS[2]
local cycle = tonumber(call('HGET', state, 'g') or '0')
local function sayAll()
  for _, entry in ipairs(call('ZRANGE', waiting, 0, -1)) do
    local client, ticket = string.match(entry, '^(%S+) (%S+)$')
    tell(client, ticket)
  end
  call('DEL', waiting)
  call('HSET', state, 'n', '0', 'g', cycle + 1)
end
local function fail()
  call('HSET', state, 'e' .. cycle, '1')
  call('HDEL', state, 'e' .. (cycle - 1000))
  sayAll()
end
local function breakIt()
  fail()
  call('HSET', state, 'b', '1')
end
local function isBroken()
  return call('HEXISTS', state, 'b') == 1
end
if not isBroken() and #call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, 1) > 0 then breakIt() end
`;

/** ARGV: who, lease, whether it may wait, and the cycle and place it came in before, if it did. */
const ARRIVE = script(
  BARRIER,
  `
local mine, lease, before = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4] or '-1')
if before >= 0 then
  if call('ZSCORE', waiting, mine) then
    call('ZADD', waiting, now + lease, mine)
    return { 0, before }
  end
  if call('HEXISTS', state, 'e' .. before) == 1 then return { -1 } end
  return { 1 }
end
if isBroken() then return { -1 } end
local place = call('HINCRBY', state, 'n', 1) - 1
if place + 1 >= tonumber(call('HGET', state, 'p')) then
  sayAll()
  return { 1, cycle, place }
end
if ARGV[3] == '0' then
  breakIt()
  return { -1 }
end
call('ZADD', waiting, now + lease, mine)
return { 0, cycle, place }
`,
);

/** Of one who waits no more: breaks the barrier, unless it has passed. */
const GIVE_UP = script(
  BARRIER,
  `
if call('ZSCORE', waiting, ARGV[1]) then
  breakIt()
  return -1
end
return call('HEXISTS', state, 'e' .. ARGV[2]) == 1 and -1 or 1
`,
);

const BREAK = script(BARRIER, "if not isBroken() then breakIt() end\nreturn 1");
const RESET = script(BARRIER, "fail()\ncall('HDEL', state, 'b')\nreturn 1");
const LOOK = script(
  BARRIER,
  "return { tonumber(call('HGET', state, 'p')), tonumber(call('HGET', state, 'n') or '0'), isBroken() and 1 or 0 }",
);

function broken(): BrokenBarrierError {
  return new BrokenBarrierError("The barrier is broken: somebody left it, or it was aborted or reset.");
}

async function look({ session }: Engine, subject: Subject): Promise<number[]> {
  return (await session.run(LOOK, eventKeys(subject), [], { again: true, deadline: session.soon() })) as number[];
}

export const BARRIER_METHODS: Methods = {
  async wait(engine, subject, call) {
    const [timeout] = call.args as [number];
    const { session } = engine;
    const ticket = engine.ticket();
    const mine = entryOf(engine, ticket);
    const keys = eventKeys(subject);
    const arrive = async (again: readonly string[], deadline: number): Promise<readonly number[]> => {
      const args = [mine, String(subject.lease), timeout > 0 ? "1" : "0", ...again];
      // Who is not known to have come may come twice.
      return (await session.run(ARRIVE, keys, args, { again: again.length > 0, deadline })) as readonly number[];
    };
    const [status = 0, cycle, place] = await arrive([], session.soon());
    if (status === 1) return place;
    if (status === -1) throw broken();
    const outcome = await waitFor<number>(session, call, timeout, {
      ticket,
      async ask(deadline) {
        const [now] = await arrive([String(cycle)], deadline);
        return now === 0 ? undefined : now;
      },
      leave: async (deadline) =>
        (await session.run(GIVE_UP, keys, [mine, String(cycle)], { again: true, deadline })) as number,
      undo: async () => {},
      // By asking it says that it is there.
      patience: () => Math.min(1000, subject.lease / 3),
    });
    if (outcome === 1) return place;
    throw broken();
  },
  async abort({ session }, subject) {
    await session.run(BREAK, eventKeys(subject), [], { again: true, deadline: session.soon() });
  },
  async reset({ session }, subject) {
    await session.run(RESET, eventKeys(subject), [], { again: true, deadline: session.soon() });
  },
  parties: async (engine, subject) => (await look(engine, subject))[0],
  waiting: async (engine, subject) => (await look(engine, subject))[1],
  broken: async (engine, subject) => (await look(engine, subject))[2] === 1,
};
