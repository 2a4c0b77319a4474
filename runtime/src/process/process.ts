import nodeProcess from "node:process";
import { host } from "#host";
import type { Abort } from "../abort.js";
import { PROCESSES_NAMED, words } from "../arena.js";
import { checkOptions, deadlineAfter, type TimeoutOptions, timeoutOf } from "../deadline.js";
import { StateError } from "../errors.js";
import { isolate } from "../isolate.js";
import { taskNameOf, unregistered } from "../tasks.js";
import { ChildProcess } from "./child-process.js";
import { withPassengers } from "./connection.js";
import { identity, ownProcesses, type ProcessIdentity } from "./own-processes.js";
import { encodeForProcess } from "./process-codec.js";

/** What a new process is to do. */
export interface ProcessOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** A function registered with `tasks`; an async one is awaited. */
  readonly target?: ((...args: A) => unknown) | undefined;
  /** The target's arguments; they arrive as copies. Ends of a `Pipe` move to the process. */
  readonly args?: A | undefined;
  /** By default `Process-1`, `Process-2`, …; in a child, `Process-1:1`, … */
  readonly name?: string | undefined;
  /** The program does not wait for a daemon, but ends it. By default what the creating process is. */
  readonly daemon?: boolean | undefined;
}

/** What a child process is told. The work is encoded by itself, because its modules are loaded first. */
export interface Errand {
  readonly identity: ProcessIdentity;
  readonly work: Uint8Array;
}

/** What a process does: calls a target, or is of a subclass with fields. */
export interface ProcessWork {
  readonly target: unknown;
  readonly args: readonly unknown[];
  readonly type?: unknown;
  readonly fields?: object;
}

/** Those of this thread that have not ended, as far as anybody looked. */
const started = ownProcesses.children as Set<Process>;

/** True while a constructor makes the object of the process it runs in. */
let isAdopting = false;

/** True while a daemon starts a process that it may have. */
let isOfServer = false;

/**
 * A child process: an operating system's process of its own, which shares nothing with this one. Give it a target, or
 * subclass it with a `run` method and register the class with `tasks`: the instance's own properties travel to the
 * process, the constructor does not run again there. The process loads the modules it needs anew, with the flags and the
 * environment of this one. No child outlives its parent: it is ended as soon as that is gone, whatever that died of.
 * @see Python's `multiprocessing.Process`, behaviours 105–113.
 */
