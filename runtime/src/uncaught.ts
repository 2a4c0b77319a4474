/** Who hears of the errors that nobody caught: the program's hook, or stderr. */
import { host } from "#host";
import { EXCEPT_HOOK, words } from "./arena.js";
import { isolate } from "./isolate.js";
import { registeredAs } from "./tasks.js";
import { readText } from "./text.js";

/** What happened; the thread is a Thread (see excepthook.ts), of which only the name counts here. */
interface Uncaught {
  readonly error: unknown;
  readonly thread: { readonly name: string };
}

/** The stack goes to stderr. */
export function printUncaught({ error, thread }: Uncaught): void {
  const text = error instanceof Error ? (error.stack ?? String(error)) : host.describe(error);
  host.printError(`Exception in thread ${thread.name}:\n${text}\n`);
}

/** Hands an error that leaves a thread to the program's hook. An error of the hook's own is told on stderr. */
export async function reportUncaught(error: unknown, thread: Uncaught["thread"]): Promise<void> {
  try {
    await (await currentHook())({ error, thread });
  } catch (ofHook) {
    printUncaught({ error, thread });
    printUncaught({ error: ofHook, thread });
  }
}

/**
 * Tells of errors that nobody asked for: the program's hook gets one AggregateError of them, and where there is none, it is
 * a warning of the process with the first of them.
 */
export async function reportUnseen(
  what: string,
  errors: readonly unknown[],
  thread: Uncaught["thread"],
): Promise<void> {
  if (Atomics.load(words, EXCEPT_HOOK) === 0) host.warn(`${what}: ${String(errors[0])}`);
  else await reportUncaught(new AggregateError(errors, what), thread);
}

async function currentHook(): Promise<(args: Uncaught) => unknown> {
  const block = Atomics.load(words, EXCEPT_HOOK);
  if (block === 0) return printUncaught;
  const [url = "", name = ""] = readText(block).split("\n");
  if (!isolate.tasks.has(url)) await host.load(url);
  return (registeredAs({ url, name }) as ((args: Uncaught) => unknown) | undefined) ?? printUncaught;
}
