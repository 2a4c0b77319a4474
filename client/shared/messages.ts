/**
 * What the timeline's worker, the extension host and the trace panel say to each other. The worker reads a trace and
 * answers with pixels' worth of it; the host passes that on and does what needs an editor; the panel draws.
 *
 * Times are nanoseconds since the start of the trace. Ids are the trace's own and count from 1; 0 means none.
 */

/** What a thread does, by rising severity: where several share a pixel, the most severe is seen. */
export const ACTIVITY = {
  /** It has not begun, or has ended. */
  absent: 0,
  running: 1,
  /** For the end of a thread, a queue, an event, a sleep. */
  waits: 2,
  /** A debugger stopped it. */
  paused: 3,
  /** The recorder had no room, so nothing is known. */
  unknown: 4,
  waitsForLock: 5,
} as const;

/** What a thread has, by rising severity. */
export const HOLDING = {
  nothing: 0,
  holds: 1,
  /** Another thread waits for what it holds. */
  holdsWhileOthersWait: 2,
} as const;

/**
 * Words of a run: what a row of pixels looks like from its first column up to the next run's. A track is an array of
 * runs, rising by first column, without two equal neighbours.
 */
export const RUN_WORDS = 5;
export const RUN = {
  /** The first column. */
  column: 0,
  /** What fills most of it: of `ACTIVITY` or `HOLDING`. */
  most: 1,
  /** The most severe in it; the same as `most` unless it holds several things. */
  worst: 2,
  /** What is waited for or held; 0 for none, and where it is several. */
  object: 3,
  /** The thread that holds it, or that waits for it; of a thread that runs the label of its task. 0 for none, unknown and several. */
  other: 4,
} as const;

/** A place in the source. Line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A lock, queue, thread or other thing of the program, as people call it. */
export interface Named {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
}

/** What a task is called. */
export interface Label {
  readonly id: number;
  readonly text: string;
}

export interface Wait {
  readonly object: Named;
  readonly since: number;
  /** Undefined while it lasts. */
  readonly until: number | undefined;
  /** It has a timeout, so it cannot be part of a deadlock. */
  readonly isTimed: boolean;
  readonly place: Place | undefined;
  /** The thread that ended it; 0 while it lasts, and where that is not known. */
  readonly endedBy: number;
  /** The thread that would have to end it; 0 if that is nobody's to say. */
  readonly holder: number;
  /** Who had a lock of a server when the wait began, if that thread is not in the trace; empty: nobody is known. */
  readonly heldBy: string;
  /** Where and since when the holder has what is waited for, as far as that was recorded. */
  readonly holderPlace: Place | undefined;
  readonly heldSince: number | undefined;
}

export interface Hold {
  readonly object: Named;
  readonly since: number;
  readonly place: Place | undefined;
  /** The threads that wait for it. */
  readonly waiters: readonly number[];
}

/** The program, or a process that it started, at one moment. */
export interface ProcessNow {
  /** 1 for the program itself. */
  readonly id: number;
  readonly pid: number;
  /** The script it runs, without folders; empty where that is not known. */
  readonly name: string;
  /** Undefined while it lives. */
  readonly ended: number | undefined;
  /** Undefined while it lives, and if a signal ended it. */
  readonly exitCode: number | undefined;
  /** The signal that ended it. */
  readonly signal: string | undefined;
}

/** A thread at one moment. */
export interface ThreadNow {
  readonly id: number;
  /** Of a process that the program started, with that one's number. */
  readonly name: string;
  readonly process: ProcessNow;
  /** Node's `threadId`: 0 for the main thread. */
  readonly worker: number;
  /** One of `ACTIVITY`. */
  readonly activity: number;
  /** What it does, if that has a name: a task of a pool. Empty if not. */
  readonly task: string;
  readonly began: number;
  /** Undefined while it lives. */
  readonly ended: number | undefined;
  /** The wait it blocks in. */
  readonly wait: Wait | undefined;
  /** What its tasks wait for while the thread itself goes on. */
  readonly asyncWaits: readonly Wait[];
  /** The one taken last comes last. */
  readonly holds: readonly Hold[];
  /** Where a debugger stopped it. */
  readonly pausedAt: Place | undefined;
}

export interface LockNow {
  readonly object: Named;
  /** Who keeps others from having it; 0: it is free. */
  readonly owner: number;
  readonly since: number | undefined;
  readonly place: Place | undefined;
  /** Others that have it as well: those that read. */
  readonly others: readonly Holder[];
  readonly waiters: readonly number[];
}

/** A thread that has a lock. */
export interface Holder {
  readonly thread: number;
  readonly since: number;
  readonly place: Place | undefined;
}

