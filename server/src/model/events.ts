import type { Site } from "../source/site.js";
import type { LeaseEvent } from "./lease.js";
import type { LifeEvent } from "./life.js";
import type { MemoryEvent } from "./memory.js";
import type { ClassLost, MessageFault } from "./message.js";
import type { Path } from "./path.js";
import type { QueueEvent } from "./queue.js";
import type { ResourceEvent } from "./resource.js";
import type { StateEvent } from "./state.js";
import type { TransferEvent } from "./transfer.js";

/** What the code does, in terms of concurrency. The vocabulary of every later stage; nothing below knows syntax. */
export type Event =
  | Entry
  | Exit
  | Acquire
  | Release
  | LockMade
  | Probe
  | Give
  | Assign
  | Assume
  | Access
  | Call
  | Spawn
  | Start
  | Crew
  | BriefLocal
  | OneByOne
  | DroppedResult
  | Join
  | Keep
  | Listen
  | Wait
  | Notify
  | Permit
  | Meet
  | Meeting
  | Count
  | Choice
  | Operate
  | ViewMade
  | Uncalled
  | Refused
  | MessageFault
  | Outrun
  | ClassLost
  | Await
  | Loop
  | Merge
  | Rethrow
  | Require
  | Demand
  | Confine
  | Override
  | GuardFault
  | Pointless
  | StateEvent
  | LifeEvent
  | ResourceEvent
  | QueueEvent
  | MemoryEvent
  | LeaseEvent
  | TransferEvent;

export interface Entry {
  readonly kind: "entry";
  readonly site: Site;
}

/** A way out of the function; `site` is the `return`, or the closing brace. */
export interface Exit {
  readonly kind: "exit";
  readonly how: "normal" | "throw";
  /** Whether what it returns is true, or the condition that tells. */
  readonly gives: string | boolean | undefined;
  readonly site: Site;
}

/** How far an acquire goes to get its lock. Only `blocking` can take part in a deadlock. */
export type Patience = "blocking" | "timed" | "try";

export interface Acquire {
  readonly kind: "acquire";
  /** Together with others that read. */
  readonly reads: boolean;
  /** Undefined: some lock that the engine cannot name. It neither protects nor accuses. */
  readonly lock: Path | undefined;
  readonly reentrant: boolean;
  readonly patience: Patience;
  /** A promise waits for it, so that it stops a thread only where that promise is awaited. */
  readonly async: boolean;
  /** The method that does the same without stopping the thread, where this one does stop it. */
  readonly asyncForm: string | undefined;
  /** `manual` needs a release; `scope` and `section` have it by construction; `handed` is up to who gets the guard. */
  readonly by: "manual" | "scope" | "section" | "handed";
  /** Set where the lock is held only if a condition turns out true (see `Assume`). */
  readonly condition: string | undefined;
  /** The condition that asks for the guard that comes back: who disposes of it gives back the lock. */
  readonly guard: string | undefined;
  /** What the call hands out: whether it got the lock, a guard whose disposal releases it, or nothing of the kind. */
  readonly gives: "boolean" | "guard" | "nothing";
  /** Nobody ever looks at what it hands out. */
  readonly isDropped: boolean;
  /** Nobody waits for its promise: what comes behind it runs without the lock. */
  readonly isFloating: boolean;
  /** Stands in a `finally`, whose business is to give back. */
  readonly inFinally: boolean;
  /** Given back at once, with nothing done in between and no remark that says why. */
  readonly isEmpty: boolean;
  /** The declaration of the field that the lock is, whichever object it belongs to. */
  readonly field: string | undefined;
  /** Where every object makes this lock for itself. */
  readonly madeByEach: Site | undefined;
  /** Held for a lease, which may be over before it is given back. */
  readonly isLeased: boolean;
  /** What the user calls the lock, named or not. */
  readonly text: string;
  readonly site: Site;
}

/** An annotation says that whoever calls the function holds the lock. */
export interface Require {
  readonly kind: "require";
  readonly lock: Path;
  /** Together with others that read. */
  readonly reads: boolean;
  /** Where the annotation is. */
  readonly site: Site;
}

