import { asyncMutex } from "./async-mutex.js";
import { events } from "./events.js";
import type { ClassModel, Effect, LibraryModel } from "./format.js";
import { global } from "./global.js";
import { heddle } from "./heddle.js";
import { workerThreads } from "./worker-threads.js";

const libraries: readonly LibraryModel[] = [heddle, workerThreads, events, asyncMutex, global];

const classes = new Map<string, ClassModel>();
const members = new Map<string, Effect>();

for (const library of libraries) {
  for (const [name, model] of Object.entries(library.classes)) classes.set(`${library.module}/${name}`, model);
  for (const [name, effect] of Object.entries(library.members)) {
    members.set(`${library.module}/${name}`, effect);
  }
}

/** What `module/Class` is, or undefined where the catalogue does not know it. */
export function classModel(key: string): ClassModel | undefined {
  return classes.get(key);
}

/** What calling, making or reading `module/Class.member` does, or undefined. */
export function effectOf(key: string): Effect | undefined {
  return members.get(key);
}

/**
 * A file without any of these words, and without an import of a file with one, has nothing to analyse.
 * Words, not symbols: the test runs over every file of a project and must cost next to nothing.
 */
export const EVIDENCE =
  /\bheddle\b|worker_threads|\bAtomics\b|SharedArrayBuffer|\basync-mutex\b|\bnavigator\.locks\b|\bAbortController\b/;

export type { ClassModel, Effect, Hearing, Operand } from "./format.js";
