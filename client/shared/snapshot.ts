/**
 * What is known about one moment of a program: who does what, has what and waits for whom.
 *
 * Times are nanoseconds since the start of the trace. Ids are the trace's own and count from 1; 0 means none.
 */

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
