import type { Site } from "../source/site.js";

/**
 * State of one thread that outlives a call: a field of `this`, a variable of the module or of an enclosing function, or
 * an entry of a container in one of those. No other thread sees it, but every task that runs while this one waits does.
 */
export interface State {
  /** Equal for what may be the same place: two objects of a class share the keys of their fields. */
  readonly key: string;
  /** What the user wrote. */
  readonly text: string;
  /** The member of an object that was given to the function, or taken out of a container: nobody knows who else has it. */
  readonly taken: boolean;
  /** Whether each call of some function around has its own. */
  readonly captured: boolean;
  /** The key of the container that it is an entry of. */
  readonly container?: string;
}

/** What a function does with such state, beside `Await` and control flow. */
export type StateEvent = Look | Carry | Decide | Put | Leave | Run | Guard;

/** What the value of a local variable begins with. All others are parts of expressions: what uses them stands right behind. */
export const LOCAL = "local@";

/** State is read; `value` names what was read, as far as expressions and local variables carry it on. */
export interface Look {
  readonly kind: "look";
  readonly state: State;
  readonly value: string;
  readonly site: Site;
}

/** A local variable gets a value that is made of others. */
export interface Carry {
  readonly kind: "carry";
  readonly value: string;
  readonly from: readonly string[];
  /** Whether it is an answer to the others: made of them by somebody else, so that it says nothing about them. */
  readonly isAnswer: boolean;
  readonly site: Site;
}

/** What a branch knows of the values that its condition asks for: nothing is there, something is, or anything else. */
export type Says = "absent" | "present" | "other";

export interface Decide {
  readonly kind: "decide";
  readonly from: readonly string[];
  readonly says: Says;
  readonly site: Site;
}

/**
 * What is written. `plain` is a number, a text or a truth that was computed: whoever computes it again has the same.
 * `raise` and `lower` are steps of a counter.
 */
export type Written = "nothing" | "constant" | "plain" | "value" | "raise" | "lower";

/** State is written. */
export interface Put {
  readonly kind: "put";
  readonly state: State;
  readonly gives: Written;
  /** The values that go into what is written. */
  readonly from: readonly string[];
  readonly site: Site;
}

/** Something is left to be done later, when the function may be over. */
export interface Leave {
  readonly kind: "leave";
  /** What will be written without another look at it. */
  readonly puts: readonly Put[];
  readonly site: Site;
}

/** Another function of the file is called on the same object. */
export interface Run {
  readonly kind: "run";
  readonly task: string;
  readonly site: Site;
}

/** From here on others may be kept out, by a lock or what looks like one. */
export interface Guard {
  readonly kind: "guard";
  readonly site: Site;
}