/** A number that changes: how many messages are in a queue, or how many workers of a pool are busy. */
export interface CounterNow {
  readonly object: Named;
  readonly count: number;
  /** The most there can be; 0 for any number. */
  readonly room: number;
  /** The most there were up to the moment that the trace has reached. */
  readonly most: number;
  /** The threads that wait at the queue: for a message, or for room. */
  readonly waiters: readonly number[];
}

/** Each party waits for what the next one has, the last for what the first has. */
export interface Deadlock {
  readonly time: number;
  /** When one of them went on or ended after all: it was interrupted, say, or terminated. Undefined while it lasts. */
  readonly until: number | undefined;
  readonly parties: readonly DeadlockParty[];
}

export interface DeadlockParty {
  readonly thread: number;
  /** It is a task of the thread that waits, for what a task of the owner has. The thread itself goes on. */
  readonly isTask?: true;
  readonly waitsFor: Named;
  /** Where it waits. */
  readonly place: Place | undefined;
  /** The thread that would have to end the wait. */
  readonly owner: number;
  /** Where that one took what is waited for. */
  readonly ownerPlace: Place | undefined;
}

/** All threads and locks at one moment. */
export interface Snapshot {
  readonly time: number;
  /** By process, and of each by id. */
  readonly threads: readonly ThreadNow[];
  /** Those that were ever waited for or are held now. */
  readonly locks: readonly LockNow[];
  /** Queues that were used, and pools. */
  readonly counters: readonly CounterNow[];
  readonly deadlocks: readonly Deadlock[];
}

/** The waits for one lock at one place, the longest total first. */
export interface Contention {
  readonly object: Named;
  readonly place: Place | undefined;
  readonly waits: number;
  readonly total: number;
  readonly longest: number;
  /** Who held the lock when the longest wait began. */
  readonly holder: number;
}

/** Something that went wrong in a run, or that only luck kept from it. */
export interface Finding {
  /** The rule that finds the same in the source; what went wrong where there is none. */
  readonly id: string;
  /** Whether a rule of that id looks for it in the source too. */
  readonly isRule: boolean;
  /** A sentence or two. Names of the program stand in it as they are. */
  readonly message: string;
  /** The place that matters most first, then the other sides. */
  readonly places: readonly FindingPlace[];
  /** How often it was seen with the same places; 0 for what only the analysis finds. */
  readonly times: number;
  /** The analysis of the source finds it too, or alone. */
  readonly isInSource: boolean;
}

/** Which locks are taken while others are held: by threads of the run, by the source, or both. */
export interface LockOrder {
  /** What edges name by its place here. */
  readonly locks: readonly OrderedLock[];
  /** Those that were seen most often first, and at last those that only the source has. */
  readonly edges: readonly LockOrderEdge[];
}

/** A lock, or all that are made at one place. */
export interface OrderedLock {
  readonly name: string;
  /** How many were seen that are made there; 0: none. */
  readonly count: number;
  /** Where they are made; undefined where that is not known. */
  readonly made: Place | undefined;
}

/** One lock is taken while another is held. */
export interface LockOrderEdge {
  /** The lock that is held. */
  readonly from: number;
  /** The one that is taken meanwhile. */
  readonly to: number;
  /** Whether threads were seen to do so, or the source may, or both. */
  readonly origin: "seen" | "static" | "both";
  /** Where the first lock is taken; undefined where that was not recorded. */
  readonly held: Place | undefined;
  /** Where the second is. */
  readonly taken: Place | undefined;
  /** The thread that was seen to do so first; undefined: none was. */
  readonly thread: string | undefined;
  /** How often it was seen. */
  readonly times: number;
  /** Edges with one number are on one ring that can deadlock, as a finding says; undefined: on none. */
  readonly ring: number | undefined;
}

/** All that was found. */
export interface RunFindings {
  readonly findings: readonly Finding[];
  /** How many more there are that comments or settings suppress. */
  readonly suppressed: number;
  /** Of the program, as far as the trace names them. */
  readonly files: readonly string[];
  readonly lockOrder: LockOrder;
}

/** One side of a finding. */
export interface FindingPlace {
  /** What happened there. */
  readonly what: string;
  /** Undefined: it was not recorded. */
  readonly place: Place | undefined;
}

/** What differs between this trace, the first, and another one. */
export interface Comparison {
  /** What the other one is called. */
  readonly title: string;
  /** Why there is nothing to compare. */
  readonly problem: string | undefined;
  /** Of the runs as a whole. */
  readonly figures: readonly ComparedFigure[];
  /** What matters most first. */
  readonly rows: readonly ComparedRow[];
}

