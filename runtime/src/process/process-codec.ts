/**
 * Values to messages for other processes and back: functions and classes by their names, nothing by its memory. A message
 * comes from a process of the program or of who knows its keys, which may have any module loaded here, or from a stranger:
 * who may write to a server that many use. What a stranger names is looked for among what this thread has loaded itself.
 */
import { host } from "#host";
import { type Arrival, Decoder, type Origin } from "../decoder.js";
import { type Departure, Encoder, type StandIn } from "../encoder.js";
import { SerializationError } from "../errors.js";
import { isolate } from "../isolate.js";
import { refTo } from "../ref.js";
import { registeredAs } from "../tasks.js";
import { registeredLike } from "./known-modules.js";

const standIns: ((value: object) => StandIn | undefined)[] = [];
const arrivals = new Map<string, Arrival>();
const strangeArrivals = new Map<string, Arrival>();

/** How objects of a class go to other processes. */
export interface Traveller {
  /** What stands for one; undefined if it is none. */
  leave(value: object): unknown;
  arrive: Arrival;
  /** As `arrive`, of what a stranger says: it connects nowhere before it is used. Without it, none comes from strangers. */
  arriveStrange?: Arrival;
}

/** Lets objects of a class go to other processes. */
export function defineTraveller(kind: string, { leave, arrive, arriveStrange }: Traveller): void {
  arrivals.set(kind, arrive);
  if (arriveStrange !== undefined) strangeArrivals.set(kind, arriveStrange);
  standIns.push((value) => {
    const data = leave(value);
    return data === undefined ? undefined : { kind, data };
  });
}

const departure: Departure = {
  standIn(value) {
    for (const standIn of standIns) {
      const found = standIn(value);
      if (found !== undefined) return found;
    }
    return undefined;
  },
};

const kin: Origin = { arrival: (kind) => arrivals.get(kind), registered: registeredAs, absent: refTo };

const stranger: Origin = {
  arrival: (kind) => strangeArrivals.get(kind),
  registered: registeredLike,
  // A reference would have the file run as soon as it goes to a thread or a process.
  absent({ url, name }) {
    throw new SerializationError(
      `The function ${name} arrived, but ${url} is not loaded here: import it first. Nothing is loaded for a message from outside.`,
    );
  },
};

let spare: Encoder | undefined;

/** The value as bytes of its own, with `before` free bytes in front. @throws SerializationError */
export function encodeForProcess(value: unknown, before = 0): Uint8Array<ArrayBuffer> {
  // A getter of the value may encode in its turn, which then takes an encoder of its own.
  const encoder = spare ?? new Encoder(departure);
  spare = undefined;
  try {
    const message = encoder.encode(value, undefined);
    const copy = new Uint8Array(before + message.length);
    copy.set(message, before);
    return copy;
  } finally {
    spare = encoder;
  }
}

/** The value of a message. What it names of modules that are not loaded here arrives as references. */
export function decodeFromProcess(message: Uint8Array): unknown {
  return new Decoder(message, 0, kin).read();
}

/**
 * The value of a message that anybody may have written who may write to a server: nothing of it loads a module, connects, or
 * uses what this process has. @throws SerializationError it names what this thread has not loaded
 */
export function decodeFromStranger(message: Uint8Array): unknown {
  return new Decoder(message, 0, stranger).read();
}

/** Whether there is nothing to load of what the message names. */
export function areModulesLoaded(message: Uint8Array): boolean {
  return modulesOf(message).every((url) => isolate.tasks.has(url));
}

/** Loads the modules whose functions and classes the message names. */
export async function loadModulesOf(message: Uint8Array): Promise<void> {
  for (const url of modulesOf(message)) if (!isolate.tasks.has(url)) await host.load(url);
}

/** As `loadModulesOf`, for work that this process is there for: a module that starts processes meanwhile does so in each. */
export async function loadForWork(message: Uint8Array): Promise<void> {
  isolate.isLoading = true;
  try {
    await loadModulesOf(message);
  } finally {
    isolate.isLoading = false;
  }
}

/** The modules whose functions and classes the message names. */
function modulesOf(message: Uint8Array): readonly string[] {
  const start = new Decoder(message, message.length - 4, kin).int();
  if (start === 0) return [];
  const list = new Decoder(message, start, kin);
  return Array.from({ length: list.int() }, () => list.text());
}
