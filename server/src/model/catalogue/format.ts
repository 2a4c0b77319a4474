/**
 * What a library means, as data. A member is keyed `Class.member`, `Class.constructor` or `function`; its class is the
 * one that *declares* it, so subclasses inherit the meaning. Nothing outside this folder knows a library's names.
 */
export interface LibraryModel {
  /** The module specifier as the compiler resolves it, or `global` for what needs no import. */
  readonly module: string;
  readonly classes: Readonly<Record<string, ClassModel>>;
  readonly members: Readonly<Record<string, Effect>>;
}

export interface ClassModel {
  /** `lock` can be held, `value` has one shared cell, `view` has many, `container` has entries under keys, `thread` runs code, `other` is merely shared. */
  readonly kind: "lock" | "value" | "view" | "container" | "buffer" | "thread" | "other";
  /** Passes through a thread boundary as the same object. */
  readonly shared: boolean;
  /** What is shared goes to other processes as well. */
  readonly travels?: true;
  /** What it runs, it runs in other processes. */
  readonly processes?: true;
  /** Which constructor argument is the options object whose `name` makes the object program-wide. */
  readonly options?: number;
  readonly reentrant?: boolean;
  /** Many may hold it together. */
  readonly reads?: true;
  /** Which constructor argument says how many threads the object has. */
  readonly threads?: number;
  readonly ownLock?: boolean;
  /** Which constructor argument, if given, is the lock that the object stands for. */
  readonly lock?: number;
  /** It is held for a lease, which may be over before its holder gives it back. */
  readonly leased?: true;
}

/** Whom an effect is about: the receiver, an argument, or a property of an argument. */
export type Operand = "this" | number | { readonly argument: number; readonly property: string };

/** The ends of the channel that every worker has to the thread that made it. */
export type Side = "worker" | "maker";

/** What an event tells: that something was sent to a side, or that a thread has ended. */
export type Told = Side | "end";

/** Which argument names an event, and what the events tell that other threads bring about. */
export interface Hearing {
  readonly event: number;
  readonly told: Readonly<Record<string, Told>>;
}

