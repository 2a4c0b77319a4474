import { host } from "#host";
import type { Abort } from "../abort.js";
import { retain, words } from "../arena.js";
import { checkOptions, deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "../deadline.js";
import { StateError } from "../errors.js";
import { END_LISTENER } from "../self.js";
import { cellOf } from "../shared.js";
import { SharedValue } from "../shared-value.js";
import { taskNameOf, tasks, unregistered } from "../tasks.js";
import { currentThread, Thread, terminateThread } from "../thread.js";
import { closeAll, closeEnds, type Ends, withPassengers } from "./connection.js";
import { newsCell } from "./news.js";

/** What a new process is to do. */
export interface ProcessOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** A function registered with `tasks`; an async one is awaited. */
  readonly target?: ((...args: A) => unknown) | undefined;
  /** The target's arguments: shared objects arrive as themselves, all else as a copy. Ends of a `Pipe` move to the process. */
  readonly args?: A | undefined;
  /** By default `Process-1`, `Process-2`, …; in a child, `Process-1:1`, … */
  readonly name?: string | undefined;
  /** The program does not wait for a daemon. By default what the creating process is. */
  readonly daemon?: boolean | undefined;
}

/** What a process knows of itself. */
interface Identity {
  readonly name: string;
  /** What the automatic names of its own children begin with. */
  readonly path: string;
  readonly parent: { readonly name: string; readonly thread: Thread } | undefined;
}

/** What its thread is told. */
interface Errand {
  readonly identity: Identity;
  readonly target: unknown;
  readonly args: readonly unknown[];
  /** Of a subclass: the class, and the object's own properties. */
  readonly type?: unknown;
  readonly fields?: object;
}

const MAIN: Identity = { name: "MainProcess", path: "", parent: undefined };
/** Of the process that this thread is, or belongs to no other one. */
let identity = MAIN;
let current: Process<never> | undefined;
/** True while a constructor makes the object of the process it runs in. */
let isAdopting = false;

/** How many processes of the program were named. */
const named = new SharedValue("i32", 0, { name: "heddle:dummy processes" });

/** Those of this thread that have not ended, as far as anybody looked. */
const started = new Set<Process>();

/** The exit codes of those that were ended from outside. */
const TERMINATED = -15;
const KILLED = -9;

/**
 * A process that is a thread: all that `Process` of `heddle/process` offers, in this process of the operating system. Give
 * it a target, or subclass it with a `run` method and register the class with `tasks`: the instance's own properties travel
 * to the thread, the constructor does not run again there. It has modules of its own, as a process has, but shared objects
 * are the same on both sides, and `process.exit()` ends the thread alone.
 * @see Python's `multiprocessing.dummy.Process`, behaviours 105–113, 153 and 154.
 */
export class Process<A extends readonly unknown[] = readonly unknown[]> {
  readonly #target: unknown;
  readonly #args: readonly unknown[];
  #name: string;
  #daemon: boolean;
  readonly #path: string;
  #thread: Thread | "current" | "closed" | undefined;
  /** What went with it, for who ends it from outside: it cannot close that itself then. */
  #ends: readonly Ends[] = [];
  #code = 0;

  /**
   * A process that is not started yet.
   * @throws TypeError the target is not a function, the args are no list, or the name is no text
   */
  constructor(options: ProcessOptions<A> = {}) {
    checkOptions(options, "{ target, args: [1, 2] }");
    const { target, args, name, daemon } = options;
    if (args !== undefined && !Array.isArray(args)) throw new TypeError("A process's args are a list: args: [1, 2].");
    if (target !== undefined && typeof target !== "function") throw new TypeError("A process's target is a function.");
    if (name !== undefined) checkName(name);
    this.#target = target;
    this.#args = args ?? [];
    if (isAdopting) {
      this.#thread = "current";
      this.#path = identity.path;
      this.#name = identity.name;
      this.#daemon = isDaemon();
    } else {
      const number = named.add(1) + 1;
      this.#path = identity.path === "" ? `${number}` : `${identity.path}:${number}`;
      this.#name = name ?? `${this.constructor.name}-${this.#path}`;
      this.#daemon = daemon ?? isDaemon();
    }
  }

