/** This isolate's side of its supervisor (supervisor.ts): a worker that outlives every thread it is told of. */
import { host } from "#host";
import { eachCell, KIND, KINDS, retain, words } from "./arena.js";
import { SerializationError, StateError } from "./errors.js";
import { mayBlock, notify, waitThrough } from "./futex.js";
import type { Port } from "./host/host.js";
import { isolate, type SupervisorLine } from "./isolate.js";
import { allocateThread, ENDED, REPLIES, RUNNING, STATE, self } from "./self.js";

/** What goes over a thread's line to the supervisor. */
export type ToSupervisor =
  | { readonly watch: number; readonly port: Port }
  | { readonly publish: number; readonly buffer: SharedArrayBuffer }
  | { readonly want: number; readonly asker: number }
  | { readonly drop: number }
  | { readonly hello: true };

/** What comes back: the buffer of a cell, asked for or not; that a cell's is no longer needed; the answer to `hello`. */
export type FromSupervisor =
  | { readonly buffer: SharedArrayBuffer; readonly want: number }
  | { readonly dropped: number }
  | { readonly hello: true };

/** Where workers that Heddle did not start, and have no line, find the supervisors of their program. */
export const OPEN_LINE = "heddle.supervisors.1";

/** Started threads inherit the line; anyone else starts a supervisor, which boots while the caller goes on. */
export function supervisorLine(): SupervisorLine {
  if (failure !== undefined) throw failure;
  isolate.supervisor ??= startSupervisor();
  return isolate.supervisor;
}

/** Opens the line of a thread that is about to start: its end of it goes to the thread. */
export function superviseThread(at: number): Port {
  const [port1, port2] = host.channel();
  retain(at); // dropped by the supervisor after the thread's end
  // Posted before the thread exists, so its end cannot be missed however short it lives.
  post({ watch: at, port: port1 }, [port1]);
  return port2;
}

/** Lets other threads take this buffer by its cell. */
export function publish(at: number, buffer: SharedArrayBuffer): void {
  post({ publish: at, buffer });
}

/** The buffer of a cell is no longer needed. */
export function unpublish(at: number): void {
  post({ drop: at });
}

/**
 * The buffer that was or will be published for a cell, at the supervisor named. Blocks, for a moment.
 * @throws SerializationError it has not arrived, and cannot while this thread blocks
 */
export function receiveBuffer(at: number, keeper: number): SharedArrayBuffer {
  if (host.receive === undefined || host.openLine === undefined) return arrivedBuffer(at);
  if (isolate.supervisor?.at === keeper) return askForBuffer(at, isolate.supervisor.port, Number.POSITIVE_INFINITY);
  const open = host.openLine(OPEN_LINE);
  try {
    // A supervisor that is still booting does not hear what is said on the open line.
    return askForBuffer(at, open, ASK_AGAIN);
  } finally {
    open.close();
  }
}

const ASK_AGAIN = 50; // milliseconds

function askForBuffer(at: number, port: Port, patience: number): SharedArrayBuffer {
  for (let ask = true; ; ) {
    if (ask) port.postMessage({ want: at, asker: self } satisfies ToSupervisor);
    const replies = Atomics.load(words, self + REPLIES);
    for (let message = receive(port); message !== undefined; message = receive(port)) {
      // On the open line everyone hears everything.
      if ("buffer" in message && message.want === at) return message.buffer;
    }
    if (Atomics.load(words, at + KIND) === 0) throw new StateError("A shared buffer was closed on its way.");
    ask = waitThrough(self + REPLIES, replies, patience) === "timed-out";
  }
}

function receive(port: Port): FromSupervisor | undefined {
  return host.receive?.(port) as FromSupervisor | undefined;
}

function post(message: ToSupervisor, transfer: readonly Port[] = []): void {
  supervisorLine().port.postMessage(message, transfer);
}

let failure: Error | undefined;

function startSupervisor(): SupervisorLine {
  const [port, port2] = host.channel();
  const at = allocateThread();
  host.startSupervisor({ thread: at, port: port2, supervisor: at, work: new Uint8Array(0) }, supervisorFailed);
  host.release(port);
  const line = { port, at };
  if (host.receive === undefined) {
    isolate.needsTurn = mayBlock;
    isolate.supervisor = line;
    void supervisorHeard();
  }
  return line;
}

/** Nobody would start the threads that were to start, nor see the end of any. */
function supervisorFailed(error: Error): void {
  failure = error;
  isolate.needsTurn = false;
  host.fail(error);
  eachCell((at, kind) => {
    if (kind !== KINDS.thread || Atomics.load(words, at + STATE) !== RUNNING || at === self) return;
    Atomics.store(words, at + STATE, ENDED);
    notify(at + STATE);
  });
}

/*
 * Where nothing can be received while blocked, the supervisor tells every thread of every buffer, and a thread hears it
 * between two turns of its event loop.
 */

let isListening = false;
const greeters: (() => void)[] = [];
const expected = new Map<number, () => void>();

/** The supervisor is there, and this thread has heard what it said before. */
export function supervisorHeard(): Promise<void> {
  const { port } = supervisorLine();
  if (!isListening) host.listen(port, hear);
  isListening = true;
  return new Promise((resolve) => {
    greeters.push(resolve);
    post({ hello: true });
  });
}

function hear(heard: unknown): void {
  const message = heard as FromSupervisor;
  if ("hello" in message) {
    isolate.needsTurn = false;
    greeters.shift()?.();
  } else if ("dropped" in message) {
    isolate.arrived.delete(message.dropped);
  } else {
    isolate.arrived.set(message.want, message.buffer);
    expected.get(message.want)?.();
    expected.delete(message.want);
  }
}

/** Whether the buffer of a cell still has to arrive, and when it has. */
export function bufferToCome(at: number): Promise<void> | undefined {
  if (host.receive !== undefined || isolate.arrived.has(at)) return undefined;
  return new Promise((resolve) => {
    const others = expected.get(at);
    expected.set(at, () => {
      others?.();
      resolve();
    });
  });
}

function arrivedBuffer(at: number): SharedArrayBuffer {
  const buffer = isolate.arrived.get(at);
  if (buffer !== undefined) return buffer;
  throw new SerializationError(
    "A SharedArrayBuffer has not reached this thread: in a browser it arrives between two turns of the event loop. " +
      "Receive it with the async form, or make it before the thread starts.",
  );
}
