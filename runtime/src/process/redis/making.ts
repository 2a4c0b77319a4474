/** How objects in Redis come to be: whoever comes first says what they are. */
import { StateError } from "../../errors.js";
import { DICT, dictKeys, LIST, listKeys, textOf, valueKeys } from "./containers.js";
import { type Engine, keyOf } from "./engine.js";
import { isStream, queueKeys } from "./queue-scripts.js";
import type { Subject } from "./redis-messages.js";
import { type Script, script } from "./script.js";
import { eventKeys, semaphoreKeys } from "./signals.js";

/** The fields of an object are the last key. ARGV: kind, what it is in JSON, what the first one puts in. */
const MAKE = `
local fields = KEYS[#KEYS]
local kind, content = call('HGET', fields, 'kind'), {}
if kind then return { kind, call('HGET', fields, 'is') } end
for i = 3, #ARGV do content[i - 2] = ARGV[i] end
call('HSET', fields, 'kind', ARGV[1], 'is', ARGV[2])
`;
/** Milliseconds that an object without a name stays when no client has it any more. */
const STAYS = 180_000;

/** The client may be gone before it says for the first time that it has the object. */
const MADE = `
if string.sub(fields, 1, 9) == 'heddle:{#' then
  for _, key in ipairs(KEYS) do call('PEXPIRE', key, ${STAYS}) end
end
return { ARGV[1], ARGV[2] }
`;

const FIELDS = script(MAKE, "for i = 1, #content, 2 do call('HSET', fields, content[i], content[i + 1]) end", MADE);
const MAKE_LIST = script(LIST, MAKE, "pushAll(content, 1)", MADE);
const MAKE_DICT = script(DICT, MAKE, "for i = 1, #content, 2 do put(content[i], content[i + 1]) end", MADE);
const MAKE_VALUE = script(MAKE, "call('SET', KEYS[1], content[1])", MADE);
const MAKE_STREAM = script(MAKE, "redis.pcall('XGROUP', 'CREATE', KEYS[1], 'heddle', '$', 'MKSTREAM')", MADE);

function scriptFor(subject: Subject): Script {
  if (subject.kind === "list") return MAKE_LIST;
  if (subject.kind === "dict" || subject.kind === "namespace") return MAKE_DICT;
  if (subject.kind === "value") return MAKE_VALUE;
  return isStream(subject) ? MAKE_STREAM : FIELDS;
}

/** All keys that an object may have, its fields last. */
function keysOf(subject: Subject): string[] {
  const { kind } = subject;
  const fields = keyOf(subject);
  const others = (keys: readonly string[]): string[] => [...keys.filter((key) => key !== fields), fields];
  if (kind === "list") return others(listKeys(subject));
  if (kind === "dict" || kind === "namespace") return others(dictKeys(subject));
  if (kind === "value") return others(valueKeys(subject));
  if (kind.startsWith("durable")) return others(queueKeys(subject));
  if (kind.includes("semaphore")) return others(semaphoreKeys(subject));
  return others(eventKeys(subject));
}

/** The object, as whoever was first made it. @throws StateError one of another kind has the name */
export async function make(engine: Engine, subject: Subject, initial: readonly unknown[]): Promise<Subject> {
  const { session } = engine;
  const content = initial.map((each) => (each instanceof Uint8Array ? each : textOf(each as number)));
  const given = [subject.kind, JSON.stringify(subject), ...content];
  const [kind, text] = (await session.run(scriptFor(subject), keysOf(subject), given, {
    again: true,
    deadline: session.soon(),
  })) as [Uint8Array, Uint8Array];
  if (String(kind) === subject.kind) return JSON.parse(String(text)) as Subject;
  throw new StateError(
    `The name "${subject.name}" is that of a ${String(kind)} in Redis, and cannot be that of a ${subject.kind}.`,
  );
}

const STAY = script("for _, key in ipairs(KEYS) do call('PEXPIRE', key, ARGV[1]) end\nreturn 1");

/** Objects without a name stay as long as a client has them. */
export class Unnamed {
  readonly #engine: Engine;
  readonly #kept = new Map<string, { readonly subject: Subject; count: number }>();

  constructor(engine: Engine) {
    this.#engine = engine;
    setInterval(() => {
      for (const { subject } of this.#kept.values()) void this.#prolong(subject);
    }, STAYS / 4).unref();
  }

  keep(subject: Subject): void {
    const known = this.#kept.get(subject.name);
    if (known !== undefined) known.count++;
    else this.#kept.set(subject.name, { subject, count: 1 });
    setTimeout(() => void this.#prolong(subject), 1000).unref();
  }

  drop({ name }: Subject): void {
    const known = this.#kept.get(name);
    if (known === undefined || --known.count > 0) return;
    this.#kept.delete(name);
    void this.#prolong(known.subject);
  }

  /** For the last time: what came to be since the last one would stay for ever. */
  async leave(): Promise<void> {
    await Promise.all([...this.#kept.values()].map(({ subject }) => this.#prolong(subject)));
  }

  async #prolong(subject: Subject): Promise<void> {
    const { session } = this.#engine;
    const asking = { again: true, deadline: session.soon() };
    await session.run(STAY, keysOf(subject), [String(STAYS)], asking).catch(() => {}); // the next time
  }
}