  /** By default `Process-1`, `Process-2`, … It has no meaning beyond telling processes apart. */
  get name(): string {
    return this.#name;
  }

  /** @throws TypeError it is no text */
  set name(name: string) {
    this.#name = checkName(name);
  }

  /** The thread's `ident`, a number that no other thread of the program has; undefined before the start. */
  get pid(): number | undefined {
    const thread = this.#open();
    return thread === "current" ? currentThread().ident : thread?.ident;
  }

  /** Undefined until the process has ended; then 0, whatever it ended by, or -15 or -9 after `terminate` or `kill`. */
  get exitcode(): number | undefined {
    const thread = this.#open();
    return thread === undefined || thread === "current" || thread.isAlive() ? undefined : this.#code;
  }

  /** Whether the program does not wait for the process. */
  get daemon(): boolean {
    return this.#daemon;
  }

  /** @throws StateError the process has started */
  set daemon(daemon: boolean) {
    if (this.#open() !== undefined) throw new StateError("daemon cannot be set once the process has started.");
    this.#daemon = daemon;
  }

  /** What `wait` takes for the end of the process: the process itself. */
  get sentinel(): this {
    this.#started("has no sentinel");
    return this;
  }

  /**
   * Starts the process; does not block. The caller may block right afterwards.
   * @throws StateError it was started before, by a daemon, or by a module that a process loads: its place is inside `main`
   * @throws SerializationError its target or class is not registered, or an argument cannot travel
   */
  start(): void {
    if (this.#open() !== undefined) throw new StateError("A process can be started once only.");
    activeChildren(); // lets those go that have ended
    if (isDaemon()) throw new StateError("A daemon may have no children: nobody would wait for them.");
    const parent = { name: identity.name, thread: currentThread() };
    const errand: Errand = { identity: { name: this.#name, path: this.#path, parent }, ...this.#work() };
    const thread = new Thread({ target: runProcess, args: [errand], name: this.#name, daemon: this.#daemon });
    retain(newsCell); // dropped by the supervisor when it has told the end
    Atomics.store(words, (cellOf(thread) ?? 0) + END_LISTENER, newsCell);
    this.#ends = withPassengers(() => thread.start());
    this.#thread = thread as Thread;
    started.add(this as Process<never>);
  }

  /** What the process does: calls the target. Subclasses override it; calling it runs it in the calling process. */
  run(): unknown {
    const target = this.#target;
    return typeof target === "function" ? target(...this.#args) : undefined;
  }

  /**
   * Blocks until the process has ended, or the timeout has gone by, negative ones at once: ask `exitcode` which.
   * @throws StateError it was not started, or is the current process
   */
  join(options?: TimeoutOptions): void {
    this.#started("cannot be joined").join({ timeout: timeLeftOf(options) });
  }

  /** Like `join` without blocking the calling thread. */
  async joinAsync(options?: TimeoutOptions & { readonly signal?: Abort | undefined }): Promise<void> {
    const timeout = timeLeftOf(options);
    await this.#started("cannot be joined").joinAsync({ timeout, signal: options?.signal });
  }

  /** Whether the process has started and not ended. */
  isAlive(): boolean {
    const thread = this.#open();
    return thread === "current" || thread?.isAlive() === true;
  }

  /** Ends the process wherever it is, and blocks for the moment that takes. Does nothing if it has ended. @throws StateError not started */
  terminate(): void {
    this.#end(TERMINATED);
  }

  /** The same as `terminate`, with another exit code: no thread can keep either off. Blocks for the moment that takes. @throws StateError not started */
  kill(): void {
    this.#end(KILLED);
  }

  /**
   * Gives the object up; any further use of it is a StateError.
   * @throws StateError the process still runs
   */
  close(): void {
    if (this.#thread === "closed") return;
    if (this.isAlive()) throw new StateError("A process that runs cannot be closed. Call join() or terminate() first.");
    this.#thread = "closed";
    started.delete(this as Process<never>);
  }

  #open(): Thread | "current" | undefined {
    if (this.#thread === "closed") throw new StateError("This process object is closed.");
    return this.#thread;
  }

  #started(what: string): Thread {
    const thread = this.#open();
    if (thread === "current")
      throw new StateError(`The current process ${what}: only the one that started it can do that.`);
    if (thread === undefined) throw new StateError(`The process ${what}: it was not started.`);
    return thread;
  }

  #end(code: number): void {
    const thread = this.#started("cannot be ended");
    if (!thread.isAlive()) return;
    this.#code = code;
    terminateThread(thread);
    thread.join();
    for (const ends of this.#ends) closeEnds(ends);
  }

  #work(): Omit<Errand, "identity"> {
    const type = this.constructor;
    const work = { target: this.#target, args: this.#args };
    if (type === Process) {
      if (this.#target !== undefined && taskNameOf(this.#target) === undefined) {
        throw unregistered(this.#target as { readonly name: string }, "function");
      }
      return work;
    }
    if (taskNameOf(type) === undefined) throw unregistered(type, "class");
    return { ...work, type, fields: { ...this } };
  }
}

function checkName(name: unknown): string {
  if (typeof name !== "string") throw new TypeError(`A process's name is a text, not ${typeof name}.`);
  return name;
}

function isDaemon(): boolean {
  return currentThread().daemon;
}

/** As Python's: less than nothing is nothing, and not for ever. */
function timeLeftOf(options: TimeoutOptions | undefined): number {
  const timeout = options?.timeout;
  return typeof timeout === "number" && timeout < 0 ? 0 : timeLeft(deadlineAfter(timeoutOf(options)));
}

/** Makes the object of the process that this code runs in. */
function adopt<P extends object>(make: () => P): P {
  isAdopting = true;
  try {
    return make();
  } finally {
    isAdopting = false;
  }
}

/** What the thread of a process does. */
async function runProcess(errand: Errand): Promise<void> {
  const { target, args, type = Process, fields } = errand;
  identity = errand.identity;
  host.onExit(closeAll); // also where something calls process.exit()
  const construct = (): Process => Reflect.construct(Process, [{ target, args }], type as typeof Process) as Process;
  current = Object.assign(adopt(construct), fields) as Process<never>;
  try {
    await current.run();
  } finally {
    closeAll();
  }
}

/**
 * The process that runs this code: in the thread of a child, an object of the class that was started, else one named
 * `MainProcess`.
 * @see Python's `multiprocessing.dummy.current_process`.
 */
export function currentProcess(): Process {
  current ??= adopt(() => new Process()) as Process<never>;
  return current as unknown as Process;
}

/** The process that started this one. */
export interface ParentProcess {
  /** As its own `currentProcess()` is called. */
  readonly name: string;
  /** The `ident` of its thread. */
  readonly pid: number;
  /** Whether it runs. */
  isAlive(): boolean;
}

/**
 * The process that started this one; undefined in one that no `Process` started.
 * @see Python's `multiprocessing.parent_process`.
 */
export function parentProcess(): ParentProcess | undefined {
  const { parent } = identity;
  return parent && { name: parent.name, pid: parent.thread.ident ?? 0, isAlive: () => parent.thread.isAlive() };
}

/**
 * The processes that this thread started and that have not ended.
 * @see Python's `multiprocessing.dummy.active_children`, behaviour 113.
 */
export function activeChildren(): Process[] {
  for (const child of started) if (!child.isAlive()) started.delete(child);
  return [...started];
}

/**
 * How many processes can run at the same time.
 * @see Python's `multiprocessing.cpu_count`.
 */
export function cpuCount(): number {
  return host.cores();
}

tasks(import.meta.url, { "heddle:runProcess": runProcess });
