import type { ClassModel, Effect, LibraryModel } from "./format.js";

/**
 * What each part of a model may hold, as data: what reads model files, their JSON schema and their page follow from
 * it. The compiler sees to it that it says the same as the types.
 */
export type Shape =
  /** True, or left out. */
  | "yes"
  | "boolean"
  /** The number of an argument, from 0 on. */
  | "argument"
  /** The same, or counted from the end where it is negative. */
  | "place"
  | "text"
  /** An `Operand`. */
  | "operand"
  /** A `Hearing`. */
  | "hearing"
  /** One of these words. */
  | readonly string[];

export interface Property {
  readonly shape: Shape;
  readonly isRequired: boolean;
  readonly says: string;
}

type Properties<T> = {
  readonly [K in keyof T]-?: Property & { readonly isRequired: object extends Pick<T, K> ? false : true };
};

type EffectNamed<Name> = Extract<Effect, { readonly effect: Name }>;

function needed(shape: Shape, says: string): Property & { readonly isRequired: true } {
  return { shape, isRequired: true, says };
}

function maybe(shape: Shape, says: string): Property & { readonly isRequired: false } {
  return { shape, isRequired: false, says };
}

const self = ["this"] as const;
const sides = ["worker", "maker"] as const;

/** What the events of a `Hearing` can tell. */
export const toldWords = [...sides, "end"] as const;

const asyncForm = maybe("text", "The method of the same class that does this without stopping the thread.");
const lock = needed("operand", "The lock.");
const underLock = maybe("yes", "The operand is a lock that must be held.");
const place = maybe("argument", "The argument that says which cell, where the operand is a view.");

export const classShape: Properties<ClassModel> = {
  kind: needed(
    ["lock", "value", "view", "container", "buffer", "thread", "other"] satisfies ClassModel["kind"][],
    "A lock can be held, a value has one shared cell, a view many, a container entries under keys, a thread runs code; what is other is merely shared.",
  ),
  shared: needed("boolean", "Whether it passes to another thread as the same object."),
  travels: maybe("yes", "What is shared goes to other processes as well."),
  processes: maybe("yes", "What it runs, it runs in other processes."),
  options: maybe("argument", "The constructor's argument whose name makes the object known to the whole program."),
  reentrant: maybe("boolean", "Whether who holds the lock can take it again."),
  reads: maybe("yes", "Many may hold the lock together."),
  threads: maybe("argument", "The constructor's argument that says how many threads the object has."),
  ownLock: maybe("boolean", "Whether the object has a lock of its own."),
  lock: maybe("argument", "The constructor's argument that is, if given, the lock the object stands for."),
  leased: maybe("yes", "It is held for a lease, which may be over before its holder gives it back."),
};

