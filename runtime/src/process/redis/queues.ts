/**
 * Queues in Redis. An item that was handed out stays in the queue until it is reported as done, and is handed out again if
 * its client dies: at least once. First in, first out is a stream with a group of consumers; other orders are sorted sets.
 */
import process from "node:process";
import { ConnectionClosedError, Empty, Full, ShutDown } from "../../errors.js";
import { type Engine, entryOf, keyOf, type Methods } from "./engine.js";
import type { Subject } from "./redis-messages.js";
import { type Script, script } from "./script.js";
import { type Call, waitFor } from "./waits.js";

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
local function take(client, lease, most, deliveries)
  local taken = {}
  if now >= tonumber(call('HGET', state, 'r') or '0') then
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

type QueueScripts = Readonly<Record<keyof typeof PARTS, Script>>;

function scriptsFor(store: string): QueueScripts {
  return Object.fromEntries(
    Object.entries(PARTS).map(([name, lua]) => [name, script(QUEUE, store, lua)]),
  ) as unknown as QueueScripts;
}

const streamScripts = scriptsFor(STREAM);
const sortedScripts = scriptsFor(SORTED);

export function isStream({ kind }: Subject): boolean {
  return kind === "durable queue";
}

export function queueKeys(subject: Subject): string[] {
  const keys = ["", ":s", ":g", ":p", ":j", ":d"];
  if (!isStream(subject)) keys.push(":i", ":t", ":n");
  return keys.map((part) => keyOf(subject, part));
}

/** An item that is this client's. */
interface Taken {
  readonly id: Uint8Array;
  readonly value: Uint8Array;
  readonly deliveries: number;
}

/** What one message of the client asks for goes to the server together. */
class Batch<Question, Outcome> {
  #questions: { readonly question: Question; settle(outcome: Outcome): void; fail(error: unknown): void }[] = [];
  readonly #ask: (questions: readonly Question[]) => Promise<readonly Outcome[]>;

  constructor(ask: (questions: readonly Question[]) => Promise<readonly Outcome[]>) {
    this.#ask = ask;
  }

