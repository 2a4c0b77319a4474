import { host } from "#host";
import type { Abort } from "./abort.js";
import { ENDING, freeBlock, MAIN_THREAD, retain, THREADS_NAMED, words } from "./arena.js";
import { encode } from "./codec.js";
import { deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "./deadline.js";
import { StateError } from "./errors.js";
import { wait, waitAsync } from "./futex.js";
import type { StartedThread } from "./host/host.js";
import { isolate } from "./isolate.js";
import { guarded } from "./mutex.js";
import { allocateThread, BEGUN, DAEMON, IDENT, NAME, NEW, nextIdent, RUNNING, STATE, self } from "./self.js";
import { adopted, cellOf, defineKind, join, wrapperOf } from "./shared.js";
import { superviseThread, supervisorLine } from "./supervision.js";
import { announceEnd, sweepRest, sweepThread } from "./sweep.js";
import { taskNameOf, unregistered } from "./tasks.js";
import { readText, writeText } from "./text.js";
import { countRunning, runningThreads } from "./thread-list.js";
import { recorder } from "./trace/hook.js";
import { reportUncaught } from "./uncaught.js";
import { waiting } from "./waiting.js";

/** What a new thread is to do. */
export interface ThreadOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** A function registered with `tasks`; an async one is awaited. */
  readonly target?: ((...args: A) => unknown) | undefined;
  /** The target's arguments: shared objects arrive as themselves, all else as a copy. */
  readonly args?: A | undefined;
  /** By default `Thread-1`, `Thread-2`, … */
  readonly name?: string | undefined;
  /** The program does not wait for a daemon. By default what the creating thread is. */
  readonly daemon?: boolean | undefined;
}

/**
 * A thread of this program, in a worker of its own. Give it a target, or subclass it with a `run` method and register
 * the class with `tasks`: the instance's own properties travel to the thread, the constructor does not run again there.
 * @see Python's `threading.Thread`, behaviours 48–64.
 */
export class Thread<A extends readonly unknown[] = readonly unknown[]> {
  readonly #at: number;
  readonly #target: unknown;
  readonly #args: readonly unknown[];

