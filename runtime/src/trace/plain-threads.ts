/**
 * What a program does without Heddle: workers that Node.js starts for it, messages, and waits on memory of its own. Nothing of
 * the program changes for that; `Worker`, `Atomics.wait` and their likes are replaced by ones that tell the recorder and do the same.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { allocateCell, KIND, KINDS, words } from "../arena.js";
import { isolate } from "../isolate.js";
import { isCalledByProgram } from "./called-by-program.js";
import { FLAGS } from "./format.js";
import { attachRecorder, recorder } from "./hook.js";
import { recordMutexPackages } from "./mutex-packages.js";
import { type MessagingModule, makeLine, recordMessages } from "./plain-messages.js";
import { recordProcesses } from "./plain-processes.js";
import { named, replace } from "./replacing.js";
import { closeSlotOfWorker } from "./slot.js";

/** Words of memory that are told apart in a thread; waits on further ones are waits for nothing known. */
const MOST_WORDS = 1024;

let isRecorded = false;

/**
 * Records this thread, and has the workers and processes that it starts do the same. It may be asked for more than once.
 * Resolves when nothing is missed any more of what a program imports.
 */
export async function recordPlainThread(): Promise<void> {
  if (isRecorded) return;
  isRecorded = true;
  attachRecorder();
  recordProcesses();
  replaceWait();
  replaceAsyncWait();
  replaceNotify();
  const threads = createRequire(import.meta.url)("node:worker_threads") as MessagingModule & { Worker: typeof Worker };
  recordMessages(threads);
  replaceWorker(threads, {
    forFiles: new URL("./preload.js", import.meta.url).href,
    forStrings: fileURLToPath(new URL("./preload-required.cjs", import.meta.url)),
  });
  await recordMutexPackages();
}

type Wait = (view: unknown, index: unknown, value: unknown, timeout?: number) => ReturnType<typeof Atomics.wait>;

function replaceWait(): void {
  const wait = Atomics.wait as Wait;
  const recorded: Wait = (...args) => {
    const [view, index, value, timeout] = args;
    // What does not sleep is no wait: a wrong argument, a word that has changed, a look without patience.
    if (recorder === undefined || timeout === 0 || !isWaitable(view) || readAt(view, index) !== value) {
      return wait(...args);
    }
    if (!isCalledByProgram(recorded)) return wait(...args);
    recorder.waits(cellAt(view, index), isTimed(timeout) ? FLAGS.timed : 0);
    let result: ReturnType<Wait> = "timed-out";
    try {
      result = wait(...args);
      return result;
    } finally {
      recorder.waited(result !== "timed-out");
    }
  };
  replace(Atomics, "wait", named(recorded, wait) as typeof Atomics.wait);
}

type WaitAsync = (
  view: unknown,
  index: unknown,
  value: unknown,
  timeout?: number,
) => ReturnType<typeof Atomics.waitAsync>;

function replaceAsyncWait(): void {
  const waitAsync = Atomics.waitAsync as WaitAsync;
  const recorded: WaitAsync = (...args) => {
    const [view, index, , timeout] = args;
    const result = waitAsync(...args);
    if (recorder === undefined || !result.async || !isWaitable(view)) return result;
    // Node.js itself waits so for each module that a loader in a thread of its own gives it.
    if (!isCalledByProgram(recorded)) return result;
    const ended = recorder.waitsAsync(cellAt(view, index), isTimed(timeout) ? FLAGS.timed : 0);
    void result.value.then((how) => ended(how !== "timed-out"));
    return result;
  };
  replace(Atomics, "waitAsync", named(recorded, waitAsync) as typeof Atomics.waitAsync);
}

type Notify = (view: unknown, index: unknown, count?: number) => number;

function replaceNotify(): void {
  const notify = Atomics.notify as Notify;
  const recorded: Notify = (...args) => {
    const [view, index] = args;
    const woken = notify(...args);
    if (recorder !== undefined && isWaitable(view)) recorder.notified(cellAt(view, index), woken);
    return woken;
  };
  replace(Atomics, "notify", named(recorded, notify) as typeof Atomics.notify);
}

function cellAt(view: WaitableView, index: unknown): number {
  return cellOf(view.buffer, view.byteOffset + Number(index) * view.BYTES_PER_ELEMENT);
}

function isTimed(timeout: number | undefined): boolean {
  return timeout !== undefined && !Number.isNaN(Number(timeout)) && Number(timeout) !== Number.POSITIVE_INFINITY;
}

type WaitableView = (Int32Array | BigInt64Array) & { readonly buffer: SharedArrayBuffer };

/** Heddle itself waits on the arena, and records that with what it knows of it. */
function isWaitable(view: unknown): view is WaitableView {
  const isView = view instanceof Int32Array || view instanceof BigInt64Array;
  return isView && view.buffer instanceof SharedArrayBuffer && view.buffer !== isolate.memory;
}

/** Undefined: there is none, which the wait says better. */
function readAt(view: Int32Array | BigInt64Array, index: unknown): number | bigint | undefined {
  return typeof index === "number" && index in view ? Atomics.load(view as Int32Array, index) : undefined;
}

const known = new WeakMap<SharedArrayBuffer, Map<number, number>>();
let count = 0;

/** The cell that stands for a word of memory in this thread; 0 for none. Other threads have one of their own for it. */
function cellOf(memory: SharedArrayBuffer, offset: number): number {
  const cells = known.get(memory) ?? new Map<number, number>();
  known.set(memory, cells);
  let at = cells.get(offset);
  if (at === undefined) {
    if (count >= MOST_WORDS) return 0;
    count++;
    at = allocateCell();
    Atomics.store(words, at + KIND, KINDS.memory);
    cells.set(offset, at);
  }
  return at;
}

/** What each worker loads first, by how its code is given: `--import` reaches files only, `--require` strings as well. */
export interface Preloads {
  readonly forFiles: string;
  readonly forStrings: string;
}

function replaceWorker(threads: { Worker: typeof Worker }, preloads: Preloads): void {
  const { Worker: Native } = threads;
  const construct = (
    target: typeof Worker,
    [script, options]: ConstructorParameters<typeof Worker>,
    made: typeof Worker,
  ): Worker => {
    const create = (wanted: WorkerOptions | undefined) => Reflect.construct(target, [script, wanted], made) as Worker;
    const make = (): Worker => createRecorded(create, options, preloads);
    const worker = isCalledByProgram(construct) ? makeLine(make) : make();
    const { threadId } = worker;
    // One that is terminated says nothing itself.
    worker.once("exit", () => closeSlotOfWorker(threadId));
    return worker;
  };
  threads.Worker = new Proxy(Native, { construct });
  syncBuiltinESMExports();
}

/** Workers inherit the flags of the command line, unless they are given some, and those that run strings do without. */
function createRecorded(
  create: (options: WorkerOptions | undefined) => Worker,
  options: WorkerOptions | undefined,
  { forFiles, forStrings }: Preloads,
): Worker {
  const flags = options?.eval === true ? ["--require", forStrings] : ["--import", forFiles];
  const given = options?.execArgv ?? process.execArgv;
  const isInherited = options?.execArgv === undefined && options?.eval !== true && given.includes(forFiles);
  if (isInherited || !Array.isArray(given)) return create(options);
  try {
    return create({ ...options, execArgv: [...given, ...flags] });
  } catch (error) {
    // Flags of the whole process cannot be given, only inherited: better no recording of the thread than no thread.
    if ((error as NodeJS.ErrnoException).code !== "ERR_WORKER_INVALID_EXEC_ARGV") throw error;
    return create(options);
  }
}