  add(question: Question): Promise<Outcome> {
    return new Promise((settle, fail) => {
      this.#questions.push({ question, settle, fail });
      if (this.#questions.length === 1) process.nextTick(() => void this.#flush());
      else if (this.#questions.length === MOST_AT_ONCE) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const all = this.#questions;
    if (all.length === 0) return;
    this.#questions = [];
    try {
      const outcomes = await this.#ask(all.map(({ question }) => question));
      for (const [i, { settle }] of all.entries()) settle(outcomes[i] as Outcome);
    } catch (error) {
      for (const { fail } of all) fail(error);
    }
  }
}

/** Lua takes some thousand arguments; a script that runs for long keeps others waiting. */
const MOST_AT_ONCE = 256;

interface PutQuestion {
  readonly value: Uint8Array;
  readonly rank: string | Uint8Array;
  /** Who waits; nothing for nobody. */
  readonly entry: string;
}

type PutOutcome = "in" | "full" | "shut";
type GetOutcome = Taken | "none" | "shut";

/** This client's side of one queue. */
class QueueSide {
  readonly puts: Batch<PutQuestion, PutOutcome>;
  readonly gets: Batch<string, GetOutcome>;
  readonly dones: Batch<Uint8Array, undefined>;
  readonly scripts: QueueScripts;
  readonly keys: string[];
  /** By their numbers in text: items that were taken and not reported. */
  readonly inHand = new Map<string, Uint8Array>();
  readonly #engine: Engine;
  readonly #subject: Subject;

  constructor(engine: Engine, subject: Subject) {
    this.#engine = engine;
    this.#subject = subject;
    this.scripts = isStream(subject) ? streamScripts : sortedScripts;
    this.keys = queueKeys(subject);
    this.puts = new Batch((questions) => this.#put(questions));
    this.gets = new Batch((entries) => this.#get(entries));
    this.dones = new Batch((ids) => this.#done(ids));
  }

  async run(name: keyof QueueScripts, args: readonly (string | Uint8Array)[], again: boolean, deadline?: number) {
    const { session } = this.#engine;
    return session.run(this.scripts[name], this.keys, args, { again, deadline: deadline ?? session.soon() });
  }

  /** Back to the queue, for the next one. */
  async giveBack(ids: readonly Uint8Array[]): Promise<void> {
    for (const id of ids) this.#forget(id);
    await this.run("giveBack", [this.#engine.session.plan.client, ...ids], true);
  }

  async #put(questions: readonly PutQuestion[]): Promise<readonly PutOutcome[]> {
    const args = questions.flatMap(({ value, rank, entry }) => [value, rank, entry]);
    const count = (await this.run("put", [String(this.#subject.maxsize), ...args], false)) as number;
    return questions.map((_, i) => (count < 0 ? "shut" : i < count ? "in" : "full"));
  }

  async #get(entries: readonly string[]): Promise<readonly GetOutcome[]> {
    const { lease, maxDeliveries, maxsize } = this.#subject;
    const { client } = this.#engine.session.plan;
    const asked = performance.now();
    const args = [client, String(lease), String(maxDeliveries), maxsize > 0 ? "1" : "0", ...entries];
    const found = (await this.run("get", args, true, Number.POSITIVE_INFINITY)) as [
      readonly [Uint8Array, Uint8Array, number][],
      number,
    ];
    const [items, isShut] = found;
    const isFirst = this.inHand.size === 0;
    const taken = items.map(([id, value, deliveries]): Taken => ({ id, value, deliveries }));
    for (const { id } of taken) this.inHand.set(textOf(id), id);
    if (isFirst && taken.length > 0) this.#keep(asked);
    return entries.map((_, i) => taken[i] ?? (isShut === 1 ? "shut" : "none"));
  }

  async #done(ids: readonly Uint8Array[]): Promise<readonly undefined[]> {
    for (const id of ids) this.#forget(id);
    await this.run("done", ids, true, Number.POSITIVE_INFINITY);
    return ids.map(() => undefined);
  }

  #forget(id: Uint8Array): void {
    this.inHand.delete(textOf(id));
    if (this.inHand.size === 0) this.#engine.leases.end(this.#lease);
  }

  get #lease(): string {
    return `items ${this.#subject.name}`;
  }

  /** All items in hand are renewed together. One that is lost was handed to somebody else: it comes twice. */
  #keep(since: number): void {
    const { leases, session, tell } = this.#engine;
    const { lease, name } = this.#subject;
    leases.keep(this.#lease, since, {
      milliseconds: lease,
      renew: async (deadline) => {
        const ids = [...this.inHand.values()];
        const lost = (await this.run(
          "renew",
          [session.plan.client, String(lease), ...ids],
          true,
          deadline,
        )) as Uint8Array[];
        for (const id of lost) {
          this.inHand.delete(textOf(id));
          tell({ lost: name, ticket: textOf(id) });
        }
        return true;
      },
      // The server is away for so long that others may have them by now. Who reports one as done afterwards may do so.
      lost: () => {
        for (const id of this.inHand.keys()) tell({ lost: name, ticket: id });
        this.inHand.clear();
      },
    });
  }
}

/** An item's number as text, byte by byte. */
function textOf(id: Uint8Array): string {
  return Buffer.from(id).toString("latin1");
}

const sides = new Map<string, QueueSide>();

function sideOf(engine: Engine, subject: Subject): QueueSide {
  let side = sides.get(subject.name);
  if (side === undefined) {
    side = new QueueSide(engine, subject);
    sides.set(subject.name, side);
  }
  return side;
}

function shutDown(): ShutDown {
  return new ShutDown("The queue was shut down.");
}

async function put(engine: Engine, subject: Subject, call: Call): Promise<void> {
  const [value, timeout, rank] = call.args as [Uint8Array, number, string | Uint8Array];
  const side = sideOf(engine, subject);
  const ticket = engine.ticket();
  const entry = timeout > 0 && subject.maxsize > 0 ? entryOf(engine, ticket) : "";
  let last: Promise<PutOutcome> | undefined;
  /** Of the last question. */
  let isAnswered = false;
  const outcome = await waitFor<"in" | "shut">(engine.session, call, timeout, {
    ticket,
    async ask() {
      isAnswered = false;
      last = side.puts.add({ value, rank, entry });
      const found = await last;
      isAnswered = true;
      return found === "full" ? undefined : found;
    },
    async leave(deadline) {
      await side.run("leavePutting", [entry], true, deadline);
      const found = await last; // also if it was there before this was asked
      return found === "full" ? undefined : found;
    },
  });
  if (outcome === "shut") throw shutDown();
  if (!isAnswered)
    throw new ConnectionClosedError("Redis did not answer in time: whether the item is in the queue is not known.");
  if (outcome === undefined) throw new Full("The queue is full.");
}

/** The next item for this client. @throws Empty @throws ShutDown */
async function get(engine: Engine, subject: Subject, call: Call): Promise<Taken> {
  const [timeout] = call.args as [number];
  const side = sideOf(engine, subject);
  const ticket = engine.ticket();
  const entry = timeout > 0 ? entryOf(engine, ticket) : "";
  let last: Promise<GetOutcome> | undefined;
  let outcome: Taken | "shut" | undefined;
  try {
    outcome = await waitFor<Taken | "shut">(engine.session, call, timeout, {
      ticket,
      async ask() {
        last = side.gets.add(entry);
        const found = await last;
        return found === "none" ? undefined : found;
      },
      async leave(deadline) {
        await side.run("leaveGetting", [entry], true, deadline);
        const found = await last; // also if it was there before this was asked
        return found === "none" ? undefined : found;
      },
      undo: async () => {}, // below
      // What a dead client had becomes free without a word.
      patience: () => Math.min(1000, Math.max(20, subject.lease / 4)),
    });
  } finally {
    // What comes whenever it comes for nobody is the next one's; it would be renewed for ever.
    last?.then(
      (found) => {
        if (typeof found === "object" && found !== outcome) side.giveBack([found.id]).catch(() => {}); // its lease ends
      },
      () => {},
    );
  }
  if (outcome === "shut") throw shutDown();
  if (outcome === undefined) throw new Empty("The queue is empty.");
  return outcome;
}

async function size(engine: Engine, subject: Subject): Promise<[number, number]> {
  return (await sideOf(engine, subject).run("size", [], true)) as [number, number];
}

export const QUEUE_METHODS: Methods = {
  put: (engine, subject, call) => put(engine, subject, call),
  get: (engine, subject, call) => get(engine, subject, call),
  qsize: async (engine, subject) => (await size(engine, subject))[0],
  full: async (engine, subject) => subject.maxsize > 0 && (await size(engine, subject))[0] >= subject.maxsize,
  done: (engine, subject, { args }) => sideOf(engine, subject).dones.add(args[0] as Uint8Array),
  giveBack: (engine, subject, { args }) => sideOf(engine, subject).giveBack(args as Uint8Array[]),
  async join(engine, subject, call) {
    const side = sideOf(engine, subject);
    const ticket = engine.ticket();
    const entry = entryOf(engine, ticket);
    await waitFor<true>(engine.session, call, Number.POSITIVE_INFINITY, {
      ticket,
      ask: async (deadline) => ((await side.run("join", [entry], true, deadline)) === 1 ? true : undefined),
      leave: async (deadline) => void (await side.run("joinNoMore", [entry], true, deadline)),
      undo: async () => {},
    });
  },
  shutdown: (engine, subject, { args }) =>
    sideOf(engine, subject).run("shutDown", [args[0] === true ? "1" : "0"], true),
  aside: (engine, subject) => sideOf(engine, subject).run("aside", [], true),
};

/** Gives back all items that this client has in hand. */
export async function giveAllBack(): Promise<void> {
  await Promise.all(
    [...sides.values()].filter(({ inHand }) => inHand.size > 0).map((side) => side.giveBack([...side.inHand.values()])),
  );
}
