/** Values to messages for other processes and back: functions and classes by their names, nothing by its memory. */
import { host } from "#host";
import { type Arrival, Decoder } from "../decoder.js";
import { type Departure, Encoder, type StandIn } from "../encoder.js";
import { isolate } from "../isolate.js";

const standIns: ((value: object) => StandIn | undefined)[] = [];
const arrivals = new Map<string, Arrival>();

/** Lets objects of a class go to other processes: `leave` says what stands for one, or undefined if it is none. */
export function defineTraveller(
  kind: string,
  { leave, arrive }: { leave: (value: object) => unknown; arrive: Arrival },
): void {
  arrivals.set(kind, arrive);
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
  return new Decoder(message, 0, arrivals).read();
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
export function modulesOf(message: Uint8Array): readonly string[] {
  const start = new Decoder(message, message.length - 4, arrivals).int();
  if (start === 0) return [];
  const list = new Decoder(message, start, arrivals);
  return Array.from({ length: list.int() }, () => list.text());
}
