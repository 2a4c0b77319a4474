import type { Site } from "../source/site.js";
import type { Node } from "./function-model.js";

/** One function of a file, lowered for what it does with owned objects. */
export interface LifeFunction {
  readonly id: string;
  readonly name: string;
  /** The class whose object `this` is, or an alias of `this` that it sees; undefined for functions outside classes. */
  readonly home: string | undefined;
  /** Whether it is called by its name on an object of the class. */
  readonly isMethod: boolean;
  readonly isConstructor: boolean;
  readonly parameters: readonly string[];
  /** Every name in its text. */
  readonly mentions: ReadonlySet<string>;
  readonly nodes: readonly Node[];
  readonly site: Site;
}

/** The functions of one file, in the order of the source. */
export type FileLives = readonly LifeFunction[];