/** A place that an annotation allows only under a lock, or only by an atomic operation. */
export interface Demand {
  readonly kind: "demand";
  /** Undefined: what is used may be touched by atomic operations only. */
  readonly lock: Path | undefined;
  /** Whether no other path leads to the lock, so that it is not held where this one is not. */
  readonly isOnlyName: boolean;
  /** Whether holding it together with others that read is enough. */
  readonly mayShare: boolean;
  /** Whose member is used, where the code says. */
  readonly object: Path | undefined;
  readonly use: "read" | "write" | "call";
  /** What is used, as written. */
  readonly text: string;
  /** Where the annotation is. */
  readonly annotation: Site;
  readonly site: Site;
}

/** An annotation says on which threads the function may run. */
export interface Confine {
  readonly kind: "confine";
  readonly to: "main" | "worker";
  /** What the function is called. */
  readonly name: string;
  /** Where the annotation is. */
  readonly site: Site;
}

/** The function is a method that stands for one of a class that its own extends. */
export interface Override {
  readonly kind: "override";
  /** The id of the method that it stands for, which is no function of the program where that has no body. */
  readonly base: string;
  /** The locks that by annotation whoever calls the other method holds, in terms of `this`. */
  readonly requires: readonly Path[];
  readonly name: string;
  /** The method's own name. */
  readonly site: Site;
}

/** An annotation that names nothing by which it could be kept. */
export interface GuardFault {
  readonly kind: "guard-fault";
  readonly why: "unknown" | "no-lock" | "instance" | "replaced";
  /** Whose annotation it is, and where that is declared. */
  readonly name: string;
  readonly subject: Site;
  readonly word: string;
  /** Where what it names is declared. */
  readonly declaration: Site | undefined;
  /** What may be meant. */
  readonly hint: string | undefined;
  /** The word, or the tag without one. */
  readonly site: Site;
}

/** An annotation that is of no effect. */
export interface Pointless {
  readonly kind: "pointless";
  readonly why: "no-reason" | "repeated" | "no-need";
  /** As written, without its word. */
  readonly tag: string;
  /** Whose annotation it is, and where that is declared. */
  readonly name: string;
  readonly subject: Site;
  /** What has to go so that nothing of it is left. */
  readonly removal: Site;
  readonly site: Site;
}

export interface Release {
  readonly kind: "release";
  readonly lock: Path | undefined;
  /** Gives back what this guard was made for. */
  readonly guard: string | undefined;
  /** `scope` gives back what the same scope took, and nothing where that was no lock. */
  readonly by: "call" | "scope";
  readonly site: Site;
}

/** A lock is made. */
export interface LockMade {
  readonly kind: "lock-made";
  readonly lock: Path;
  /** Whether it is the same one for all threads that get hold of it. */
  readonly shared: boolean;
  /** Whether it never leaves the function that makes it, which only takes it and gives it back. */
  readonly isOwn: boolean;
  /** Where the lock was made that the same variable or field had from the beginning. */
  readonly replaces: Site | undefined;
  readonly site: Site;
}

/** On this branch the lock was free a moment ago, or was not. */
export interface Probe {
  readonly kind: "probe";
  readonly lock: Path;
  readonly isFree: boolean;
  readonly site: Site;
}

/** A guard is returned: who called answers for its lock. */
export interface Give {
  readonly kind: "give";
  readonly guard: string;
  readonly site: Site;
}

/** A variable gets a value. */
export interface Assign {
  readonly kind: "assign";
  /** The condition that asks for the variable. */
  readonly condition: string;
  /** Whether the value is true; undefined where nobody knows. */
  readonly truth: boolean | undefined;
  /** Set where paths begin at the variable: from here on they name another object. */
  readonly root: string | undefined;
  readonly site: Site;
}

/** The condition that holds on the main thread and on no other. */
export const ON_MAIN_THREAD = "main-thread";

/** On this branch the condition has this value. */
export interface Assume {
  readonly kind: "assume";
  readonly condition: string;
  readonly value: boolean;
  /** What the condition asks for, where that stays the same as long as the function runs. */
  readonly by: Path | undefined;
  /** Set where two values are compared of which the function was given at least one. */
  readonly sorts: boolean;
  readonly site: Site;
}

/** Which part of a region is touched: a named cell, one index, what is under one key, every index in turn, or nobody knows. */
export type Cell =
  | { readonly kind: "value" }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "sweep" }
  | { readonly kind: "unknown" };

