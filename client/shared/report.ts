/** What a run comes to as a whole: where it waited, what went wrong, how locks are taken, and how another run differs. */
import type { Named, Place } from "./snapshot.js";

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
