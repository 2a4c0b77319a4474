import { host } from "#host";
import type { Port, ThreadBoot } from "./host/host.js";
import type { Registered, TaskName } from "./task-name.js";

/**
 * What exists once per isolate. It hangs on `globalThis` because a loader that turns modules into CommonJS (tsx does
 * for `require`) evaluates this package a second time, and both copies must see one registry and one current thread.
 */
export interface Isolate {
  readonly memory: SharedArrayBuffer;
  /** True in the isolate that made the arena and therefore lays it out. */
  readonly createdMemory: boolean;
  /** What the starter of this thread handed over; undefined in a main thread and in workers started by others. */
  readonly boot: ThreadBoot | undefined;
  /** The word index of this isolate's thread cell; 0 until the arena module has looked. */
  thread: number;
  readonly kinds: Map<number, Kind>;
  /** The living wrapper of each cell, so that what travels to and fro keeps its identity. */
  readonly wrappers: Map<number, WeakRef<object>>;
  /** The cell of each wrapper; how the library knows its own objects. */
  readonly cells: WeakMap<object, Membership>;
  /** Wrappers that were closed. */
  readonly closed: WeakSet<object>;
  /** The cell that the constructor about to run is to wrap; 0 when it is to make one. */
  adopting: number;
  /** The Thread class that the user's modules see. */
  threadClass: unknown;
  /** Functions and classes by module and name, and back. */
  readonly tasks: Map<string, Map<string, Registered>>;
  readonly taskNames: WeakMap<Registered, TaskName>;
  /** How instances of the library's own classes travel that are made of others (see composites.ts). */
  readonly composites: Map<Registered, Composite>;
  /** This isolate's line to the supervisor, opened on first use. */
  supervisor: SupervisorLine | undefined;
  /** Where nothing can be received while blocked: the buffers of others that have arrived so far, by cell. */
  readonly arrived: Map<number, SharedArrayBuffer>;
  /** Whether a worker of this library has begun what it was started for. */
  hasBegun: boolean;
  /** Whether a worker of this library loads the modules of its work. */
  isLoading: boolean;
  /** Threads that this one starts come up only after it has returned to its event loop. */
  needsTurn: boolean;
  /** What records this thread (see trace/hook.ts); undefined when nothing does. */
  recorder: unknown;
  /** The Thread object of this isolate, of whatever class it was started as. */
  currentThread: object | undefined;
  /** What this isolate knows of processes (see process/own-processes.ts); undefined until it uses them. */
  processes: unknown;
}

/** How instances of a class go to another thread. */
export interface Composite {
  /** What one is made of there: its properties travel. @throws SerializationError it stays where it is */
  leave(value: object): object;
  arrive(parts: Readonly<Record<string, unknown>>): object;
}

/** A wrapper's cell, and the journal entry of its reference. */
export interface Membership {
  readonly at: number;
  readonly entry: number;
}

/** A line to a supervisor, and the supervisor's thread cell. */
export interface SupervisorLine {
  readonly port: Port;
  readonly at: number;
}

/** What the library knows about one kind of cell. */
export interface Kind {
  readonly name: string;
  /** Makes the wrapper in this isolate. */
  attach(at: number): object;
  /** Gives back what the cell owns beyond itself. Runs in whichever thread drops the last reference. */
  destroy?(at: number): void;
  /** The cell of the buffer that a wrapper needs. */
  buffer?(at: number): number;
  /** A wrapper is about to go to another thread. */
  beforeSend?(at: number, wrapper: object): void;
  /** A thread ended while it waited here. False: this cannot be dealt with yet. */
  waiterDied?(at: number, thread: number): boolean;
  /** A thread ended that was about to wake who waits here. */
  wakerDied?(at: number): void;
  /** A thread ended that held the cell's mutex, which is free again. */
  holderDied?(at: number): void;
  /** A thread ended, whatever it had to do with this cell. False: this cannot be dealt with yet. */
  threadEnded?(at: number, thread: number): boolean;
  /** The thread that held the cell's mutex ended: whether the next one is to hear of it. By default where it is a lock. */
  isAbandoned?(at: number): boolean;
}

const KEY = Symbol.for("heddle.isolate.1");
const MEMORY = "heddle.memory.1";
const DEFAULT_MEGABYTES = 256;

function create(): Isolate {
  const inherited = host.inherited(MEMORY);
  const memory = inherited ?? new SharedArrayBuffer(configuredBytes());
  const createdMemory = memory !== inherited;
  if (createdMemory) host.bequeath(MEMORY, memory);
  const { boot } = host;
  return {
    memory,
    createdMemory,
    boot,
    thread: 0,
    kinds: new Map(),
    wrappers: new Map(),
    cells: new WeakMap(),
    closed: new WeakSet(),
    adopting: 0,
    threadClass: undefined,
    tasks: new Map(),
    taskNames: new WeakMap(),
    composites: new Map(),
    supervisor: boot === undefined ? undefined : { port: boot.port, at: boot.supervisor },
    arrived: new Map(),
    hasBegun: false,
    isLoading: false,
    needsTurn: false,
    recorder: undefined,
    currentThread: undefined,
    processes: undefined,
  };
}

/** Untouched pages cost nothing, so the default is generous. */
function configuredBytes(): number {
  const text = host.setting("HEDDLE_ARENA_MB");
  const megabytes = text === undefined ? DEFAULT_MEGABYTES : Number(text);
  if (!Number.isInteger(megabytes) || megabytes < 1 || megabytes > 2047) {
    throw new RangeError(`HEDDLE_ARENA_MB is ${JSON.stringify(text)}; it must be a whole number from 1 to 2047.`);
  }
  return megabytes * 1024 * 1024;
}

const holder = globalThis as { [KEY]?: Isolate };
holder[KEY] ??= create();
export const isolate: Isolate = holder[KEY];
