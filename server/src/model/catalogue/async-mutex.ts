import type { Effect, LibraryModel } from "./format.js";

/** What a class or interface that declares them means by its methods. */
function locking(name: string): Record<string, Effect> {
  return {
    [`${name}.acquire`]: { effect: "acquire", lock: "this", gives: "releaser", async: true },
    [`${name}.release`]: { effect: "release", lock: "this" },
    [`${name}.runExclusive`]: { effect: "section", lock: "this", body: 0, async: true },
    [`${name}.isLocked`]: { effect: "plain" },
  };
}

/** Many hold a semaphore together, so that it protects nothing; its callback runs at once all the same. */
function counting(name: string): Record<string, Effect> {
  return {
    [`${name}.runExclusive`]: { effect: "invoke", body: 0, when: "now" },
    [`${name}.release`]: { effect: "plain" },
    [`${name}.isLocked`]: { effect: "plain" },
  };
}

/** Locks for the tasks of one thread: https://github.com/DirtyHairy/async-mutex */
export const asyncMutex: LibraryModel = {
  module: "async-mutex",
  classes: {
    Mutex: { kind: "lock", shared: false },
    MutexInterface: { kind: "lock", shared: false },
  },
  members: {
    ...locking("Mutex"),
    ...locking("MutexInterface"),
    ...counting("Semaphore"),
    ...counting("SemaphoreInterface"),
  },
};
