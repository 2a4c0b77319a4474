/** Lists, dicts, namespaces and values in Redis. What is in them are bytes that only the clients' threads understand. */
import { type ValueType, VIEWS } from "../../elements.js";
import type { Reply } from "./driver.js";
import { type Engine, keyOf, type Method, type Methods } from "./engine.js";
import type { Subject } from "./redis-messages.js";
import { type Script, script } from "./script.js";

/** Runs a script with the call's arguments. `again`: doing it twice is as good as once. */
async function run(
  { session }: Engine,
  keys: readonly string[],
  how: Script,
  args: readonly unknown[],
  again: boolean,
): Promise<Reply> {
  const given = args.map((arg) => (arg instanceof Uint8Array ? arg : String(arg)));
  return session.run(how, keys, given, { again, deadline: session.soon() });
}

/** KEYS: the elements, and how often the list was changed. */
export function listKeys(subject: Subject): string[] {
  return [keyOf(subject, ":l"), keyOf(subject, ":v")];
}

/** Lua takes some thousand arguments at a time. */
export const LIST = `
local list, version = KEYS[1], KEYS[2]
local function pushAll(values, from)
  for i = from, #values, 1000 do
    call('RPUSH', list, unpack(values, i, math.min(i + 999, #values)))
  end
end
local function changed()
  call('INCR', version)
end
local function fill(values)
  call('DEL', list)
  pushAll(values, 1)
  changed()
end
local function place(index)
  local length = call('LLEN', list)
  local at = tonumber(index)
  if at < 0 then at = at + length end
  if at < 0 or at >= length or at ~= math.floor(at) then
    return nil, redis.error_reply('HEDDLE_RANGE A list of ' .. length .. ' has no element ' .. index .. '.')
  end
  return at
end
`;

function onList(lua: string, again = false): Method {
  const how = script(LIST, lua);
  return (engine, subject, { args }) => run(engine, listKeys(subject), how, args, again);
}

const CHECK_PLACE = "local at, refused = place(ARGV[1])\nif refused then return refused end\n";
const CHANGE_ENDS = "local result = call(ARGV[1], list)\nif result then changed() end\nreturn result";
const changeEnds = onList(CHANGE_ENDS);
const FIND = onList("return call('LPOS', list, ARGV[1], 'RANK', ARGV[2]) or -1", true);

export const LIST_METHODS: Methods = {
  length: onList("return call('LLEN', list)", true),
  get: onList(`${CHECK_PLACE}return call('LINDEX', list, at)`, true),
  at: (engine, subject, call) => {
    const index = Math.trunc(Number(call.args[0])) || 0;
    return LOOK_AT(engine, subject, { ...call, args: [index] });
  },
  set: onList(`${CHECK_PLACE}call('LSET', list, at, ARGV[2])\nchanged()`),
  push: onList("if #ARGV > 0 then pushAll(ARGV, 1) changed() end\nreturn call('LLEN', list)"),
  unshift: onList(
    "for i = #ARGV, 1, -1 do call('LPUSH', list, ARGV[i]) end\nif #ARGV > 0 then changed() end\nreturn call('LLEN', list)",
  ),
  pop: (engine, subject, call) => changeEnds(engine, subject, { ...call, args: ["RPOP"] }),
  shift: (engine, subject, call) => changeEnds(engine, subject, { ...call, args: ["LPOP"] }),
  slice: onList(
    `
local length = call('LLEN', list)
local function bound(text, otherwise)
  if text == 'undefined' or text == 'Infinity' then return otherwise end
  if text == '-Infinity' or text == 'NaN' then return 0 end
  local at = tonumber(text)
  at = at < 0 and math.ceil(at) or math.floor(at)
  if at < 0 then at = math.max(0, at + length) end
  return math.min(at, length)
end
local first = ARGV[1] == 'Infinity' and length or bound(ARGV[1], 0)
local last = bound(ARGV[2] or 'undefined', length)
if last <= first then return {} end
return call('LRANGE', list, first, last - 1)
`,
    true,
  ),
  splice: onList(`
local all = call('LRANGE', list, 0, -1)
local function bound(text, most)
  if text == 'Infinity' then return most end
  local at = tonumber(text) or 0
  if at ~= at or at == -math.huge then return 0 end
  return at < 0 and math.ceil(at) or math.floor(at)
end
local first = bound(ARGV[1], #all)
if first < 0 then first = math.max(0, first + #all) end
first = math.min(first, #all)
local count = math.max(0, math.min(bound(ARGV[2], #all), #all - first))
local gone, left = {}, {}
for i, value in ipairs(all) do
  if i == first + 1 then for k = 3, #ARGV do left[#left + 1] = ARGV[k] end end
  if i > first and i <= first + count then gone[#gone + 1] = value else left[#left + 1] = value end
end
if first == #all then for k = 3, #ARGV do left[#left + 1] = ARGV[k] end end
fill(left)
return gone
`),
  reverse: onList(`
local all, turned = call('LRANGE', list, 0, -1), {}
for i = #all, 1, -1 do turned[#turned + 1] = all[i] end
fill(turned)
`),
  snapshot: onList("return { tonumber(call('GET', version) or '0'), call('LRANGE', list, 0, -1) }", true),
  async arrange(engine, subject, { args: [version, places] }) {
    const given = [version, ...(places as readonly number[])];
    return (await run(engine, listKeys(subject), ARRANGE, given, false)) === 1;
  },
  indexOf: (engine, subject, call) => FIND(engine, subject, { ...call, args: [call.args[0], 1] }),
  lastIndexOf: (engine, subject, call) => FIND(engine, subject, { ...call, args: [call.args[0], -1] }),
};

