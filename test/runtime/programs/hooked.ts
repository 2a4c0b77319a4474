/** The program's hook for errors that leave threads. */
import { type ExceptHookArgs, excepthook, getIdent, main, setExcepthook, Thread, tasks } from "heddle";

class Refused extends Error {}

async function hook({ error, thread }: ExceptHookArgs): Promise<void> {
  await new Promise(setImmediate);
  const here = thread.ident === getIdent();
  console.log(`${thread.name}: ${error instanceof Refused ? "refused" : error} here: ${here}`);
}

function failingHook(): never {
  throw new Error("in the hook");
}

function refuse(): never {
  throw new Refused("no");
}

function throwText(): never {
  throw "a text";
}

function crashLater(): Promise<never> {
  setImmediate(() => {
    throw new Refused("outside of the target");
  });
  return new Promise(() => {});
}

function exit(): never {
  process.exit(1);
}

tasks(import.meta.url, { hook, failingHook, refuse, throwText, crashLater, exit, Refused });

function run(target: () => unknown, name: string): void {
  const thread = new Thread({ target, name });
  thread.start();
  thread.join();
}

main(import.meta.url, () => {
  setExcepthook(hook);
  run(refuse, "first");
  run(throwText, "second");
  run(crashLater, "third");
  run(exit, "fourth");
  setExcepthook(failingHook);
  run(refuse, "fifth");
  setExcepthook(undefined);
  run(refuse, "sixth");
  setExcepthook(excepthook);
  try {
    setExcepthook(() => {});
  } catch (error) {
    console.log((error as { code: string }).code);
  }
});
