import type { HeldLock } from "../facts/locksets.js";
import type { Chosen, Meets } from "../facts/order.js";
import type {
  Access,
  Argument,
  Cell,
  Channel,
  Confine,
  Count,
  Demand,
  Holder,
  Patience,
  Spawn,
} from "../model/events.js";
import type { Path } from "../model/path.js";
import type { Site } from "../source/site.js";

/** Where something happens, and by which calls control got there, outermost first. */
export interface Trail {
  readonly site: Site;
  readonly calls: readonly Site[];
  /** The function in which it happens. */
  readonly functionId: string;
}

/** The circumstances of an event: what is held, and which threads may be running. */
export interface Context {
  readonly held: readonly HeldLock[];
  /** Whether a lock may be held that has no name: then nothing is concluded. */
  readonly uncertain: boolean;
  /** Spawns that may be running on the side of the function that started them. */
  readonly running: readonly string[];
  /** At a time nobody knows: a listener, a timer. */
  readonly later: boolean;
  readonly confined: "main" | "worker" | undefined;
  /** What other threads have told before. */
  readonly waited: readonly Channel[];
  /** Where a barrier may have been passed last. */
  readonly phases: readonly string[];
  /** What certainly has a certain value. */
  readonly chosen: readonly Chosen[];
  /** What the caller must have given for just these locks to be held. */
  readonly assumed: readonly Chosen[];
  /** Whether two values that the function was given were compared before. */
  readonly sorted: boolean;
}

export interface AccessSummary extends Trail, Context {
  readonly object: Path;
  readonly cell: Cell;
  readonly access: Access["access"];
  readonly atomic: boolean;
  readonly inSteps: boolean;
  readonly holder: Holder;
  /** Set where of several threads of one spawn each has its own, or only one comes here: equal for the same one. */
  readonly own: string | undefined;
}

export interface AcquireSummary extends Trail, Context {
  readonly lock: Path;
  readonly patience: Patience;
  readonly async: boolean;
  readonly reentrant: boolean;
  readonly reads: boolean;
  /** The places where locks were taken before that are held, and that a comparison has put in their order. */
  readonly sortedAfter: readonly string[];
}

/** A place that goes on only when another thread tells something, or has ended. */
export interface PauseSummary extends Trail, Context {
  readonly for: "told" | "ended";
  /** The channel; or the handle of what ends, which is then known. */
  readonly on: Channel;
  /** Whether the thread itself stops, and not only what awaits a promise. */
  readonly stops: boolean;
  readonly timed: boolean;
  /** Whether the lock that the channel is must be held. */
  readonly underLock: boolean;
}

/** A place that tells other threads something. */
export interface SignalSummary extends Trail, Context {
  readonly on: Channel;
  /** Whether who sleeps wakes up. */
  readonly wakes: boolean;
  /** Whether it wakes just one of those who sleep. */
  readonly one: boolean;
  /** Whether the lock that the channel is must be held. */
  readonly underLock: boolean;
}

/** A place that changes what threads count together, or waits until that is zero. */
export interface CountSummary extends Trail, Context {
  readonly does: Count["does"];
  readonly of: Count["of"];
  readonly on: Path;
}

/** A place where an annotation wants a lock to be held that neither the function nor what it calls takes. */
export interface DemandSummary extends Trail, Context {
  readonly lock: Path;
  readonly object: Path | undefined;
  readonly demand: Demand;
}

/** A function that an annotation keeps to some threads; `calls` ends with the call that leads there. */
export interface ConfinedSummary extends Trail, Context {
  readonly confine: Confine;
}

/** A thread that the function, or something it calls, brings to life. */
export interface SpawnSummary extends Trail {
  readonly spawn: Spawn;
  readonly args: readonly Argument[];
  readonly data: Argument | undefined;
  readonly handle: Path | undefined;
  /** Spawns that may still be running when this one starts; itself among them if it may run twice at once. */
  readonly running: readonly string[];
  readonly confined: "main" | "worker" | undefined;
}

/** What the name of a collection begins with where one of the functions in it is called. */
export const KEPT = "kept:";

/** A call of what was given for a parameter, or of a function that somebody has put into a collection. */
export interface InvokeSummary extends Trail, Context {
  /** The root that the parameter has in paths; or `KEPT` and what the user calls the collection. */
  readonly parameter: string;
  /** Whether a promise that it returns is waited for where it is called. */
  readonly awaited: boolean;
  readonly args: readonly Argument[];
}

/** What a function does, in terms of its parameters, its receiver and what is absolute. Immutable plain data. */
export interface FunctionSummary {
  readonly id: string;
  readonly accesses: readonly AccessSummary[];
  readonly acquires: readonly AcquireSummary[];
  readonly spawns: readonly SpawnSummary[];
  readonly invokes: readonly InvokeSummary[];
  readonly pauses: readonly PauseSummary[];
  readonly signals: readonly SignalSummary[];
  readonly counts: readonly CountSummary[];
  readonly demands: readonly DemandSummary[];
  readonly confinements: readonly ConfinedSummary[];
  /** Held at every normal exit though not at the entry. */
  readonly acquired: readonly HeldLock[];
  /** Held at a normal exit if what is returned is true. */
  readonly acquiredIf: readonly HeldLock[];
  /** Of what is held at every normal exit: whose guard is returned. */
  readonly guarded: readonly HeldLock[];
  /** Released although the function did not take it. */
  readonly released: readonly Path[];
  /** Whether it releases some lock of the caller's without a name. */
  readonly releasesUnnamed: boolean;
  /** Handles that are started or joined for the caller. */
  readonly starts: readonly { readonly handle: Path; readonly site: Site }[];
  readonly joins: readonly Path[];
  /** The spawns behind the handles that it joins, where the function itself knows them. */
  readonly joined: readonly string[];
  /** Spawns that may be running at a normal exit. */
  readonly leftRunning: readonly string[];
  /** What other threads have told when it ends, and what it tells them. */
  readonly waits: readonly Channel[];
  /** What it has begun to listen to, for whoever awaits something later. */
  readonly listens: readonly Channel[];
  /** The threads whose end it listens for, by handle, and by spawn where the function itself knows them. */
  readonly hears: readonly Path[];
  readonly heard: readonly string[];
  readonly notifies: readonly Channel[];
  readonly meets: Meets;
  readonly suspends: boolean;
  /**
   * Whether the function goes on after it has returned its promise: what it does then, it does at some later time,
   * without the locks under which it was called.
   */
  readonly goesOn: boolean;
}

/** More of a kind than this are not kept: a function that does so much is a program, not a summary. */
export const MAX_ENTRIES = 600;

/** What is known of a function that has not been looked at: nothing. */
export function emptySummary(id: string): FunctionSummary {
  return {
    id,
    accesses: [],
    acquires: [],
    spawns: [],
    invokes: [],
    pauses: [],
    signals: [],
    counts: [],
    demands: [],
    confinements: [],
    acquired: [],
    acquiredIf: [],
    guarded: [],
    released: [],
    releasesUnnamed: false,
    starts: [],
    joins: [],
    joined: [],
    leftRunning: [],
    waits: [],
    listens: [],
    hears: [],
    heard: [],
    notifies: [],
    meets: "never",
    suspends: false,
    goesOn: false,
  };
}
