import { acquire, acquireAsync } from "./acquire.js";
import { allocateBlock, allocateCell, bytes, FIELDS, KIND, KINDS, words } from "./arena.js";
import { decodeKept, encode, loadModules } from "./codec.js";
import { StateError } from "./errors.js";
import { give, isTakenBy } from "./mutex.js";
import { claimName } from "./names.js";
import { self } from "./self.js";
import { defineKind } from "./shared.js";
import { recorder } from "./trace/hook.js";

/** The word of the cell that names the heap block with the value, as a message behind its length; 0 while there is none. */
const VALUE = FIELDS;

/** What this isolate has got already. */
const known = new Map<string, unknown>();

/**
 * The program's value of that name: made by `make` in whichever thread asks first, and for every other thread a copy of
 * it, shared objects being themselves. Blocks while another thread makes it. When `make` throws, the next call tries again.
 * @throws SerializationError the value cannot travel
 * @throws StateError the name is another object's, or `make` asks for the value it is to make
 * @see Python has none; a module is evaluated once there.
 */
export function once<T>(name: string, make: () => T): T {
  const found = knownOrKept<T>(name);
  if (found !== undefined) return found.value;
  const at = cellOfOnce(name);
  if (isTakenBy(at, self)) throw new StateError(`The value ${JSON.stringify(name)} is being made in this thread.`);
  // Who died with it in hand has made nothing.
  acquire(at, Number.POSITIVE_INFINITY);
  try {
    const made = knownOrKept<T>(name);
    if (made !== undefined) return made.value;
    const value = make();
    if (value instanceof Promise) throw new TypeError("once() cannot wait for a promise; use onceAsync().");
    return keep(name, at, value);
  } finally {
    free(at);
  }
}

/**
 * Like `once` without blocking the thread; `make` may be async.
 * @see Python has none; a module is evaluated once there.
 */
export async function onceAsync<T>(name: string, make: () => T | Promise<T>): Promise<T> {
  const found = await knownOrLoaded<T>(name);
  if (found !== undefined) return found.value;
  const at = cellOfOnce(name);
  await acquireAsync(at, Number.POSITIVE_INFINITY, undefined);
  try {
    const made = await knownOrLoaded<T>(name);
    return made === undefined ? keep(name, at, await make()) : made.value;
  } finally {
    free(at);
  }
}

interface Found<T> {
  readonly value: T;
}

function knownOrKept<T>(name: string): Found<T> | undefined {
  if (!known.has(name)) {
    const message = keptMessage(name);
    if (message === undefined) return undefined;
    known.set(name, decodeKept(message));
  }
  return { value: known.get(name) as T };
}

async function knownOrLoaded<T>(name: string): Promise<Found<T> | undefined> {
  const message = known.has(name) ? undefined : keptMessage(name);
  if (message !== undefined) await loadModules(message);
  return knownOrKept(name);
}

function keptMessage(name: string): Uint8Array | undefined {
  const block = Atomics.load(words, cellOfOnce(name) + VALUE);
  if (block === 0) return undefined;
  const start = (block + 1) * 4;
  return bytes.slice(start, start + (words[block] ?? 0));
}

function keep<T>(name: string, at: number, value: T): T {
  encode(value, (message) => {
    const block = allocateBlock(4 + message.length);
    words[block] = message.length;
    bytes.set(message, (block + 1) * 4);
    // Published last, and never changed.
    Atomics.store(words, at + VALUE, block);
  });
  known.set(name, value);
  return value;
}

/** Named objects live as long as the program, so nobody needs to hold this one. */
function cellOfOnce(name: string): number {
  if (typeof name !== "string" || name === "") throw new TypeError("The name of a value is a non-empty string.");
  return claimName(name, "value of once()", () => {
    const at = allocateCell();
    Atomics.store(words, at + KIND, KINDS.once);
    return at;
  });
}

function free(at: number): void {
  recorder?.releases(at);
  give(at);
}

defineKind("once", "once", () => {
  throw new StateError("A value of once() goes to other threads by its name.");
});
