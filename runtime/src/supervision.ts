/** This isolate's side of its supervisor (supervisor.ts): a worker that outlives every thread it is told of. */
import { host } from "#host";
import { KIND, retain, words } from "./arena.js";
import { StateError } from "./errors.js";
import { waitThrough } from "./futex.js";
import type { Port } from "./host/host.js";
import { isolate, type SupervisorLine } from "./isolate.js";
import { allocateThread, REPLIES, self } from "./self.js";

/** What goes over a thread's line to the supervisor. */
export type ToSupervisor =
  | { readonly watch: number; readonly port: Port }
  | { readonly publish: number; readonly buffer: SharedArrayBuffer }
  | { readonly want: number; readonly asker: number }
  | { readonly drop: number };

/** What comes back: the buffer of a cell. */
export interface FromSupervisor {
  readonly buffer: SharedArrayBuffer;
  readonly want: number;
}

/** Where workers that Heddle did not start, and have no line, find the supervisors of their program. */
export const OPEN_LINE = "heddle.supervisors.1";

/** The supervisor's thread cell. */
export function supervisorCell(): number {
  return line().at;
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

/** The buffer that was or will be published for a cell, at the supervisor named. Blocks, for a moment. */
export function receiveBuffer(at: number, keeper: number): SharedArrayBuffer {
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
  return host.receive(port) as FromSupervisor | undefined;
}

function post(message: ToSupervisor, transfer: readonly Port[] = []): void {
  line().port.postMessage(message, transfer);
}

/** Started threads inherit the line; anyone else starts a supervisor, which boots while the caller goes on. */
function line(): SupervisorLine {
  isolate.supervisor ??= startSupervisor();
  return isolate.supervisor;
}

function startSupervisor(): SupervisorLine {
  const [port, port2] = host.channel();
  const at = allocateThread();
  host.startSupervisor({ thread: at, port: port2, supervisor: at, work: new Uint8Array(0) });
  host.release(port);
  return { port, at };
}
