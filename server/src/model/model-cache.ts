import type { ts } from "../source/syntax.js";
import type { FileModels } from "./function-model.js";
import type { Relevance } from "./relevance.js";

/** Lowered files from earlier runs. A file is lowered again when it changed, or when something it imports did. */
export class ModelCache {
  readonly kept = new Map<string, FileModels>();
  /** By lowered file, the other files in which places are named. */
  readonly foreign = new Map<string, ReadonlySet<string>>();
  /** Why a file could not be lowered: it then counts as a file without functions. */
  readonly failures = new Map<string, string>();
  /** Every file of the compiler's program as it was at the last run, lowered or not. */
  readonly trees = new Map<string, ts.SourceFile>();
  /** The program of the last run, and the file that had another tree than there. */
  base: ts.Program | undefined;
  edited: string | undefined;
  /** What is worth lowering in that program. */
  relevance: Relevance | undefined;
  /** What was worth lowering at the last run, in order; of that, only what is due is not among the kept ones. */
  order: readonly string[] | undefined;
  readonly due = new Set<string>();

  /** That file is lowered again. */
  forget(file: string): void {
    this.kept.delete(file);
    this.due.add(file);
  }

  copy(): ModelCache {
    const copy = new ModelCache();
    for (const [file, kept] of this.kept) copy.kept.set(file, kept);
    for (const [file, foreign] of this.foreign) copy.foreign.set(file, foreign);
    for (const [file, failure] of this.failures) copy.failures.set(file, failure);
    for (const [file, tree] of this.trees) copy.trees.set(file, tree);
    for (const file of this.due) copy.due.add(file);
    copy.base = this.base;
    copy.edited = this.edited;
    copy.relevance = this.relevance;
    copy.order = this.order;
    return copy;
  }
}