export interface ComparedRow {
  readonly kind: "finding" | "lock" | "place" | "thread";
  readonly name: string;
  readonly place: Place | undefined;
  /** Which of the runs had it. */
  readonly in: "both" | "first" | "second";
  readonly figures: readonly ComparedFigure[];
}

export interface ComparedFigure {
  readonly what: string;
  /** Nanoseconds, and not a number. */
  readonly isTime: boolean;
  readonly first: number;
  readonly second: number;
}

/** How the recording is. */
export interface Status {
  /** `waiting`: there is no trace yet. `live`: more may come. `killed`: it has no end, and no more will come. */
  readonly state: "waiting" | "live" | "ended" | "killed" | "unreadable";
  /** The program's exit code; undefined unless ended. */
  readonly exitCode: number | undefined;
  /** Milliseconds since 1970; undefined while waiting. */
  readonly startedAt: number | undefined;
  readonly pid: number | undefined;
  /** The last moment there is something about; while live, this moment. */
  readonly duration: number;
  readonly events: number;
  /** Events that are missing because the recorder had no room. */
  readonly dropped: number;
  /** Those that it left out, because a thread had so many; undefined for none. */
  readonly leftOut?: number;
  /** Why the trace is not whole or cannot be read, and what to do. */
  readonly problem: string | undefined;
}

/**
 * Words of a step: how much a counter was from its first column up to the next step's, at least and at most. A row is an
 * array of steps, rising by first column, without two equal neighbours.
 */
export const STEP_WORDS = 3;
export const STEP = { column: 0, low: 1, high: 2 } as const;

/**
 * Words of an arrow: in which column a thread went on, which other one let it, by giving back, putting or ending what
 * object. Only of waits that can be told from their neighbours.
 */
export const ARROW_WORDS = 4;
export const ARROW = { column: 0, from: 1, to: 2, object: 3 } as const;

/** Words of a message: in which column, perhaps outside of the frame, which thread sent it, and in which it came to which. */
export const MESSAGE_WORDS = 4;
export const MESSAGE = { sent: 0, from: 1, came: 2, to: 3 } as const;

/** Two rows of pixels for each thread, and a row for each counter. */
export interface Frame {
  /** Of the request it answers. */
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  readonly lanes: readonly Lane[];
  readonly counters: readonly CounterRow[];
  /** Who ended whose waits. */
  readonly arrows: Int32Array<ArrayBuffer>;
  /** Which thread sent what to which. */
  readonly messages: Int32Array<ArrayBuffer>;
}

/** All threads together, per column of the whole trace. */
export interface Overview {
  /** Of the request it answers. */
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  /** How many threads run. */
  readonly running: Uint16Array<ArrayBuffer>;
  /** How many wait for a lock, be it for a part of the column only. */
  readonly contended: Uint16Array<ArrayBuffer>;
  /** The most that run at the same time, at least 1. */
  readonly peak: number;
}

export interface Lane {
  readonly thread: number;
  /** Runs of `ACTIVITY`. */
  readonly activity: Int32Array<ArrayBuffer>;
  /** Runs of `HOLDING`. */
  readonly holding: Int32Array<ArrayBuffer>;
}

/** How a counter changed. */
export interface CounterRow {
  readonly object: number;
  readonly steps: Int32Array<ArrayBuffer>;
}

/** What is to be known about one moment of the whole program. */
export interface Past {
  /** Of the request it answers. */
  readonly request: number;
  /** As of the moment that was asked about. */
  readonly snapshot: Snapshot;
}

/** How long each thread did what in a stretch of time. */
export interface Sums {
  /** Of the request it answers. */
  readonly request: number;
  readonly from: number;
  readonly to: number;
  readonly threads: readonly ThreadSums[];
}

export interface ThreadSums {
  readonly thread: number;
  /** Nanoseconds, by `ACTIVITY`: together all of the stretch. */
  readonly activity: readonly number[];
  /** The same by `HOLDING`. */
  readonly holding: readonly number[];
}

/** Which threads have to do with each other, or with an object. */
export interface RelatedThreads {
  /** Of the request it answers. */
  readonly request: number;
  /** Rising. */
  readonly threads: readonly number[];
}

/** What is to be known about one moment of one thread. */
export interface Description {
  /** Of the request it answers. */
  readonly request: number;
  readonly time: number;
  readonly thread: ThreadNow;
  /** From the thread that is waited for to the one that waits for nobody, or to the first that comes twice. */
  readonly blockers: readonly ThreadNow[];
}