export interface Access {
  readonly kind: "access";
  readonly object: Path;
  readonly cell: Cell;
  /** `update` reads the cell and writes what depends on the value read. */
  readonly access: "read" | "write" | "update";
  readonly atomic: boolean;
  /** An `update` whose read and write are two atomic operations, between which others come. */
  readonly inSteps: boolean;
  readonly holder: Holder;
  readonly site: Site;
}

/** What kind of object holds the cell. */
export interface Holder {
  readonly kind: "value" | "view" | "container";
  /** `no` is memory of one thread; `unknown` becomes known where the buffer crosses to a thread. */
  readonly shared: "yes" | "unknown";
  /** Whether `Atomics` can update it in place. */
  readonly integer: boolean;
  readonly bigint: boolean;
  /** Whether a plain access may take several steps of the machine, between which others come: 64 bits. */
  readonly wide: boolean;
  /** Whether the object has `getLock()`. */
  readonly ownLock: boolean;
}

/** Stands for whatever is true and no literal. */
export const OBJECT = "{}";

/** A value given to a call or to a thread. */
export interface Argument {
  readonly path: Path | undefined;
  /** What becomes of the value at a thread boundary. */
  readonly crosses: "shared" | "copied" | "unknown";
  /** The function it is, when it is one. */
  readonly callback: string | undefined;
  /** The literal it is, as written, or `OBJECT` for what is certainly none. */
  readonly literal: string | undefined;
  /** Another value every time, where the code comes by several times: made or bound in the loop around it. */
  readonly each: boolean;
  /** The members of an object literal, the elements of an array literal. */
  readonly members: ReadonlyMap<string, Argument> | undefined;
}

/** A value of which nothing is known. */
export const UNKNOWN: Argument = {
  path: undefined,
  crosses: "unknown",
  callback: undefined,
  literal: undefined,
  each: false,
  members: undefined,
};

/**
 * Who is called: a function of the program, whatever was given for a parameter (a path root), one of those that somebody
 * has put into a collection, or nobody knows.
 */
export type Callee =
  | { readonly kind: "function"; readonly id: string }
  | { readonly kind: "parameter"; readonly root: string }
  | { readonly kind: "kept"; readonly collection: string }
  | { readonly kind: "unknown" };

export type When = "now" | "later" | "unknown";

export interface Call {
  readonly kind: "call";
  readonly callee: Callee;
  readonly receiver: Path | undefined;
  readonly args: readonly Argument[];
  /** `later`: on this thread, outside the caller's critical sections; `unknown`: under locks nobody knows. */
  readonly when: When;
  /** Whether what the call returns is waited for, or handed to the caller who may. */
  readonly awaited: boolean;
  /** Whether it is called for every request that comes in from outside. */
  readonly serves: boolean;
  /** Set where it is called only after something was told on a channel: a listener. */
  readonly after: Channel;
  /** The condition that asks for what it returns. */
  readonly result: string | undefined;
  readonly site: Site;
}

/** A thread, pool task or worker comes into being (`Start` sets it off, unless `startsNow`). */
export interface Spawn {
  readonly kind: "spawn";
  /** Stable name of this place in the program. */
  readonly id: string;
  readonly target: SpawnTarget;
  readonly args: readonly Argument[];
  readonly data: Argument | undefined;
  readonly handle: Path | undefined;
  /** The pool a task belongs to: joining or ending the pool joins the task. */
  readonly owner: Path | undefined;
  /** Equal for tasks that come one after the other, because there is one thread for all of them. */
  readonly turns: string | undefined;
  readonly startsNow: boolean;
  /** Ends before the call returns. */
  readonly joinedNow: boolean;
  /** One event, many threads at once (`pool.map`). */
  readonly many: boolean;
  /** Made in a loop, or in a callback that runs for every element. */
  readonly repeats: boolean;
  /** How many come to life at most in one run of the function around, where the source fixes that. */
  readonly atMost: { readonly count: number; readonly in: string } | undefined;
  /** Whether the end can be waited for with `Join`; a worker's end is a message like any other. */
  readonly joinable: boolean;
  /** What to call it in messages. */
  readonly noun: "thread" | "task" | "worker";
  readonly site: Site;
}

