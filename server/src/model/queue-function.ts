import type { Site } from "../source/site.js";
import type { Node } from "./function-model.js";

/** A function that takes items out of queues, or waits until all of them are dealt with. */
export interface QueueFunction {
  /** What it is called where it is given to a thread; equal for one function. */
  readonly key: string;
  readonly name: string;
  /** Whether the program ends when it does, apart from threads that go on. */
  readonly isEntry: boolean;
  readonly nodes: readonly Node[];
  readonly joins: readonly { readonly queue: string; readonly text: string; readonly site: Site }[];
  /** The queues that it gives to somebody who may report their items as well. */
  readonly shares: ReadonlySet<string>;
  /** The queues that it gives to code other than the functions of threads. */
  readonly hands: ReadonlySet<string>;
  readonly threads: readonly QueueThread[];
}

/** A thread that a function makes and keeps in a variable. */
export interface QueueThread {
  readonly thread: string;
  /** The key of the function that it runs. */
  readonly target: string;
  readonly text: string;
  /** Whether the program does not wait for it. */
  readonly isDaemon: boolean;
  readonly site: Site;
}

/** A queue at a server that gives an item out again until somebody reports it. */
export interface DurableQueue {
  readonly server: "Redis" | "RabbitMQ";
  readonly site: Site;
}

/** The functions of one file, and which of its names for queues mean one queue. */
export interface FileQueues {
  readonly functions: readonly QueueFunction[];
  readonly same: readonly (readonly [string, string])[];
  /** The queues that have room for so many items only, where the source says how many. */
  readonly bounded: ReadonlySet<string>;
  /** The queues that give an item out again that nobody reports. */
  readonly durable: ReadonlyMap<string, DurableQueue>;
}
