/**
 * Locks and conditions in Redis. A lock is held for a lease, which its client renews; who waits gets it in order of arrival.
 * Each time that it is taken it counts: the fencing token.
 */
import { StateError } from "../../errors.js";
import { type Engine, entryOf, keyOf, type Method, type Methods } from "./engine.js";
import type { Subject } from "./redis-messages.js";
import { type Script, script } from "./script.js";
import { type Wait, waitFor } from "./waits.js";

/**
 * KEYS: the lock's fields, and who waits for it: client, ticket and lease. Fields: `o` who has it, `u` until when, `l` for how
 * long at most, `f` the fencing token, `a` whether it was abandoned when it was taken, `x` whether it was since.
 */
const LOCK = `
local state, waiting = KEYS[1], KEYS[2]
-- Returns the token, and whether it was abandoned.
local function give(owner, lease)
  local token, abandoned = call('HINCRBY', state, 'f', 1), call('HGET', state, 'x') or '0'
  call('HSET', state, 'o', owner, 'u', now + lease, 'l', lease, 'a', abandoned)
  if abandoned == '1' then call('HDEL', state, 'x') end
  return token, abandoned
end
local function pass()
  while true do
    local entry = call('LPOP', waiting)
    if not entry then
      call('HDEL', state, 'o', 'u', 'l', 'a')
      return
    end
    local client, ticket, lease = string.match(entry, '^(%S+) (%S+) (%S+)$')
    give(client .. ' ' .. ticket, tonumber(lease))
    if tell(client, ticket) then return end
    if call('HGET', state, 'a') == '1' then call('HSET', state, 'x', '1') end
  end
end
local function abandon()
  call('HSET', state, 'x', '1')
  pass()
end
local had = call('HMGET', state, 'o', 'u', 'l')
local owner, ends = had[1], tonumber(had[2] or '0')
-- The clock was set back: whoever is dead would have it for so much longer.
if owner and had[3] and ends > now + tonumber(had[3]) then
  ends = now + tonumber(had[3])
  call('HSET', state, 'u', ends)
end
if owner and ends <= now then
  abandon()
  owner = call('HGET', state, 'o')
end
`;

const ACQUIRE = script(
  LOCK,
  `
local mine, lease = ARGV[1], ARGV[2]
if not owner then
  local token, abandoned = give(mine, tonumber(lease))
  return { 1, token, abandoned == '1' and 1 or 0 }
end
if owner == mine then
  call('HSET', state, 'u', now + tonumber(lease)) -- it was given some time before this client heard of it
  return { 1, tonumber(call('HGET', state, 'f')), call('HGET', state, 'a') == '1' and 1 or 0 }
end
if ARGV[3] == '1' then enlist(waiting, mine .. ' ' .. lease) end
return { 0, tonumber(call('HGET', state, 'u')) - now }
`,
);

// A lease that is over and that nobody took is prolonged: nobody else had the lock.
const RENEW = script(`
if call('HGET', KEYS[1], 'o') ~= ARGV[1] then return 0 end
call('HSET', KEYS[1], 'u', now + tonumber(ARGV[2]))
return 1
`);

/** Also of who still waits. */
const RELEASE = script(
  LOCK,
  `
if owner ~= ARGV[1] then
  call('LREM', waiting, 0, ARGV[1] .. ' ' .. ARGV[2])
  return 0
end
if ARGV[3] == 'release' then
  pass()
  return 1
end
local token, abandoned = tonumber(call('HGET', state, 'f')), call('HGET', state, 'a') == '1' and 1 or 0
if ARGV[3] == 'keep' then return { token, abandoned } end
abandon()
return 1
`,
);

const RELEASE_OTHERS = script(LOCK, "if not owner then return 0 end\npass()\nreturn 1");

const LOCKED = script(LOCK, "return owner and 1 or 0");
const OWNER = script(LOCK, "return owner or ''");

/** What a client has that has a lock. */
export interface Tenure {
  readonly ticket: string;
  /** The fencing token. */
  readonly fence: number;
  readonly isAbandoned: boolean;
}

function lockKeys(name: string): string[] {
  return [`heddle:{${name}}`, `heddle:{${name}}:w`];
}

/** Takes the lock of that name within so many milliseconds, and keeps it; `first` as in `waitFor`. */
async function acquire(
  engine: Engine,
  { name, lease }: { readonly name: string; readonly lease: number },
  call: Parameters<Method>[2],
  timeout: number,
  first?: number,
): Promise<Tenure | undefined> {
  const { session } = engine;
  const ticket = engine.ticket();
  const owner = entryOf(engine, ticket);
  const keys = lockKeys(name);
  let asked = 0;
  let left = lease;
  const leave = async (how: "keep" | "release", deadline: number): Promise<Tenure | undefined> => {
    const found = await session.run(RELEASE, keys, [owner, String(lease), how], { again: true, deadline });
    return Array.isArray(found) ? { ticket, fence: found[0], isAbandoned: found[1] === 1 } : undefined;
  };
  const wait: Wait<Tenure> = {
    ticket,
    async ask(deadline) {
      asked = performance.now();
      const args = [owner, String(lease), timeout > 0 ? "1" : "0"];
      const [isMine, number, isAbandoned] = (await session.run(ACQUIRE, keys, args, {
        again: true,
        deadline,
      })) as number[];
      if (isMine === 1) return { ticket, fence: number as number, isAbandoned: isAbandoned === 1 };
      left = number as number;
      return undefined;
    },
    leave: (deadline) => leave("keep", deadline),
    undo: async () => void (await leave("release", session.soon())),
    // Nobody says when a lease is over.
    patience: () => Math.min(1000, Math.max(10, left + 5)),
  };
  const tenure = await waitFor(session, call, timeout, wait, first);
  if (tenure === undefined) return undefined;
  engine.leases.keep(leaseOf(name, ticket), asked, {
    milliseconds: lease,
    renew: async (deadline) =>
      (await session.run(RENEW, keys, [owner, String(lease)], { again: true, deadline })) === 1,
    lost: () => engine.tell({ lost: name, ticket }),
  });
  return tenure;
}

