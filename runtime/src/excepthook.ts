import { EXCEPT_HOOK, words } from "./arena.js";
import { taskNameOf, unregistered } from "./tasks.js";
import { writeText } from "./text.js";
import type { Thread } from "./thread.js";
import { printUncaught } from "./uncaught.js";

/** What happened. */
export interface ExceptHookArgs {
  /** What was thrown. */
  readonly error: unknown;
  /** The thread that it ended; the hook runs in it, or in the one that started it if it ended before its own code began. */
  readonly thread: Thread;
}

/** What is called with an error that leaves a thread; awaited if it is async. */
export type ExceptHook = (args: ExceptHookArgs) => unknown;

/**
 * What is done by default with an error that leaves a thread: its stack goes to stderr.
 * @see Python's `threading.excepthook`, behaviour 60.
 */
export function excepthook(args: ExceptHookArgs): void {
  printUncaught(args);
}

/**
 * Sets what is called, in the thread that ends, with an error that leaves it: the program's hook, for all threads. An
 * async hook is awaited. Undefined sets the default again. `process.exit()` in a thread is no error. When a pool is over
 * and nobody looked at some of its failures, the hook gets one AggregateError of them, in the thread that made the pool;
 * by default they are a warning of the process.
 * @throws SerializationError the hook is not registered with `tasks`
 * @see Python's assignment to `threading.excepthook`, behaviour 60.
 */
export function setExcepthook(hook: ExceptHook | undefined): void {
  if (hook !== undefined && typeof hook !== "function") throw new TypeError("The hook is a function.");
  if (hook === undefined || hook === excepthook) {
    Atomics.store(words, EXCEPT_HOOK, 0);
    return;
  }
  const task = taskNameOf(hook);
  if (task === undefined) throw unregistered(hook, "function");
  // The text stays for ever: somebody may be reading it.
  Atomics.store(words, EXCEPT_HOOK, writeText(`${task.url}\n${task.name}`));
}
