/** Values to messages and back. */
import { host } from "#host";
import { release, retain } from "./arena.js";
import { freeInHand } from "./block-in-hand.js";
import { buffersArrived } from "./buffers.js";
import { Decoder } from "./decoder.js";
import { Encoder } from "./encoder.js";
import { isolate } from "./isolate.js";
import { taskOfNumber } from "./task-numbers.js";

let spare: Encoder | undefined;

/**
 * Encodes `value` and gives the message to `use`, which must copy it to keep it and throws if it goes nowhere. A `label` is a number that can be read
 * before anything else (`labelOf`).
 * @throws SerializationError with the place in the value and what to do
 */
export function encode<T>(value: unknown, use: (message: Uint8Array) => T, label?: number): T {
  // A getter of the value may encode in its turn, which then takes an encoder of its own.
  const encoder = spare ?? new Encoder();
  spare = undefined;
  try {
    const message = encoder.encode(value, label);
    try {
      return use(message);
    } catch (error) {
      discard(message);
      throw error;
    }
  } finally {
    spare = encoder;
  }
}

/** Gives back the references to shared objects of a message that nobody will decode. */
export function discard(message: Uint8Array): void {
  for (const at of cellsOf(message)) release(at);
  freeMessage(message);
}

/** Of a message that lies in the arena, received and not copied: gives back its block, the message being at its start. */
function freeMessage(message: Uint8Array): void {
  if (message.buffer === isolate.memory) freeInHand(message.byteOffset >> 2);
}

/** Takes a further reference to each shared object of a message, so that a copy of it can be decoded. */
export function retainShared(message: Uint8Array): void {
  for (const at of cellsOf(message)) retain(at);
}

/** The cells of the shared objects of a message. */
export function cellsOf(message: Uint8Array): number[] {
  const list = listsOf(message);
  if (list === undefined) return [];
  for (let left = list.int(); left > 0; left--) list.int();
  return Array.from({ length: list.int() }, () => list.int());
}

/** The value; takes over the references to shared objects that the message held. */
export function decode(message: Uint8Array): unknown {
  return read(message, 0);
}

function read(message: Uint8Array, start: number): unknown {
  try {
    return new Decoder(message, start).read();
  } finally {
    freeMessage(message);
  }
}

/** The value of a message that is kept: the references it holds stay its own. */
export function decodeKept(message: Uint8Array): unknown {
  const list = listsOf(message);
  if (list !== undefined) {
    for (let left = list.int(); left > 0; left--) list.int();
    for (let left = list.int(); left > 0; left--) retain(list.int());
  }
  return decode(message);
}

/** The label of a message that has one. */
export function labelOf(message: Uint8Array): number {
  return new Decoder(message, 0).int();
}

/** The value of a message that has a label. */
export function decodeLabelled(message: Uint8Array): unknown {
  return read(message, LABEL_BYTES);
}

/** Loads the modules whose functions and classes the message names, and what else decoding it needs. */
export async function loadModules(message: Uint8Array): Promise<void> {
  for (const url of missingModules(message)) await host.load(url);
  if (host.receive === undefined) await buffersArrived(cellsOf(message));
}

/** As `loadModules`, for work that this thread is there for: a module that starts threads meanwhile does so in each. */
export async function loadForWork(message: Uint8Array): Promise<void> {
  isolate.isLoading = true;
  try {
    await loadModules(message);
  } finally {
    isolate.isLoading = false;
  }
}

/** The modules that `loadModules` would load: none, mostly. */
export function missingModules(message: Uint8Array): readonly string[] {
  const start = new Decoder(message, message.length - 4).int();
  if (start === 0) return NONE;
  const list = new Decoder(message, start);
  let missing = NONE;
  for (let left = list.int(); left > 0; left--) {
    const number = list.int();
    if (loaded.has(number)) continue;
    const { url } = taskOfNumber(number);
    if (isolate.tasks.has(url)) loaded.add(number);
    else missing = [...missing, url];
  }
  return missing;
}

/** Numbers of functions and classes whose modules are there. */
const loaded = new Set<number>();

/** Stands before the lists at a message's end: of tasks, then of cells. Undefined if it has none. */
function listsOf(message: Uint8Array): Decoder | undefined {
  const start = new Decoder(message, message.length - 4).int();
  return start === 0 ? undefined : new Decoder(message, start);
}

const LABEL_BYTES = 4;
const NONE: readonly string[] = [];