  /**
   * A thread that is not started yet.
   * @throws TypeError the target is not a function, or the args are no list
   */
  constructor(options?: ThreadOptions<A>) {
    this.#at = adopted() || create(options as ThreadOptions<never> | undefined);
    this.#target = options?.target;
    this.#args = options?.args ?? [];
    join(this, this.#at);
  }

  /** By default `Thread-1`, `Thread-2`, …, with the target's name behind it. May change at any time. */
  get name(): string {
    return guarded(this.#at, () => readText(words[this.#at + NAME] ?? 0));
  }

  /** Turned into a text. */
  set name(name: string) {
    setName(this.#at, String(name));
  }

  /** A number that no other thread of this program ever has; undefined before the start. */
  get ident(): number | undefined {
    return Atomics.load(words, this.#at + IDENT) || undefined;
  }

  /** Whether the program ends without waiting for this thread. */
  get daemon(): boolean {
    return Atomics.load(words, this.#at + DAEMON) !== 0;
  }

  /** @throws StateError the thread has started */
  set daemon(daemon: boolean) {
    if (Atomics.load(words, this.#at + STATE) !== NEW) {
      throw new StateError("daemon cannot be set once the thread has started.");
    }
    Atomics.store(words, this.#at + DAEMON, daemon ? 1 : 0);
  }

  /**
   * Starts the thread. The caller may block right afterwards.
   * @throws StateError it was started before, or by a module that a thread loads: its place is inside `main`
   * @throws SerializationError its target or class is not registered, or an argument cannot travel
   */
  start(): void {
    // Each thread would load the module and start the next one, without end.
    if (isolate.isLoading) {
      throw new StateError(
        "A thread was started while another one loads its modules, and would be started again in each thread. Put what " +
          "the program does once inside main(import.meta.url, () => { … }).",
      );
    }
    const at = this.#at;
    const task = this.#work();
    encode(task, (message) => {
      if (Atomics.compareExchange(words, at + STATE, NEW, RUNNING) !== NEW) {
        throw new StateError("A thread can be started once only.");
      }
      Atomics.store(words, at + IDENT, nextIdent());
      recorder?.started(at);
      startWorker(this, at, message.slice());
    });
  }

  /** What the thread does: calls the target. Subclasses override it; calling it runs it in the calling thread. */
  run(): unknown {
    const target = this.#target;
    return typeof target === "function" ? target(...this.#args) : undefined;
  }

  /**
   * Blocks until the thread has ended, or the timeout has gone by: ask `isAlive` which. What an error ended is not
   * thrown here.
   * @throws StateError it was not started, or is the current thread
   */
  join(options?: TimeoutOptions): void {
    this.#checkJoin();
    const deadline = deadlineAfter(timeoutOf(options));
    if (!this.isAlive()) return;
    waiting(this.#at, deadline, () => {
      while (this.isAlive() && wait(this.#at + STATE, RUNNING, timeLeft(deadline)));
      return !this.isAlive();
    });
  }

  /** Like `join` without blocking the calling thread. */
  async joinAsync(options?: TimeoutOptions & { readonly signal?: Abort | undefined }): Promise<void> {
    this.#checkJoin();
    await waitAsync(this.#at + STATE, RUNNING, timeoutOf(options), options?.signal);
  }

  /** Whether the thread has started and not ended. */
  isAlive(): boolean {
    return Atomics.load(words, this.#at + STATE) === RUNNING;
  }

  #checkJoin(): void {
    if (Atomics.load(words, this.#at + STATE) === NEW) throw new StateError("The thread was not started.");
    if (this.#at === self) throw new StateError("A thread cannot wait for its own end.");
  }

  /** The message that tells the new thread what to do. */
  #work(): ThreadWork {
    const type = this.constructor;
    if (type === Thread) return { target: this.#target, args: this.#args };
    if (taskNameOf(type) === undefined) throw unregistered(type, "class");
    return { type, fields: { ...this }, target: this.#target, args: this.#args };
  }
}

/** What a thread is told to do: a target with arguments, or an instance of a subclass. */
export interface ThreadWork {
  readonly target: unknown;
  readonly args: readonly unknown[];
  readonly type?: unknown;
  readonly fields?: object;
}

function create(options: ThreadOptions<never> | undefined): number {
  if (options !== undefined && (typeof options !== "object" || options === null)) {
    throw new TypeError("A thread takes options: new Thread({ target, args: [1, 2] }).");
  }
  const { target, args, name } = options ?? {};
  if (args !== undefined && !Array.isArray(args)) throw new TypeError("A thread's args are a list: args: [1, 2].");
  if (target !== undefined && typeof target !== "function") throw new TypeError("A thread's target is a function.");
  const at = allocateThread();
  const daemon = options?.daemon ?? Atomics.load(words, self + DAEMON) !== 0;
  Atomics.store(words, at + DAEMON, daemon ? 1 : 0);
  setName(at, name === undefined ? automaticName(target) : String(name));
  return at;
}

function automaticName(target: { readonly name: string } | undefined): string {
  const number = Atomics.add(words, THREADS_NAMED, 1) + 1;
  return target === undefined ? `Thread-${number}` : `Thread-${number} (${target.name})`;
}

function setName(at: number, name: string): void {
  const text = writeText(name);
  const old = guarded(at, () => Atomics.exchange(words, at + NAME, text));
  if (old !== 0) freeBlock(old);
}

const workers = new WeakMap<object, StartedThread>();

/** Ends a thread that this one started, wherever it is. */
export function terminateThread(thread: Thread): void {
  const at = cellOf(thread) ?? 0;
  // Stopped before it took its line, it would leave that in limbo until this thread's event loop turns, and nobody
  // would see it end. It never ran, so this thread can say so.
  if (Atomics.compareExchange(words, at + BEGUN, 0, 1) === 0) {
    sweepThread(at);
    while (sweepRest());
  }
  workers.get(thread)?.terminate();
}

/** The ends of the threads this one started and would not leave behind. */
const children = new Set<Promise<unknown>>();

export async function childrenEnded(): Promise<void> {
  await Promise.all(children);
}

function startWorker(thread: Thread<never>, at: number, work: Uint8Array): void {
  try {
    const { at: supervisor, port: line } = supervisorLine();
    const port = superviseThread(at);
    const isDaemon = Atomics.load(words, at + DAEMON) !== 0;
    const failed = (error: unknown): void => void reportUncaught(error, thread);
    const worker = host.startThread({ thread: at, port, supervisor, work }, { isDaemon, line, failed });
    workers.set(thread, worker);
    if (worker.ended !== undefined) children.add(worker.ended);
  } catch (error) {
    announceEnd(at);
    throw error;
  }
}

/**
 * The thread that runs this code.
 * @see Python's `threading.current_thread`, behaviour 58.
 */
export function currentThread(): Thread {
  isolate.currentThread ??= threadOf(self);
  return isolate.currentThread as Thread;
}

/**
 * The thread the program began with.
 * @see Python's `threading.main_thread`, behaviour 59.
 */
export function mainThread(): Thread {
  return threadOf(Atomics.load(words, MAIN_THREAD));
}

/**
 * The current thread's identifier: a positive integer that no other thread of this program ever has.
 * @see Python's `threading.get_ident`, behaviour 54.
 */
export function getIdent(): number {
  return Atomics.load(words, self + IDENT);
}

/**
 * All threads that run, the main thread and daemons among them.
 * @see Python's `threading.enumerate`, behaviour 57.
 */
export function enumerate(): Thread[] {
  return runningThreads().map((at) => wrapperOf(at) as Thread);
}

/**
 * How many threads run.
 * @see Python's `threading.active_count`, behaviour 57.
 */
export function activeCount(): number {
  return countRunning();
}

function threadOf(at: number): Thread {
  retain(at);
  return wrapperOf(at) as Thread;
}

isolate.threadClass = Thread;

// A thread that Heddle did not start still needs a name; the first of them is the main thread.
if (isolate.boot === undefined && Atomics.load(words, self + NAME) === 0) {
  const first = Atomics.compareExchange(words, MAIN_THREAD, 0, self) === 0;
  setName(self, first ? "MainThread" : automaticName(undefined));
  host.onExit(() => (first ? Atomics.store(words, ENDING, 1) : announceEnd(self)));
}

defineKind("thread", "Thread", () => new Thread(), {
  destroy: (at) => {
    const name = Atomics.load(words, at + NAME);
    if (name !== 0) freeBlock(name);
  },
});