function leaseOf(name: string, ticket: string): string {
  return `lock ${name} ${ticket}`;
}

/** The client has given it up. Whatever it was told of the lease by then, it hears that that is over. */
function endLease({ leases, tell }: Engine, name: string, ticket: string): void {
  if (!leases.end(leaseOf(name, ticket))) tell({ lost: name, ticket, isOver: true });
}

async function release(engine: Engine, { name, lease }: Subject, ticket: string, how: string): Promise<void> {
  endLease(engine, name, ticket);
  const args = [entryOf(engine, ticket), String(lease), how];
  await engine.session.run(RELEASE, lockKeys(name), args, { again: true, deadline: engine.session.soon() });
}

export const LOCK_METHODS: Methods = {
  async acquire(engine, subject, call) {
    const [timeout, , first] = call.args as [number, boolean, number | undefined];
    return (await acquire(engine, subject, call, timeout, first)) ?? "timeout";
  },
  release: (engine, subject, { args }) => release(engine, subject, args[0] as string, "release"),
  abandon: (engine, subject, { args }) => release(engine, subject, args[0] as string, "abandon"),
  async releaseOthers({ session }, { name }) {
    const deadline = session.soon();
    if ((await session.run(RELEASE_OTHERS, lockKeys(name), [], { again: false, deadline })) === 1) return;
    throw new StateError("release() of a lock that nobody holds.");
  },
  async locked({ session }, { name }) {
    return (await session.run(LOCKED, lockKeys(name), [], { again: true, deadline: session.soon() })) === 1;
  },
  /** As its client describes itself, in its name behind a colon; empty: nobody has it. */
  async holder({ session }, { name }, { args: [left] }) {
    const deadline = Math.min(session.soon(), performance.now() + (left as number));
    const owner = String(await session.run(OWNER, lockKeys(name), [], { again: true, deadline }));
    const [client = ""] = owner.split(" ");
    return client.slice(client.indexOf(":") + 1);
  },
};

/** KEYS: those of the lock, and who waits for the condition. */
const LEAVE_AND_WAIT = script(
  LOCK,
  `
if owner == ARGV[1] then
  call('RPUSH', KEYS[3], ARGV[2])
  pass()
  return 1
end
return call('LPOS', KEYS[3], ARGV[2]) and 1 or 0
`,
);

const IS_WAITING = script("return call('LPOS', KEYS[1], ARGV[1]) and 1 or 0");
const WAIT_NO_MORE = script("return call('LREM', KEYS[1], 0, ARGV[1])");

const NOTIFY = script(
  LOCK,
  `
if owner ~= ARGV[1] then return -1 end
local woken = 0
while woken < tonumber(ARGV[2]) and wake(KEYS[3]) do woken = woken + 1 end
return woken
`,
);

function conditionKeys(subject: Subject): string[] {
  return [...lockKeys(subject.lock), keyOf(subject, ":w")];
}

const FOR_EVER = Number.POSITIVE_INFINITY;

export const CONDITION_METHODS: Methods = {
  async wait(engine, subject, call) {
    const [timeout, held] = call.args as [number, string];
    const { session } = engine;
    const ticket = engine.ticket();
    const entry = entryOf(engine, ticket);
    const keys = conditionKeys(subject);
    const waiting = keys[2] as string;
    endLease(engine, subject.lock, held);
    const ask = (how: Script, which: string[], args: string[], deadline: number): Promise<unknown> =>
      session.run(how, which, args, { again: true, deadline });
    // Whoever waits no more has the lock again before it goes on, so that the whole of it is one step to be waited for.
    const entered = await ask(LEAVE_AND_WAIT, keys, [entryOf(engine, held), entry], FOR_EVER);
    let isNotified: true | undefined = entered === 1 ? undefined : true;
    try {
      isNotified ??= await waitFor<true>(session, call, timeout > 0 ? timeout : 1e-9, {
        ticket,
        ask: async (deadline) => ((await ask(IS_WAITING, [waiting], [entry], deadline)) === 0 ? true : undefined),
        leave: async (deadline) => ((await ask(WAIT_NO_MORE, [waiting], [entry], deadline)) === 0 ? true : undefined),
        undo: async () => {
          isNotified = true;
        },
      });
    } catch (error) {
      if (!call.cancelled.aborted) throw error;
    }
    const never = { args: [], cancelled: new AbortController().signal };
    const tenure = await acquire(engine, { name: subject.lock, lease: subject.lease }, never, FOR_EVER);
    return { isNotified: isNotified === true, tenure };
  },
  async notify({ session, ...engine }, subject, { args }) {
    const [count, held] = args as [number, string];
    const most = String(Math.min(count, 2 ** 31));
    const owner = entryOf({ session, ...engine }, held);
    const deadline = session.soon();
    const woken = await session.run(NOTIFY, conditionKeys(subject), [owner, most], { again: false, deadline });
    if (woken !== -1) return;
    throw new StateError("notify() needs the condition's lock, whose lease was lost.");
  },
};
