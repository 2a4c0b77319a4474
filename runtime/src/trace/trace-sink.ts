/** What a trace says, as those who read it are told. */
import type { REASONS, Tier } from "./format.js";

/** The kinds of objects, by their numbers in the file: those of the runtime's cells. */
const OBJECT_KINDS = {
  0: "",
  1: "thread",
  2: "lock",
  3: "value",
  4: "buffer",
  5: "barrier",
  6: "event",
  7: "queue",
  8: "pool",
  9: "array",
  10: "rlock",
  11: "semaphore",
  12: "condition",
  13: "rwlock",
  14: "once",
  15: "semaphore",
  20: "value",
  21: "array",
  22: "queue",
  23: "queue",
  24: "queue",
  25: "list",
  26: "map",
  27: "memory",
  28: "channel",
} as const;
type ObjectKind = keyof typeof OBJECT_KINDS;

/** What an object is, by the number in the file. */
export function kindOfObject(number: number): TraceObject["kind"] {
  return OBJECT_KINDS[number as ObjectKind] ?? "";
}

/** Whether objects of the kind are held, by one thread or, of an `rwlock`, by several that read. */
export function isLock(kind: TraceObject["kind"] | undefined): boolean {
  return kind === "lock" || kind === "rlock" || kind === "rwlock" || kind === "once";
}

/** All times are nanoseconds since the start of the trace. */
export interface TraceStart {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Nanoseconds on the monotonic clock that the processes of a host share. */
  readonly origin: number;
  /** The number of the process. */
  readonly pid: number;
}

/** A process: the program itself, or one that it started. */
export interface TraceProcess {
  /** By which threads name it; 1 for the program itself. */
  readonly id: number;
  /** Its number on the host. */
  readonly pid: number;
  /** The process that started it; 0 for none. */
  readonly parent: number;
  /** When its recording began. */
  readonly began: number;
  /** The script it runs, without folders; empty where that is not known. */
  readonly name: string;
  /** How much of it is recorded. */
  readonly tier: Tier;
}

/** What a thread or object is called among those of all processes: several may have the same name. */
export function nameInProcess(name: string, process: TraceProcess | undefined): string {
  return process === undefined || process.id === 1 ? name : `${name} of process ${process.pid}`;
}

/** A process is over. It may be told twice: by the process, and by the one that started it. */
export interface TraceProcessEnd {
  /** Which process. */
  readonly id: number;
  /** When, or when that was noticed. */
  readonly time: number;
  /** Undefined: a signal ended it. */
  readonly exitCode: number | undefined;
  /** The name of the signal that ended it. */
  readonly signal: string | undefined;
}

/** A thread that was there. */
export interface TraceThread {
  /** By which events name it. */
  readonly id: number;
  /** Its own number in its process. */
  readonly ident: number;
  /** Whose it is. */
  readonly process: number;
  /** The name it had at first. */
  readonly name: string;
  /** Node's `threadId`: 0 for the main thread. */
  readonly worker: number;
  /** When it was there, on the clock of the trace. */
  readonly began: number;
}

/** A thread is over. */
export interface TraceThreadEnd {
  /** Which thread. */
  readonly id: number;
  /** When. */
  readonly time: number;
  /** Events of it that found no room. */
  readonly dropped: number;
}

/** A shared object that threads did something with. */
export interface TraceObject {
  /** By which events name it. One of a server may be told several times, by those who use it. */
  readonly id: number;
  /** Whose it is; 0: a server's, and so no process's alone. */
  readonly process: number;
  /** What it is; empty where that is not known. */
  readonly kind: (typeof OBJECT_KINDS)[ObjectKind];
  /** Empty for unnamed objects. */
  readonly name: string;
  /** The most messages of a queue, or the workers of a pool; 0 for any number, and where that is not known. */
  readonly room: number;
  /** The place where a lock was made; 0 where that is not known. */
  readonly made: number;
}

/** What spans are called. */
export interface TraceLabel {
  /** By which events name it. */
  readonly id: number;
  /** The name. */
  readonly text: string;
}

/** A place in the source. Line and column count from 1. */
export interface TraceSite {
  /** By which events name it. */
  readonly id: number;
  /** An absolute path or a URL. */
  readonly file: string;
  /** Of the call. */
  readonly line: number;
  /** Of the call. */
  readonly column: number;
}

/** An event. Ids of 0 mean none; what `first` and `second` mean stands at `EVENTS`. */
export interface TraceEvent {
  /** Who did it. */
  readonly thread: number;
  /** When. */
  readonly time: number;
  /** One of `EVENTS`. */
  readonly kind: number;
  /** Some of `FLAGS`. */
  readonly flags: number;
  /** What it was done to. */
  readonly object: number;
  /** Where in the source. */
  readonly site: number;
  /** See `EVENTS`. */
  readonly first: number;
  /** See `EVENTS`. */
  readonly second: number;
}

/** Threads that wait for each other in a circle. */
export interface TraceDeadlock {
  /** When it was seen. */
  readonly time: number;
  /** Each waits for what the next one holds, the last for what the first does. */
  readonly parties: readonly TraceParty[];
}

/** One thread of a deadlock. */
export interface TraceParty {
  /** Who waits. */
  readonly thread: number;
  /** For what. */
  readonly object: number;
  /** Where it waits; 0 if that was not recorded. */
  readonly site: number;
  /** The thread that would have to end the wait. */
  readonly owner: number;
  /** Where that thread took the object; 0 if that was not recorded. */
  readonly ownerSite: number;
  /** It is a task of the thread that waits, for what a task of the other thread has. The thread itself goes on. */
  readonly isTask: boolean;
}

/** The end of the recording. */
export interface TraceEnd {
  /** When. */
  readonly time: number;
  /** Why the program ended, as far as the recorder saw. */
  readonly reason: (typeof REASONS)[number];
  /** Of the program. */
  readonly exitCode: number;
  /** Events that found no room, of all threads. */
  readonly dropped: number;
  /** Threads for which there was no place in the recorder. */
  readonly unrecorded: number;
}

/** Takes what a trace says, in the order of the file: of each thread in the order of time. */
export interface TraceSink {
  /** The header. */
  start?(start: TraceStart): void;
  /** A process, before its first thread; the same may come again with a better name. */
  process?(process: TraceProcess): void;
  /** A process is over; of the program itself the end of the recording tells. */
  processEnded?(end: TraceProcessEnd): void;
  /** From here on, further processes that the program starts are not recorded. */
  unrecorded?(time: number): void;
  /** A thread, before its first event. */
  thread?(thread: TraceThread): void;
  /** A thread is over. */
  threadEnded?(end: TraceThreadEnd): void;
  /** An object, before the first event that names it. */
  object?(object: TraceObject): void;
  /** A place, before the first event that names it. */
  site?(site: TraceSite): void;
  /** A label, before the first event that names it. */
  label?(label: TraceLabel): void;
  /** The object is used again for the next event: copy what you keep. */
  event?(event: TraceEvent): void;
  /** A deadlock, when it was seen. */
  deadlock?(deadlock: TraceDeadlock): void;
  /** The end of the recording. */
  end?(end: TraceEnd): void;
  /** A record was read, which has so many bytes; after what it says was told. `type` is one of `CHUNKS`, or unknown. */
  chunk?(type: number, bytes: number): void;
  /** All threads' events from before this moment have been told. */
  drained?(time: number): void;
}
