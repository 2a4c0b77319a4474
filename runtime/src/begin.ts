/** What a worker of this library does once the library is there. */
import { host } from "#host";
import { pause } from "./futex.js";
import { isolate } from "./isolate.js";
import { runThread } from "./run-thread.js";
import { supervise } from "./supervisor.js";

/** Does what this worker was started for: watching over the others, or a thread's work. */
export async function begin(): Promise<void> {
  if (isolate.boot === undefined || isolate.hasBegun) return;
  isolate.hasBegun = true;
  if (isolate.boot.thread === isolate.boot.supervisor) {
    supervise();
  } else {
    host.printAtOnce(pause);
    await runThread();
  }
}

// In a bundle no file of the library's own is there to begin with. What follows it in the bundle is evaluated first.
if (host.boot?.inBundle) queueMicrotask(() => void begin());
