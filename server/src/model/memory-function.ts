import type { Site } from "../source/site.js";
import type { Node } from "./function-model.js";

/** One function of a file, or the module itself, lowered for what it does with views of a memory. */
export interface MemoryFunction {
  readonly id: string;
  /** Whether it runs before all others: the module, a constructor. */
  readonly isFirst: boolean;
  readonly nodes: readonly Node[];
  readonly site: Site;
}

export type FileMemory = readonly MemoryFunction[];
