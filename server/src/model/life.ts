import type { Site } from "../source/site.js";

/**
 * What a function does with the objects that its own object owns, by the names of members alone: nothing has to be known
 * of their types, so that JavaScript without types is as good. Names with a `#` keep it.
 */
export type LifeEvent = Ask | Fill | Invoke | Reach | Make | Heed;

/** A condition was asked, and this is the way on which it said `yes`, or not. */
export interface Ask {
  readonly kind: "ask";
  readonly says: boolean;
  /** Every name in the condition, also of what a constant in it was made of. */
  readonly names: readonly string[];
  /** The functions and methods among them that the condition calls. */
  readonly calls: readonly string[];
  readonly site: Site;
}

/** A member is given a value. */
export interface Fill {
  readonly kind: "fill";
  readonly member: string;
  /** Whether it is a field of the function's own object. */
  readonly isOwn: boolean;
  /** The own fields whose object it may be a member of. */
  readonly fields: readonly string[];
  readonly gives: "nothing" | "true" | "value";
  /** The names that the value is made of, and the functions that it calls when something is settled. */
  readonly from: readonly string[];
  readonly callbacks: readonly string[];
  /** The function or class whose call the value is. */
  readonly made: string | undefined;
  readonly site: Site;
}

/** A call. */
export interface Invoke {
  readonly kind: "invoke";
  readonly name: string;
  /** The function called, where the name is a variable of the file. */
  readonly target: string | undefined;
  /** `this` for a method of the own object; of a field of it, the fields that the object may come from. */
  readonly on: "this" | "other" | "nobody";
  readonly fields: readonly string[];
  /** The object as the user wrote it. */
  readonly text: string;
  /** Whether nothing is called where there is no object. */
  readonly isOptional: boolean;
  /** The functions among the arguments. */
  readonly callbacks: readonly string[];
  /** The members of the own object among the arguments, which may be functions. */
  readonly given: readonly string[];
  /** The texts among the arguments: names of events. */
  readonly words: readonly string[];
  /** The names in the arguments, and of the variable or member that keeps what the call gives. */
  readonly names: readonly string[];
  readonly keeper: string | undefined;
  /** Whether what it gives goes nowhere. */
  readonly isDropped: boolean;
  readonly site: Site;
}

/** A member of what a field of the own object holds is named: an error where the field is empty. */
export interface Reach {
  readonly kind: "reach";
  readonly field: string;
  readonly text: string;
  readonly site: Site;
}

/** An object is made by `new`. */
export interface Make {
  readonly kind: "make";
  readonly what: string;
  readonly site: Site;
}

/** The names in what an `await` waits for. */
export interface Heed {
  readonly kind: "heed";
  readonly names: readonly string[];
  readonly site: Site;
}
