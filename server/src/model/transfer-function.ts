import type { Site } from "../source/site.js";
import type { Node } from "./function-model.js";

/** One function of a file, or the module itself, that hands something over. */
export interface TransferFunction {
  readonly nodes: readonly Node[];
  /** The names into which others may put something else while the function waits or calls them. */
  readonly open: ReadonlySet<string>;
  readonly site: Site;
}

export type FileTransfers = readonly TransferFunction[];
