import type { Effect, LibraryModel } from "./format.js";
import { queueing, threadLike } from "./heddle.js";

const other = { kind: "other", shared: true, travels: true } as const;

/**
 * The interface of processes, made of threads: a process is a thread, and shares memory. Its pools, locks and queues of a
 * manager are those of threads; lists and the like have the proxies of processes.
 */
export const heddleDummy: LibraryModel = {
  module: "heddle/dummy",
  classes: {
    Process: { kind: "thread", shared: false },
    Queue: other,
    JoinableQueue: other,
    SimpleQueue: other,
    Manager: { kind: "other", shared: false },
  },
  members: {
    ...threadLike("Process"),
    ...queueing("Queue"),
    ...queueing("JoinableQueue"),
    ...queueing("SimpleQueue"),
  } satisfies Record<string, Effect>,
};
