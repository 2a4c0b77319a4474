import type { Site } from "../source/site.js";
import type { Node } from "./function-model.js";
import type { Resource } from "./resource.js";

/** One function, lowered for the resources that it makes. */
export interface ResourceFunction {
  readonly name: string;
  /** The body of `main`, or a module: where it ends, so does the program. */
  readonly isEntry: boolean;
  readonly resources: readonly Resource[];
  readonly nodes: readonly Node[];
  readonly site: Site;
}
