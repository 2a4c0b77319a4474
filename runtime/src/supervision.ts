/** This isolate's side of its supervisor (supervisor.ts): a worker that outlives every thread it is told of. */
import { BroadcastChannel, MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { KIND, retain, words } from "./arena.js";
import { StateError } from "./errors.js";
import { waitThrough } from "./futex.js";
import { isolate, type SupervisorLine, type ThreadBoot } from "./isolate.js";
import { ownModule } from "./own-module.js";
import { allocateThread, REPLIES, self } from "./self.js";

/** What goes over a thread's line to the supervisor. */
export type ToSupervisor =
  | { readonly watch: number; readonly port: MessagePort }
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
export function superviseThread(at: number): MessagePort {
  const { port1, port2 } = new MessageChannel();
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
  const open = new BroadcastChannel(OPEN_LINE);
  try {
    // A supervisor that is still booting does not hear what is said on the open line.
    return askForBuffer(at, open, ASK_AGAIN);
  } finally {
    open.close();
  }
}

const ASK_AGAIN = 50; // milliseconds

function askForBuffer(at: number, port: MessagePort | BroadcastChannel, patience: number): SharedArrayBuffer {
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

function receive(port: MessagePort | BroadcastChannel): FromSupervisor | undefined {
  // Node takes a BroadcastChannel here; its types say so only in later versions.
  return (receiveMessageOnPort(port as MessagePort) as { message: FromSupervisor } | undefined)?.message;
}

function post(message: ToSupervisor, transfer: readonly MessagePort[] = []): void {
  line().port.postMessage(message, transfer);
}

/** Started threads inherit the line; anyone else starts a supervisor, which boots while the caller goes on. */
function line(): SupervisorLine {
  isolate.supervisor ??= startSupervisor();
  return isolate.supervisor;
}

function startSupervisor(): SupervisorLine {
  const { port1, port2 } = new MessageChannel();
  const at = allocateThread();
  const boot: ThreadBoot = { thread: at, port: port2, supervisor: at, work: new Uint8Array(0) };
  // It loads nothing of the user's, so it needs none of the program's loaders.
  const worker = new Worker(ownModule(new URL("./supervisor.js", import.meta.url)), {
    workerData: { heddle: boot },
    transferList: [port2],
    execArgv: [],
    name: "heddle supervisor",
  });
  worker.unref();
  port1.unref();
  return { port: port1, at };
}
