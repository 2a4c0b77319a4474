/**
 * The supervisor: a worker that sees every thread's line close, whatever the thread died of and even while everyone
 * else blocks, and then cleans up after it. It also keeps the buffers that threads take from each other.
 */
import { host } from "#host";
import { ENDING, words } from "./arena.js";
import { notify } from "./futex.js";
import type { Port } from "./host/host.js";
import { isolate } from "./isolate.js";
import { REPLIES } from "./self.js";
import { type FromSupervisor, OPEN_LINE, type ToSupervisor } from "./supervision.js";
import { forgetSwept, sweepRest, sweepThread } from "./sweep.js";

interface Asker {
  readonly port: Port;
  readonly thread: number;
}

const buffers = new Map<number, SharedArrayBuffer>();
/** The lines of all threads, where they cannot ask for a buffer while they block and so are told of all. */
const lines = new Set<Port>();
/** Lines are read in no particular order, so a buffer may be asked for before it was published. */
const askers = new Map<number, Asker[]>();

function serve(port: Port): void {
  host.listen(port, (heard) => {
    const message = heard as ToSupervisor;
    if ("watch" in message) watch(message.watch, message.port);
    else if ("publish" in message) publish(message.publish, message.buffer);
    else if ("want" in message) want(message.want, { port, thread: message.asker });
    else if ("drop" in message) drop(message.drop);
    else port.postMessage({ hello: true } satisfies FromSupervisor);
  });
}

function watch(thread: number, port: Port): void {
  if (host.receive === undefined) {
    lines.add(port);
    for (const [want, buffer] of buffers) port.postMessage({ buffer, want } satisfies FromSupervisor);
  }
  host.onThreadEnd(thread, port, () => {
    lines.delete(port);
    if (Atomics.load(words, ENDING) !== 0) return;
    sweepThread(thread);
    forgetSwept(thread);
    finishSweeping();
  });
  serve(port);
}

const TRY_AGAIN = 5; // milliseconds

function finishSweeping(): void {
  if (sweepRest()) setTimeout(finishSweeping, TRY_AGAIN);
}

function publish(at: number, buffer: SharedArrayBuffer): void {
  buffers.set(at, buffer);
  tellAll({ buffer, want: at });
  for (const asker of askers.get(at) ?? []) answer(at, asker, buffer);
  askers.delete(at);
}

function drop(at: number): void {
  buffers.delete(at);
  tellAll({ dropped: at });
}

function tellAll(message: FromSupervisor): void {
  for (const line of lines) line.postMessage(message);
}

function want(at: number, asker: Asker): void {
  const buffer = buffers.get(at);
  if (buffer !== undefined) answer(at, asker, buffer);
  else askers.set(at, [...(askers.get(at) ?? []), asker]);
}

function answer(at: number, { port, thread }: Asker, buffer: SharedArrayBuffer): void {
  const reply: FromSupervisor = { buffer, want: at };
  port.postMessage(reply);
  Atomics.add(words, thread + REPLIES, 1);
  notify(thread + REPLIES);
}

/** Makes this thread the supervisor. */
export function supervise(): void {
  if (isolate.boot === undefined) return;
  serve(isolate.boot.port);
  if (host.receive === undefined) lines.add(isolate.boot.port);
  const open = host.openLine?.(OPEN_LINE);
  if (open === undefined) return;
  host.listen(open, (heard) => {
    const message = heard as ToSupervisor;
    if ("want" in message) want(message.want, { port: open, thread: message.asker });
  });
}