export type SpawnTarget =
  | { readonly kind: "function"; readonly id: string; readonly name: string }
  | { readonly kind: "module"; readonly file: string }
  | { readonly kind: "unknown" };

export interface Start {
  readonly kind: "start";
  readonly handle: Path;
  readonly site: Site;
}

/** An object is made that starts threads of its own. */
export interface Crew {
  readonly kind: "crew";
  /** What the user calls the object. */
  readonly text: string;
  readonly site: Site;
}

/** A loop waits for each task of a pool before it gives the next one, although none needs what the one before has given. */
export interface OneByOne {
  readonly kind: "one-by-one";
  /** The call without its arguments, as written. */
  readonly text: string;
  readonly loop: Site;
  readonly site: Site;
}

/** A task is given to other threads, and nobody asks for its result: what fails there is said to nobody. */
export interface DroppedResult {
  readonly kind: "dropped-result";
  /** The call without its arguments, as written. */
  readonly text: string;
  /** The call of `then` that takes the value alone. */
  readonly chain: Site | undefined;
  /** Whether it can be awaited where it stands, without making tasks wait for each other. */
  readonly canAwait: boolean;
  readonly site: Site;
}

/** A variable with a value per thread is made that nobody finds again when the call is over. */
export interface BriefLocal {
  readonly kind: "brief-local";
  readonly text: string;
  /** Where it is used first. */
  readonly use: Site;
  readonly site: Site;
}

/** After it, the threads behind `handle` have ended; an unknown handle may be any of them. */
export interface Join {
  readonly kind: "join";
  readonly handle: Path | undefined;
  /** Whether the thread itself stops until then, and not only what awaits a promise. */
  readonly stops: boolean;
  /** A promise that is awaited need have nothing to do with threads; `known` is one that was found to have ended. */
  readonly of: "thread" | "promise" | "known";
  readonly site: Site;
}

/** A thread that one handle leads to can be reached by another as well. */
export interface Keep {
  readonly kind: "keep";
  readonly handle: Path;
  readonly at: Path;
  readonly site: Site;
}

/** From here on, what is awaited may be something that another thread tells on the channel. */
export interface Listen {
  readonly kind: "listen";
  readonly on: Path;
  /** The thread that tells, where the code says which. */
  readonly from: Path | undefined;
  readonly site: Site;
}

/** Where one thread tells another something: a queue, an event, a word of shared memory. Undefined: nobody knows which. */
export type Channel = Path | undefined;

/** How a wait waits. */
export interface Pause {
  /** Whether the thread itself stops, and not only what awaits a promise. */
  readonly stops: boolean;
  /** Whether it gives up after a while. */
  readonly timed: boolean;
  /** Whether it may come back although what is waited for is not so. */
  readonly inVain: boolean;
  /** Whether the lock that the channel is must be held. */
  readonly underLock: boolean;
}

/** What follows happens after something that another thread has told. */
export interface Wait {
  readonly kind: "wait";
  readonly on: Channel;
  /** How it waits; undefined where it only looks whether something was told. */
  readonly pause: Pause | undefined;
  readonly site: Site;
}

/** Tells threads that wait. */
export interface Notify {
  readonly kind: "notify";
  readonly on: Channel;
  /** Whether who sleeps wakes up; a value that is merely stored wakes nobody. */
  readonly wakes: boolean;
  /** Whether it wakes just one of those who sleep. */
  readonly one: boolean;
  /** Whether the lock that the channel is must be held. */
  readonly underLock: boolean;
  readonly site: Site;
}

/** Takes one of those that a semaphore gives out, or gives it back. */
export interface Permit {
  readonly kind: "permit";
  readonly does: "take" | "give";
  readonly of: Path;
  /** Set where it is got only if a condition turns out true. */
  readonly condition: string | undefined;
  /** Whether somebody tries whether that throws, as a semaphore does that knows how many permits there are. */
  readonly isTried: boolean;
  readonly site: Site;
}

/** What threads count together goes up or down; or control gets beyond here only when the count is at zero. */
export interface Count {
  readonly kind: "count";
  readonly does: "raise" | "lower" | "drain";
  /** A number that anybody may use to count, or the items of a queue. */
  readonly of: "number" | "items";
  readonly on: Path;
  readonly site: Site;
}