const LOOK_AT = onList("return call('LINDEX', list, ARGV[1])", true);

const ARRANGE = script(
  LIST,
  `
if (call('GET', version) or '0') ~= ARGV[1] then return 0 end
local all, arranged = call('LRANGE', list, 0, -1), {}
for i = 2, #ARGV do arranged[i - 1] = all[tonumber(ARGV[i]) + 1] end
fill(arranged)
return 1
`,
);

/** KEYS: the values by their keys, and the keys in the order of their arrival. */
export function dictKeys(subject: Subject): string[] {
  return [keyOf(subject, ":h"), keyOf(subject, ":o")];
}

export const DICT = `
local values, order = KEYS[1], KEYS[2]
local function put(key, value)
  if call('HSET', values, key, value) == 1 then
    local last = call('ZRANGE', order, -1, -1, 'WITHSCORES')
    call('ZADD', order, (tonumber(last[2]) or 0) + 1, key)
  end
end
local function remove(key)
  call('ZREM', order, key)
  return call('HDEL', values, key)
end
local function all()
  local keys, found = call('ZRANGE', order, 0, -1), {}
  for i, key in ipairs(keys) do found[i] = { key, call('HGET', values, key) } end
  return found
end
`;

function onDict(lua: string, again = false): Method {
  const how = script(DICT, lua);
  return (engine, subject, { args }) => run(engine, dictKeys(subject), how, args, again);
}

/** One that says yes or no. */
function yes(method: Method): Method {
  return async (engine, subject, call) => (await method(engine, subject, call)) === 1;
}

/** Keys and values by turns. */
const update = onDict("for i = 1, #ARGV, 2 do put(ARGV[i], ARGV[i + 1]) end", true);

export const DICT_METHODS: Methods = {
  size: onDict("return call('HLEN', values)", true),
  get: onDict("return call('HGET', values, ARGV[1])", true),
  has: yes(onDict("return call('HEXISTS', values, ARGV[1])", true)),
  update,
  /** Of a namespace. */
  set: update,
  setDefault: onDict(
    "if call('HEXISTS', values, ARGV[1]) == 0 then put(ARGV[1], ARGV[2]) end\nreturn call('HGET', values, ARGV[1])",
    true,
  ),
  delete: yes(onDict("return remove(ARGV[1])")),
  pop: onDict("local value = call('HGET', values, ARGV[1])\nremove(ARGV[1])\nreturn value"),
  clear: onDict("call('DEL', values, order)", true),
  keys: onDict("return call('ZRANGE', order, 0, -1)", true),
  values: onDict("local found = {}\nfor i, entry in ipairs(all()) do found[i] = entry[2] end\nreturn found", true),
  entries: onDict("return all()", true),
};

/** As others see it: the shortest text from which the same number comes. */
export function textOf(value: number | bigint | boolean): string {
  return typeof value === "boolean" ? String(Number(value)) : Object.is(value, -0) ? "-0" : String(value);
}

const READ = script("return call('GET', KEYS[1])");
const WRITE = script("call('SET', KEYS[1], ARGV[1])\nreturn 1");
const EXCHANGE = script(`
if (call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
call('SET', KEYS[1], ARGV[2])
return 1
`);

type Numeric = number | bigint;

/** The number as it is in memory of that type. @throws TypeError a number where the type has bigints, or the other way round */
function wrapped(type: string, value: unknown): Numeric {
  const view = new VIEWS[type === "bool" ? "u8" : (type as Exclude<ValueType, "bool">)](1) as unknown as Numeric[];
  view[0] = (type === "bool" ? Number(Boolean(value)) : value) as number;
  return view[0];
}

function numberOf(type: string, text: Reply): Numeric {
  const found = text === null ? "0" : String(text);
  return type === "i64" || type === "u64" ? BigInt(found) : Number(found);
}

export function valueKeys(subject: Subject): string[] {
  return [keyOf(subject, ":n")];
}

async function readNumber(engine: Engine, subject: Subject): Promise<Numeric> {
  return numberOf(subject.type, await run(engine, valueKeys(subject), READ, [], true));
}

export const VALUE_METHODS: Methods = {
  async get(engine, subject) {
    const found = await readNumber(engine, subject);
    return subject.type === "bool" ? found !== 0 : found;
  },
  async set(engine, subject, { args: [, value] }) {
    await run(engine, valueKeys(subject), WRITE, [textOf(wrapped(subject.type, value))], true);
  },
  /** Somebody is always first, so that this ends. */
  async add(engine, subject, { args: [, amount] }) {
    if (subject.type === "bool") throw new TypeError("A value of type bool cannot be added to.");
    for (;;) {
      const before = await readNumber(engine, subject);
      const after = wrapped(subject.type, (before as number) + (amount as number));
      const given = [textOf(before), textOf(after)];
      if ((await run(engine, valueKeys(subject), EXCHANGE, given, false)) === 1) return before;
    }
  },
};
