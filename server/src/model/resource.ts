import type { Site } from "../source/site.js";
import type { Deed, ResourceModel } from "./catalogue/resources.js";

/** An object that runs code of its own, held by a variable of the function that makes it; or a list of such. */
export interface Resource {
  /** Unique in its function. */
  readonly id: number;
  readonly noun: ResourceModel["noun"];
  readonly endsWithProgram: boolean;
  /** What it is once it is made. */
  readonly startsNow: boolean;
  readonly isList: boolean;
  /** Whether it ends by itself, so that nobody has to wait for it. */
  readonly endsItself: boolean;
  /** The name of the variable. */
  readonly text: string;
  /** Where it is made. */
  readonly site: Site;
}

/** What a function does with its resources: no types have to be known, so JavaScript is as good. */
export type ResourceEvent = Made | Done | Moved | Absent | Suspended;

/** The variable gets a new object. */
export interface Made {
  readonly kind: "made";
  readonly resource: number;
  readonly site: Site;
}

/** A method is called on the object, or on each of the list. */
export interface Done {
  readonly kind: "done";
  readonly resource: number;
  readonly deed: Deed;
  /** The method. */
  readonly method: string;
  /** Whether it may only have given up waiting. */
  readonly isTimed: boolean;
  /** Whether it is done to one of a list, and in another turn of the loop to another one. */
  readonly isElement: boolean;
  /** Whether only one branch, or a handler of errors, does it. */
  readonly isOnOneWay: boolean;
  /** Whether errors of this very call are handled: of a `try` behind the place where the object is made. */
  readonly isGuarded: boolean;
  readonly site: Site;
}

/** The object goes into a list of the function; without one, to somebody who may do with it what they like. */
export interface Moved {
  readonly kind: "moved";
  readonly resource: number;
  readonly to: number | undefined;
  readonly site: Site;
}

/** A condition says that the variable is empty here. */
export interface Absent {
  readonly kind: "absent";
  readonly resource: number;
  readonly site: Site;
}

/** The function waits for something: a promise, or what other threads tell. */
export interface Suspended {
  readonly kind: "suspended";
  /** The resources in what it waits for. */
  readonly on: readonly number[];
  readonly site: Site;
}
