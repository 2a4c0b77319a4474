import type { Site } from "../source/site.js";
import type { ChangedWalk } from "./changed-walks.js";
import type { FileCheck } from "./file-checks.js";
import type { FloatingWork } from "./floating-work.js";
import type { Node } from "./function-model.js";
import type { KeptIndex } from "./kept-indexes.js";
import type { Restart } from "./restarts.js";
import type { OutsideCheck } from "./sections.js";
import type { Put, State, Written } from "./state.js";

/**
 * Who may call a function while an earlier call of it waits: `anyone` (it is exported, a public method, a handler, given
 * to something that calls it for every element), or only the `file` it is in; of `nobody` such a call is known.
 */
export type Callers = "anyone" | "file" | "nobody";

/** A function that may wait, lowered for the state it touches. */
export interface TaskModel {
  /** Unique in the program. */
  readonly id: string;
  readonly name: string;
  readonly site: Site;
  readonly callers: Callers;
  readonly nodes: readonly Node[];
  /** What the function around has set when it makes this one, to be set back here. */
  readonly handed: readonly Put[];
}

/** A place where some function of the file writes state. */
export interface Writer {
  readonly state: State;
  readonly gives: Written;
  /** What the function is called. */
  readonly name: string;
  /** The function's id, which that of its task is. */
  readonly task: string;
  readonly site: Site;
}

/** A place where a handler, which runs whenever something happens, reads or writes a member of an object. */
export interface Handled {
  readonly member: string;
  readonly name: string;
  readonly site: Site;
}

/** What the functions of one file do with state, as far as one of them waits. */
export interface FileTasks {
  readonly tasks: readonly TaskModel[];
  readonly writers: readonly Writer[];
  readonly handled: readonly Handled[];
  readonly restarts: readonly Restart[];
  readonly keptIndexes: readonly KeptIndex[];
  readonly outsideChecks: readonly OutsideCheck[];
  readonly fileChecks: readonly FileCheck[];
  readonly changedWalks: readonly ChangedWalk[];
  readonly floatingWork: readonly FloatingWork[];
  /** The keys of the containers whose objects somebody changes. */
  readonly changed: ReadonlySet<string>;
}