export const effectShapes: {
  readonly [Name in Effect["effect"]]: {
    readonly says: string;
    readonly properties: Properties<Omit<EffectNamed<Name>, "effect">>;
  };
} = {
  acquire: {
    says: "Takes a lock.",
    properties: {
      lock,
      all: maybe("yes", "The operand is a list of locks, taken in an order that cannot deadlock."),
      gives: needed(
        ["boolean", "guard", "releaser"] satisfies EffectNamed<"acquire">["gives"][],
        "What comes back: whether it was taken, a guard whose disposal releases, or a function that does.",
      ),
      tries: maybe("yes", "It does not wait."),
      options: maybe("argument", "The argument with which it may give up after a while."),
      async: maybe("yes", "A promise is what waits, not the thread."),
      asyncForm,
    },
  },
  release: { says: "Gives a lock back.", properties: { lock } },
  probe: { says: "Tells whether somebody holds the lock.", properties: { lock } },
  dispose: { says: "Disposes of the guard that is the receiver.", properties: {} },
  section: {
    says: "Calls its argument with a lock held.",
    properties: {
      lock,
      named: maybe("yes", "The operand is no lock but the name of one that the whole program shares."),
      body: needed("place", "The argument that is called."),
      async: maybe("yes", "A promise is what waits; the lock is held until the callback's promise settles."),
      asyncForm,
    },
  },
  access: {
    says: "Touches the cell of a shared object, or an element of a view.",
    properties: {
      object: needed("operand", "The shared object."),
      index: place,
      access: needed(["read", "write", "update"] satisfies EffectNamed<"access">["access"][], "What it does there."),
      order: maybe(
        ["waits", "notifies", "both"] satisfies NonNullable<EffectNamed<"access">["order"]>[],
        "What the atomic operation is to other threads: a look at what they tell, telling them, or both.",
      ),
      operation: maybe(
        ["compare-exchange", "other"] satisfies NonNullable<EffectNamed<"access">["operation"]>[],
        "Set where the operation is atomic.",
      ),
      stores: maybe("argument", "The argument with the new value."),
      adds: maybe("argument", "The argument by which the number in the cell goes up."),
      subtracts: maybe("argument", "The argument by which the number in the cell goes down."),
    },
  },
  wait: {
    says: "Goes on after something that another thread tells on the operand.",
    properties: {
      on: needed("operand", "What others tell it on."),
      index: place,
      body: maybe("argument", "The argument that is called first."),
      pauses: maybe(
        ["thread", "task"] satisfies NonNullable<EffectNamed<"wait">["pauses"]>[],
        "Whether the thread stops until then, or a promise waits; left out where it only looks.",
      ),
      options: maybe("argument", "The argument with which it may give up after a while."),
      operation: maybe(["wait"], "It is a wait for a cell of a view."),
      underLock,
      inVain: maybe("yes", "It may come back although what is waited for is not so."),
      permits: maybe("yes", "It takes one of what the operand gives out, and tells whether it got it."),
      tries: maybe("yes", "It never waits for it."),
      async: maybe("yes", "It tells so by a promise."),
      drains: maybe("yes", "It goes on when all that was counted on the operand is done."),
    },
  },
  notify: {
    says: "Tells those who wait on the operand.",
    properties: {
      on: needed("operand", "What they wait on."),
      index: place,
      operation: maybe(["notify"], "It wakes those who wait for a cell of a view."),
      underLock,
      one: maybe("yes", "It wakes one of those who wait, unless it is told how many."),
      permits: maybe("yes", "It gives back one of what the operand gives out."),
      counts: maybe(
        ["up", "down"] satisfies NonNullable<EffectNamed<"notify">["counts"]>[],
        "Whether there is one more to be done of what the operand counts, or one less.",
      ),
    },
  },
  meet: {
    says: "Goes on when all threads have come here.",
    properties: { at: maybe(["this"], "The receiver is the meeting point.") },
  },
  meeting: {
    says: "Makes a meeting point for a number of threads.",
    properties: { parties: needed("argument", "How many pass together.") },
  },
  send: {
    says: "Sends to the other side of a message channel.",
    properties: { to: needed(sides, "The side that gets it.") },
  },
  cell: { says: "A property that is the receiver's cell.", properties: {} },
  face: { says: "A property through which the receiver itself is used.", properties: {} },
  part: {
    says: "Hands out a part of the receiver that is always the same object.",
    properties: { step: needed("text", "What the part is called.") },
  },
  spawn: {
    says: "Makes something that runs code on another thread.",
    properties: {
      noun: needed(["thread", "task", "worker"] satisfies EffectNamed<"spawn">["noun"][], "What findings call it."),
      target: needed("operand", "The function that runs, or the module."),
      module: maybe("yes", "The target is a module."),
      args: maybe("operand", "The list of the function's arguments."),
      each: maybe("operand", "A list whose elements are given to the function one by one."),
      data: maybe("operand", "What the new thread finds as its data."),
      owner: maybe(self, "The receiver is what can be waited for."),
      startsNow: needed("boolean", "Whether it runs without a call that starts it."),
      joinedNow: maybe("yes", "It has ended when the call returns."),
      told: maybe("argument", "It gives a result to ask for; the options in this argument name who else is told."),
      many: maybe("yes", "It runs many times at once."),
      joinable: needed("boolean", "Whether its end can be waited for."),
      method: maybe("text", "The method that a subclass overrides instead of giving a target."),
    },
  },
  start: { says: "Starts the thread that is the receiver.", properties: { thread: needed(self, "The thread.") } },
  alive: { says: "Tells whether the thread has not ended yet.", properties: { thread: needed(self, "The thread.") } },
  join: {
    says: "Waits for the end of the thread that is the receiver.",
    properties: {
      thread: needed(self, "The thread."),
      options: maybe("argument", "The argument with which it may come back before."),
      async: maybe("yes", "A promise is what waits, not the thread."),
    },
  },
  invoke: {
    says: "Calls its argument on the same thread.",
    properties: {
      body: needed("argument", "The argument that is called."),
      when: needed(
        ["now", "later"] satisfies EffectNamed<"invoke">["when"][],
        "Before it returns, or at some later time.",
      ),
      many: maybe("yes", "Once per element."),
      drops: maybe("yes", "Nobody gets what the callback returns."),
      serves: maybe("yes", "For every request that comes in from outside, others of which wait meanwhile."),
      hears: maybe("hearing", "Whenever the event has come about."),
    },
  },
  hear: {
    says: "A promise for an event of a thread.",
    properties: { from: needed("operand", "The thread."), hears: needed("hearing", "The events.") },
  },
  keep: {
    says: "Puts a value into the receiver, a collection.",
    properties: { value: needed("argument", "The argument with the value.") },
  },
  "thread-local": { says: "Makes a variable with a value per thread.", properties: {} },
  crew: { says: "Makes an object that starts threads of its own at once.", properties: {} },
  plain: { says: "Never throws, so that nothing need be released on the way out of it.", properties: {} },
  lease: {
    says: "A property that shows the holder of a leased lock whether it still has it, or numbers its turns.",
    properties: {
      gives: needed(
        ["signal", "token"] satisfies EffectNamed<"lease">["gives"][],
        "A signal that is aborted when the lease is lost, or the fencing token.",
      ),
    },
  },
  outside: {
    says: "Asks what others see outside of this program, or changes it.",
    properties: {
      does: needed(["read", "write"] satisfies EffectNamed<"outside">["does"][], "What it does there."),
      method: maybe("argument", "The argument whose `method` says that it changes something."),
      brief: maybe("yes", "It takes a moment, and no more."),
      refuses: maybe("yes", "Whoever is asked can compare a fencing token, and refuse."),
    },
  },
  abort: { says: "Tells those who watch the receiver's signal to stop.", properties: {} },
  main: {
    says: "Calls its argument on the main thread only.",
    properties: { body: needed("argument", "The argument that is called.") },
  },
  data: { says: "The value the thread was given.", properties: {} },
  "on-main-thread": { says: "A constant that is true on the main thread and false on every other.", properties: {} },
  "task-reference": {
    says: "Names a task without loading its module.",
    properties: { name: needed("argument", "The argument with the name.") },
  },
};

/** The parts of a model file. */
export const modelParts: { readonly [K in keyof LibraryModel]: string } = {
  module:
    'The module as it is imported, such as "async-mutex"; "global" for what needs no import; or, beginning with "./" or "../", a source file of the workspace.',
  classes: "What the classes are, by name.",
  members: 'What calling, making or reading a member does, by "Class.member", "Class.constructor" or "function".',
};
