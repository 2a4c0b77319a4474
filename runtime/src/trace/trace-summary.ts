/** What a trace comes to, as those are told who print or draw it. */
import type { TraceEnd, TraceObject, TraceProcess, TraceSite, TraceStart } from "./decode.js";
import type { TraceFinding } from "./findings/finding.js";
import type { SeenLockOrder } from "./findings/lock-classes.js";
import type { MessageSummary } from "./message-figures.js";
import type { MarkerSummary, SpanSummary } from "./span-figures.js";

/** Times are nanoseconds; moments count from the start of the trace. */
export interface TraceSummary {
  /** Undefined: the trace has not even a header. */
  readonly start: TraceStart | undefined;
  /** The last moment there is something about. */
  readonly duration: number;
  /** Undefined: the program was killed, or runs still. */
  readonly end: TraceEnd | undefined;
  /** How many were recorded. */
  readonly events: number;
  /** Events that are missing because the recorder had no room. */
  readonly dropped: number;
  /** Events that the recorder left out, because a thread had so many, or the tier is not for them; as far as that was told. */
  readonly leftOut: number;
  /** The program itself first, then those that it started. */
  readonly processes: readonly ProcessSummary[];
  /** When there were too many processes to record more; undefined: never. */
  readonly unrecordedSince: number | undefined;
  /** By process, then by id. */
  readonly threads: readonly ThreadSummary[];
  /** The most waited for first. */
  readonly locks: readonly LockSummary[];
  /** The longest total first. */
  readonly contention: readonly ContentionSummary[];
  /** In the order in which they were seen. */
  readonly deadlocks: readonly DeadlockSummary[];
  /** What went wrong otherwise, or only went well by luck: those that say most first. */
  readonly findings: readonly TraceFinding[];
  /** Which locks were taken while others were held. */
  readonly lockOrder: SeenLockOrder;
  /** The files that places of the trace are in, the first 500. */
  readonly files: readonly string[];
  /** Of a program's own ports, the busiest first. */
  readonly messages: readonly MessageSummary[];
  /** What threads did that has a name: tasks of pools, and spans of the program. Those that took longest in all first. */
  readonly spans: readonly SpanSummary[];
  /** Where the program said that it is, in the order of time. */
  readonly markers: readonly MarkerSummary[];
  /** Who ended whose blocking waits, as far as that was recorded; those that took longest in all first. */
  readonly endedWaits: readonly EndedWaitsSummary[];
  /** What had not ended when the trace did, the oldest first. */
  readonly waiting: readonly WaitingSummary[];
  /** Why the trace is not whole. */
  readonly problem: string | undefined;
}

/** What became of one process. */
export interface ProcessSummary extends TraceProcess {
  /** Undefined: nobody saw it end. */
  readonly ended: number | undefined;
  /** Undefined: a signal ended it, or nobody saw it end. */
  readonly exitCode: number | undefined;
  /** The signal that ended it. */
  readonly signal: string | undefined;
}

/** What one thread did. */
export interface ThreadSummary {
  /** By which events name it. */
  readonly id: number;
  /** What to call it: its name at first, and of a process that the program started that one's number. */
  readonly name: string;
  /** Whose it is. */
  readonly process: number;
  /** When it was there. */
  readonly began: number;
  /** Undefined: it was there to the last. */
  readonly ended: number | undefined;
  /** How many of its events were recorded. */
  readonly events: number;
  /** How many found no room. */
  readonly dropped: number;
  /** In blocking waits for locks. */
  readonly waitedForLocks: number;
  /** In all other blocking waits. */
  readonly waitedOtherwise: number;
}

/** What became of one lock. */
export interface LockSummary {
  /** By which events name it. */
  readonly id: number;
  /** What to call it: unnamed locks have a number. */
  readonly name: string;
  /** How often it was taken. */
  readonly acquisitions: number;
  /** How often somebody had to wait for it. */
  readonly waits: number;
  /** The sum of those waits. */
  readonly waited: number;
  /** The longest of those waits. */
  readonly longestWait: number;
  /** As far as the same thread took and released it. */
  readonly held: number;
  /** The longest time it was held. */
  readonly longestHeld: number;
}

/** The waits for one lock at one place. */
export interface ContentionSummary {
  /** What to call it. */
  readonly lock: string;
  /** Where they waited. */
  readonly site: TraceSite | undefined;
  /** How many there were. */
  readonly waits: number;
  /** Their sum. */
  readonly total: number;
  /** The longest of them. */
  readonly longest: number;
  /** Who held the lock when the longest wait began. */
  readonly holder: string | undefined;
  /** Waits that had not ended when the trace did. */
  readonly open: number;
}

/** The waits of one thread for one thing, as far as one other thread ended them. */
export interface EndedWaitsSummary {
  /** What to call the thread that waited. */
  readonly thread: string;
  /** What to call the one that gave back, put, took, notified or ended what it waited for. */
  readonly endedBy: string;
  /** What to call the lock, queue, thread or other object. */
  readonly waitedFor: string;
  /** What it is. */
  readonly kind: TraceObject["kind"];
  /** How many there were. */
  readonly waits: number;
  /** Their sum. */
  readonly total: number;
  /** The longest of them. */
  readonly longest: number;
}

/** A wait that had not ended when the trace did. */
export interface WaitingSummary {
  /** What to call it. */
  readonly thread: string;
  /** What to call the lock, queue, thread or other object; empty for a sleep. */
  readonly waitsFor: string;
  /** What it waits for; empty for a sleep. */
  readonly kind: TraceObject["kind"];
  /** Where it waits. */
  readonly site: TraceSite | undefined;
  /** When the wait began. */
  readonly since: number;
  /** A task waits, and the thread itself goes on. */
  readonly isTask: boolean;
  /** The thread that would have to end it, as it was when the wait began. */
  readonly holder: string | undefined;
}

/** Threads that wait for each other in a circle. */
export interface DeadlockSummary {
  /** When it was seen. */
  readonly time: number;
  /** Each waits for what the next one holds, the last for what the first does. */
  readonly parties: readonly PartySummary[];
}

/** A thread that waits for ever. */
export interface PartySummary {
  /** What to call it. */
  readonly thread: string;
  /** The lock, or the thread whose end is waited for. */
  readonly waitsFor: string;
  /** What it waits for. */
  readonly kind: TraceObject["kind"];
  /** Where it waits. */
  readonly site: TraceSite | undefined;
  /** Who would have to end the wait. */
  readonly owner: string;
  /** Where that one took the lock. */
  readonly ownerSite: TraceSite | undefined;
  /** It is a task of the thread that waits, for what a task of the owner has. The thread itself goes on. */
  readonly isTask: boolean;
}
