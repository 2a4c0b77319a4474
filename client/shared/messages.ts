/**
 * What the timeline's worker, the extension host and the trace panel say to each other. The worker reads a trace and
 * answers with pixels' worth of it; the host passes that on and does what needs an editor; the panel draws.
 *
 * Times are nanoseconds since the start of the trace. Ids are the trace's own and count from 1; 0 means none.
 */
import type { Frame, Overview } from "./frame.js";
import type { Comparison, Contention, LockOrder, RunFindings } from "./report.js";
import type { Label, Named, Place, Snapshot, ThreadNow } from "./snapshot.js";

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