/** A barrier is made. */
export interface Meeting {
  readonly kind: "meeting";
  readonly at: Path;
  /** How many pass together. */
  readonly parties: number;
  readonly site: Site;
}

/** A barrier: nobody passes before all have come. */
export interface Meet {
  readonly kind: "meet";
  readonly at: Path | undefined;
  readonly site: Site;
}

/** Stands for any value that a condition takes for true. */
export const TRUTHY = "true-like";

/**
 * Control comes here only if `by` is a certain value, or is not. Of threads that were given different ones, one comes
 * where it has to be equal to something.
 */
export interface Choice {
  readonly kind: "choice";
  readonly by: Path;
  /** A literal as written, or `TRUTHY`. */
  readonly value: string;
  readonly is: boolean;
  readonly site: Site;
}

/** A typed array: its elements, and what part of its buffer it shows, where the source fixes that. */
export interface ViewShape {
  /** The name of its class: `Int32Array`. */
  readonly array: string;
  /** Of one element. */
  readonly bytes: number;
  readonly shared: "yes" | "no" | "unknown";
  /** In bytes. */
  readonly offset: number | undefined;
  /** In elements. */
  readonly length: number | undefined;
  readonly bufferBytes: number | undefined;
  /** Where the view is made, and where its buffer is. */
  readonly made: Site | undefined;
  readonly buffer: Site | undefined;
}

/** A typed array is made on a buffer. */
export interface ViewMade {
  readonly kind: "view-made";
  readonly shape: ViewShape;
  /** Where the offset is written. */
  readonly offset: Site | undefined;
  readonly site: Site;
}

/** An operation of `Atomics` on an element of a typed array. */
export interface Operate {
  readonly kind: "operate";
  /** What it asks of the array: one to wait on, one to wake others on, or just one of integers. */
  readonly operation: "wait" | "notify" | "compare-exchange" | "other";
  /** What the user wrote: `Atomics.add`. */
  readonly name: string;
  readonly view: ViewShape | undefined;
  /** The array, as written, and where. */
  readonly text: string;
  readonly array: Site;
  readonly on: Channel;
  /** The element, where the source fixes it. */
  readonly index: number | undefined;
  readonly usesResult: boolean;
  /** Whether the source fixes the value that is stored. */
  readonly storesConstant: boolean;
  readonly site: Site;
}

/** A method is named whose only use is to be called, and nobody gets what was named. */
export interface Uncalled {
  readonly kind: "uncalled";
  /** As written. */
  readonly text: string;
  /** Whether calling it is what tells others to stop. */
  readonly aborts: boolean;
  /** The function that runs only to name it. */
  readonly callback: Site | undefined;
  readonly site: Site;
}

/** The server behind an object cannot do what it is called for. */
export interface Refused {
  readonly kind: "refused";
  /** What is called, as written. */
  readonly text: string;
  readonly server: string;
  readonly why: string;
  /** Where the object is declared. */
  readonly of: Site;
  readonly site: Site;
}

/** What is awaited is over when a timer is, although work goes on that nobody waits for then. */
export interface Outrun {
  readonly kind: "outrun";
  /** What starts the work, as written. */
  readonly text: string;
  readonly work: Site;
  readonly timer: Site;
  /** The call that runs the function under a lock. */
  readonly section: Site | undefined;
  readonly site: Site;
}

/** Other tasks of this thread may run here, and messages may arrive. */
export interface Await {
  readonly kind: "await";
  /** The calls whose promises it waits for, where it is for nothing else; undefined: nobody knows. */
  readonly calls?: readonly Site[] | undefined;
  readonly site: Site;
}

/** Where the iterations of a loop meet. */
export interface Loop {
  readonly kind: "loop";
  /** Whether it does nothing but look whether it may end. */
  readonly idle: boolean;
  readonly site: Site;
}

/** Where many ways meet that do nothing here. */
export interface Merge {
  readonly kind: "merge";
  readonly site: Site;
}

/** A `throw`, or where a `finally` or a scope begins or ends that was entered by an exception. */
export interface Rethrow {
  readonly kind: "rethrow";
  /** Whether the user wrote it. */
  readonly isThrow: boolean;
  readonly site: Site;
}