/** From the panel to the worker. The host passes it on. */
export type Question =
  /**
   * Answered by a frame, in which there are only these threads and counters; all of them where nothing is said.
   * `columns` is a number of device pixels.
   */
  | {
      readonly type: "view";
      readonly request: number;
      readonly from: number;
      readonly to: number;
      readonly columns: number;
      readonly threads?: readonly number[] | undefined;
      readonly counters?: readonly number[] | undefined;
    }
  /** Answered by an overview. */
  | {
      readonly type: "overview";
      readonly request: number;
      readonly from: number;
      readonly to: number;
      readonly columns: number;
    }
  /** Answered by a description. */
  | { readonly type: "describe"; readonly request: number; readonly thread: number; readonly time: number }
  /** Answered by a past. */
  | { readonly type: "look"; readonly request: number; readonly time: number }
  /** Answered by sums. */
  | { readonly type: "sum"; readonly request: number; readonly from: number; readonly to: number }
  /**
   * Answered by related threads: those that `thread` waited for or that waited for it, and that used `object`, in waits of
   * at least so many nanoseconds; 0 stands for any.
   */
  | {
      readonly type: "relate";
      readonly request: number;
      readonly thread: number;
      readonly object: number;
      readonly least: number;
    };

/** From the panel to the host, beside questions. */
export type Wish =
  /** The panel can take messages now. */
  | { readonly type: "ready" }
  /** Somebody wants to choose another trace to compare with. */
  | { readonly type: "compare" }
  /** Somebody wants the trace in a format of other viewers. */
  | { readonly type: "export" }
  /** Somebody wants to keep a graph as a picture, called so. */
  | { readonly type: "saveGraph"; readonly name: string; readonly svg: string }
  | { readonly type: "open"; readonly place: Place };

/** From the worker to the host, which passes it on to the panel. */
export type Answer =
  /** At least whenever `state` changes, and ten times a second while live. */
  | { readonly type: "status"; readonly status: Status }
  /** When something changed, at most thirty times a second. */
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  /** When something changed, at most twice a second. */
  | { readonly type: "contention"; readonly contention: readonly Contention[] }
  /** When they changed: some time after the rest while the trace is long, and every other second while it grows. */
  | { readonly type: "findings"; readonly found: RunFindings }
  /** What runs refer to, before they do; the same id may come again with a better name. */
  | { readonly type: "objects"; readonly objects: readonly Named[] }
  /** What runs of threads that run refer to, before they do. */
  | { readonly type: "labels"; readonly labels: readonly Label[] }
  | { readonly type: "frame"; readonly frame: Frame }
  | { readonly type: "overview"; readonly overview: Overview }
  | { readonly type: "description"; readonly description: Description }
  | { readonly type: "past"; readonly past: Past }
  | { readonly type: "sums"; readonly sums: Sums }
  | { readonly type: "related"; readonly related: RelatedThreads }
  /** To `compare`; a worker that reads nothing else ends then. */
  | { readonly type: "comparison"; readonly comparison: Comparison }
  /** While exporting: which part of the trace was read, from 0 to 1. */
  | { readonly type: "exporting"; readonly done: number }
  /** The export is there. With what is wrong with the trace; undefined: nothing. The worker ends then. */
  | { readonly type: "exported"; readonly problem: string | undefined };

/** From the host to the panel, beside answers. */
export type Order =
  /** What the panel is about, for its heading. */
  | { readonly type: "source"; readonly title: string }
  /** Selects a thread, as when a debugger stops in it. */
  | { readonly type: "select"; readonly thread: number }
  /** Shows what differs from another trace, which was told before. */
  | { readonly type: "compared" };

/** From the host to the page that shows the order of the locks of the workspace. */
export interface ShownLockOrder {
  readonly type: "lockOrder";
  /** Undefined: it is not known. */
  readonly order: LockOrder | undefined;
  /** What it is made of, or why it is not known: a sentence. */
  readonly note: string;
}

/** From the host to the worker, beside questions. */
export type Instruction =
  /** The first message. The file need not be there yet. */
  | { readonly type: "read"; readonly file: string }
  /** Asks what differs between two traces, of which the second is called so. Nothing else is answered meanwhile. */
  | { readonly type: "compare"; readonly first: string; readonly second: string; readonly title: string }
  /** Writes a trace in a format of other viewers, to `part`, which becomes `output` at the end. A failure ends the worker. */
  | {
      readonly type: "export";
      readonly file: string;
      readonly output: string;
      readonly part: string;
      readonly format: "chrome" | "perfetto";
    }
  /** Whether more may come to the file: undefined when nobody knows, so that the worker has to find out. */
  | { readonly type: "running"; readonly isRunning: boolean | undefined }
  /** A debugger stopped or continued a thread. */
  | { readonly type: "paused"; readonly thread: number; readonly place: Place | undefined }
  | { readonly type: "continued"; readonly thread: number };
