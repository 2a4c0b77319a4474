import type { Cells } from "./cells.js";
import type { Cloning } from "./cloning.js";
import type { Constants } from "./constants.js";
import type { Guards } from "./guards.js";
import type { Paths } from "./paths.js";
import type { Handover } from "./spawns.js";
import type { Symbols } from "./symbols.js";
import type { Variables } from "./variables.js";
import type { Views } from "./views.js";

/** What lowering asks of the syntax; one for a whole program, because its answers are remembered. */
export interface Vocabulary {
  readonly symbols: Symbols;
  readonly variables: Variables;
  readonly paths: Paths;
  readonly cells: Cells;
  readonly constants: Constants;
  readonly views: Views;
  readonly handover: Handover;
  readonly cloning: Cloning;
  readonly guards: Guards;
}

/** What the functions of one file tell about each other while they are lowered. */
export interface FileContext extends Vocabulary {
  /** Functions given to `main`. */
  readonly mains: Set<string>;
}