export class Process<A extends readonly unknown[] = readonly unknown[]> {
  readonly #target: unknown;
  readonly #args: readonly unknown[];
  #name: string;
  #daemon: boolean;
  readonly #path: string;
  #child: ChildProcess | "current" | "closed" | undefined;

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
    const self = identity();
    if (isAdopting) {
      this.#child = "current";
      this.#path = self.path;
      this.#name = self.name;
      this.#daemon = self.daemon;
    } else {
      const number = Atomics.add(words, PROCESSES_NAMED, 1) + 1;
      this.#path = self.path === "" ? `${number}` : `${self.path}:${number}`;
      this.#name = name ?? `${this.constructor.name}-${this.#path}`;
      this.#daemon = daemon ?? self.daemon;
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

  /** The operating system's number of the process; undefined before the start. */
  get pid(): number | undefined {
    const child = this.#open();
    return child === "current" ? nodeProcess.pid : child?.pid;
  }

  /**
   * Undefined until the process has ended; then 0, or 1 after an error that nothing caught, or what it gave to
   * `process.exit`; -N when signal N ended it.
   */
  get exitcode(): number | undefined {
    const child = this.#open();
    return child === "current" ? undefined : child?.exitCode;
  }

  /** Whether the program ends the process when it ends itself, and does not wait for it. */
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
   * Starts the process; blocks for the few milliseconds until it has a `pid`. The caller may block right afterwards.
   * @throws StateError it was started before, by a daemon, or by a module that a process loads: its place is inside `main`
   * @throws SerializationError its target or class is not registered, or an argument cannot travel
   */
  start(): void {
    if (this.#open() !== undefined) throw new StateError("A process can be started once only.");
    activeChildren(); // lets those go that have ended
    const self = identity();
    if (self.daemon && !isOfServer) throw new StateError("A daemon may have no children: nobody would wait for them.");
    // Each process would load the module and start the next one, without end.
    if (isolate.isLoading) {
      throw new StateError(
        "A process was started while another one loads its modules, and would be started again in each process. Put " +
          "what the program does once inside main(import.meta.url, () => { … }).",
      );
    }
    const child: ProcessIdentity = {
      name: this.#name,
      daemon: this.#daemon,
      path: this.#path,
      parent: { name: self.name, pid: nodeProcess.pid },
    };
    withPassengers((ends) => {
      const errand: Errand = { identity: child, work: encodeForProcess(this.#work()) };
      this.#child = new ChildProcess(encodeForProcess(errand), ends(), this.#daemon);
    });
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
    this.#started("cannot be joined").waitForEnd(deadlineOf(options));
  }

  /** Like `join` without blocking the calling thread. */
  async joinAsync(options?: TimeoutOptions & { readonly signal?: Abort | undefined }): Promise<void> {
    await this.#started("cannot be joined").waitForEndAsync(deadlineOf(options), options?.signal);
  }

  /** Whether the process has started and not ended. */
  isAlive(): boolean {
    const child = this.#open();
    return child === "current" || (child !== undefined && !child.hasEnded());
  }

  /** Ends the process with SIGTERM, which it may hear. Does nothing if it has ended. @throws StateError not started */
  terminate(): void {
    this.#started("cannot be ended").signal("SIGTERM");
  }

  /** Ends the process with SIGKILL, which nothing can keep off. Does nothing if it has ended. @throws StateError not started */
  kill(): void {
    this.#started("cannot be ended").signal("SIGKILL");
  }

  /**
   * Gives the object up; any further use of it is a StateError.
   * @throws StateError the process still runs
   */
  close(): void {
    if (this.#child === "closed") return;
    if (this.isAlive()) throw new StateError("A process that runs cannot be closed. Call join() or terminate() first.");
    this.#child = "closed";
    started.delete(this as Process<never>);
  }

  #open(): ChildProcess | "current" | undefined {
    if (this.#child === "closed") throw new StateError("This process object is closed.");
    return this.#child;
  }

  #started(what: string): ChildProcess {
    const child = this.#open();
    if (child === "current")
      throw new StateError(`The current process ${what}: only the one that started it can do that.`);
    if (child === undefined) throw new StateError(`The process ${what}: it was not started.`);
    return child;
  }

  #work(): ProcessWork {
    const type = this.constructor;
    if (type === Process) {
      if (this.#target !== undefined && taskNameOf(this.#target) === undefined) {
        throw unregistered(this.#target as { readonly name: string }, "function");
      }
      return { target: this.#target, args: this.#args };
    }
    if (taskNameOf(type) === undefined) throw unregistered(type, "class");
    return { type, fields: { ...this }, target: this.#target, args: this.#args };
  }
}

function checkName(name: unknown): string {
  if (typeof name !== "string") throw new TypeError(`A process's name is a text, not ${typeof name}.`);
  return name;
}

/** As Python's: less than nothing is nothing, and not for ever. */
function deadlineOf(options: TimeoutOptions | undefined): number {
  const timeout = options?.timeout;
  return deadlineAfter(typeof timeout === "number" && timeout < 0 ? 0 : timeoutOf(options));
}

/** Starts a daemon of a manager's server, which is one itself: it ends them when it ends. Blocks as `start` does. */
export function startForServer(worker: Process<never>): void {
  isOfServer = true;
  try {
    worker.start();
  } finally {
    isOfServer = false;
  }
}

/** Makes the object of the process that this code runs in. */
export function adoptProcess<P extends object>(make: () => P): P {
  isAdopting = true;
  try {
    return make();
  } finally {
    isAdopting = false;
  }
}

/**
 * The process that runs this code: in a child, an object of the class that was started, else one named `MainProcess`.
 * @see Python's `multiprocessing.current_process`.
 */
export function currentProcess(): Process {
  ownProcesses.current ??= adoptProcess(() => new Process());
  return ownProcesses.current as Process;
}

/** The process that started this one. */
export interface ParentProcess {
  /** As its own `currentProcess()` is called. */
  readonly name: string;
  /** The operating system's number of it. */
  readonly pid: number;
  /** Whether it runs. This process is ended as soon as it does not. */
  isAlive(): boolean;
}

/**
 * The process that started this one; undefined in a program that no `Process` started.
 * @see Python's `multiprocessing.parent_process`.
 */
export function parentProcess(): ParentProcess | undefined {
  const { parent } = identity();
  return parent && { ...parent, isAlive: () => nodeProcess.ppid === parent.pid };
}

/**
 * The processes that this thread started and that have not ended.
 * @see Python's `multiprocessing.active_children`, behaviour 113.
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

ownProcesses.processClass = Process;