export type Effect =
  /**
   * Takes a lock. `gives` says what comes back: a boolean that tells whether, a guard whose disposal releases, or a
   * function that does.
   */
  | {
      readonly effect: "acquire";
      readonly lock: Operand;
      /** The operand is a list of locks, all of which are taken, in an order that cannot deadlock. */
      readonly all?: true;
      readonly gives: "boolean" | "guard" | "releaser";
      readonly tries?: true;
      readonly options?: number;
      /** A promise is what waits, not the thread. */
      readonly async?: true;
      /** The method of the same class that does this without stopping the thread. */
      readonly asyncForm?: string;
    }
  | { readonly effect: "release"; readonly lock: Operand }
  /** Tells whether somebody holds the lock. */
  | { readonly effect: "probe"; readonly lock: Operand }
  /** Disposes of the guard that is the receiver. */
  | { readonly effect: "dispose" }
  | {
      readonly effect: "section";
      readonly lock: Operand;
      /** The operand is no lock but the name of one that the whole program shares. */
      readonly named?: true;
      /** Counted from the end where it is negative. */
      readonly body: number;
      readonly async?: true;
      readonly asyncForm?: string;
    }
  /** Touches the receiver's cell, or an element of a view. */
  | {
      readonly effect: "access";
      readonly object: Operand;
      readonly index?: number;
      readonly access: "read" | "write" | "update";
      /** What an atomic operation is to other threads: a look at what they tell, telling them, both, or nothing. */
      readonly order?: "waits" | "notifies" | "both";
      /** Set for an operation of `Atomics`; `stores` is the argument with the new value. */
      readonly operation?: "compare-exchange" | "other";
      readonly stores?: number;
      /** The argument by which the number in the cell goes up, or down. */
      readonly adds?: number;
      readonly subtracts?: number;
    }
  /** Goes on after something that another thread tells on the operand; calls its argument `body` first. */
  | {
      readonly effect: "wait";
      readonly on: Operand;
      readonly index?: number;
      readonly body?: number;
      /** Whether the thread stops until then, or a promise waits; neither where it only looks. */
      readonly pauses?: "thread" | "task";
      /** The argument that lets it give up after a while. */
      readonly options?: number;
      readonly operation?: "wait";
      /** The operand is a lock that must be held. */
      readonly underLock?: true;
      /** It may come back although what is waited for is not so. */
      readonly inVain?: true;
      /** It takes one of those that the operand gives out, and tells whether it got it; `tries`: it never waits for it. */
      readonly permits?: true;
      readonly tries?: true;
      readonly async?: true;
      /** It goes on when all that was counted on the operand is done. */
      readonly drains?: true;
    }
  | {
      readonly effect: "notify";
      readonly on: Operand;
      readonly index?: number;
      readonly operation?: "notify";
      readonly underLock?: true;
      /** It wakes one of those who wait, unless it is told how many. */
      readonly one?: true;
      /** It gives back one of those that the operand gives out. */
      readonly permits?: true;
      /** There is one more to be done of what the operand counts, or one less. */
      readonly counts?: "up" | "down";
    }
  /** Goes on when all threads have come here. */
  | { readonly effect: "meet"; readonly at?: "this" }
  /** Makes a meeting point for as many threads as the argument says. */
  | { readonly effect: "meeting"; readonly parties: number }
  /** Tells the other side of a message channel. */
  | { readonly effect: "send"; readonly to: Side }
  /** A property that is the receiver's cell. */
  | { readonly effect: "cell" }
  /** A property through which the receiver itself is used. */
  | { readonly effect: "face" }
  /** Hands out a part of the receiver that is always the same object. */
  | { readonly effect: "part"; readonly step: string }
  | {
      readonly effect: "spawn";
      readonly noun: "thread" | "task" | "worker";
      readonly target: Operand;
      readonly module?: true;
      readonly args?: Operand;
      /** The elements of this argument are given to the target one by one. */
      readonly each?: Operand;
      readonly data?: Operand;
      readonly owner?: "this";
      readonly startsNow: boolean;
      readonly joinedNow?: true;
      /** It gives a result to ask for; who else is told is named in this argument. */
      readonly told?: number;
      readonly many?: true;
      readonly joinable: boolean;
      /** The method a subclass overrides instead of giving a target. */
      readonly method?: string;
    }
  | { readonly effect: "start"; readonly thread: "this" }
  /** Makes a variable with a value per thread. */
  | { readonly effect: "thread-local" }
  /** Makes an object that starts threads of its own at once. */
  | { readonly effect: "crew" }
  /** Tells whether the thread has not ended yet. */
  | { readonly effect: "alive"; readonly thread: "this" }
  /** Waits for the end; with a timeout among its options it may come back before. */
  | { readonly effect: "join"; readonly thread: "this"; readonly options?: number; readonly async?: true }
  /**
   * Calls its argument: before it returns, or at some later time on the same thread; `many`: once per element;
   * `hears`: whenever the event has come about.
   */
  | {
      readonly effect: "invoke";
      readonly body: number;
      readonly when: "now" | "later";
      readonly many?: true;
      /** Nobody gets what it returns. */
      readonly drops?: true;
      /** Whenever a request comes in from outside: others wait meanwhile. */
      readonly serves?: true;
      readonly hears?: Hearing;
    }
  /** A promise for an event of a thread. */
  | { readonly effect: "hear"; readonly from: Operand; readonly hears: Hearing }
  /** Puts a value into the receiver, a collection. */
  | { readonly effect: "keep"; readonly value: number }
  /** Never throws, so that nothing need be released on the way out of it. */
  | { readonly effect: "plain" }
  /** A property that shows the holder of a leased lock whether it still has it, or numbers its turns for what it guards. */
  | { readonly effect: "lease"; readonly gives: "signal" | "token" }
  /** Asks what others see outside of this program, or changes it. */
  | {
      readonly effect: "outside";
      readonly does: "read" | "write";
      /** The argument whose `method` says that it changes something. */
      readonly method?: number;
      /** It takes a moment, and no more. */
      readonly brief?: true;
      /** Whoever is asked can compare a fencing token, and refuse. */
      readonly refuses?: true;
    }
  /** Tells those who watch the receiver's signal to stop. */
  | { readonly effect: "abort" }
  | { readonly effect: "main"; readonly body: number }
  /** The value the thread was given. */
  | { readonly effect: "data" }
  /** A constant that is true on the main thread and false on every other. */
  | { readonly effect: "on-main-thread" }
  /** Names a task without loading its module. */
  | { readonly effect: "task-reference"; readonly name: number };
