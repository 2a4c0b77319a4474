import type { Site } from "../source/site.js";
import type { Node } from "./function-model.js";

/** A function that takes items out of queues, or waits until all of them are dealt with. */
export interface QueueFunction {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly joins: readonly { readonly queue: string; readonly text: string; readonly site: Site }[];
  /** The queues that it gives to somebody who may report their items as well. */
  readonly shares: ReadonlySet<string>;
}

/** The functions of one file, and which of its names for queues mean one queue. */
export interface FileQueues {
  readonly functions: readonly QueueFunction[];
  readonly same: readonly (readonly [string, string])[];
}
