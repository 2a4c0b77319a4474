import { host } from "#host";
import { EXCEPT_HOOK, words } from "./arena.js";
import { isolate } from "./isolate.js";
import { registeredAs, taskNameOf, unregistered } from "./tasks.js";
import { readText, writeText } from "./text.js";
import type { Thread } from "./thread.js";

/** What happened. */
export interface ExceptHookArgs {
  /** What was thrown. */
  readonly error: unknown;
  /** The thread that it ended; the hook runs in it. */
  readonly thread: Thread;
}

/** What is called with an error that leaves a thread; awaited if it is async. */
export type ExceptHook = (args: ExceptHookArgs) => unknown;

/**
 * What is done by default with an error that leaves a thread: its stack goes to stderr.
 * @see Python's `threading.excepthook`, behaviour 60.
 */
export function excepthook(args: ExceptHookArgs): void {
  const { error, thread } = args;
  const text = error instanceof Error ? (error.stack ?? String(error)) : host.describe(error);
  host.printError(`Exception in thread ${thread.name}:\n${text}\n`);
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

/** Hands an error that leaves a thread to the program's hook. An error of the hook's own is told on stderr. */
export async function reportUncaught(error: unknown, thread: Thread): Promise<void> {
  try {
    await (await currentHook())({ error, thread });
  } catch (ofHook) {
    excepthook({ error, thread });
    excepthook({ error: ofHook, thread });
  }
}

/**
 * Tells of errors that nobody asked for: the program's hook gets one AggregateError of them, and where there is none, it is
 * a warning of the process with the first of them.
 */
export async function reportUnseen(what: string, errors: readonly unknown[], thread: Thread): Promise<void> {
  if (Atomics.load(words, EXCEPT_HOOK) === 0) host.warn(`${what}: ${String(errors[0])}`);
  else await reportUncaught(new AggregateError(errors, what), thread);
}

async function currentHook(): Promise<ExceptHook> {
  const block = Atomics.load(words, EXCEPT_HOOK);
  if (block === 0) return excepthook;
  const [url = "", name = ""] = readText(block).split("\n");
  if (!isolate.tasks.has(url)) await host.load(url);
  return (registeredAs({ url, name }) as ExceptHook | undefined) ?? excepthook;
}
