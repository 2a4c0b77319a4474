/** The library as a browser's worker loads it, and the beginning of the thread's work. */
import "../index.js"; // what the library itself runs in threads, and every kind of cell
import { isolate } from "../isolate.js";
import { runThread } from "../run-thread.js";
import { supervise } from "../supervisor.js";
import { live } from "./browser.js";

void begin();

async function begin(): Promise<void> {
  await live();
  if (isolate.boot?.thread === isolate.boot?.supervisor) supervise();
  else await runThread();
}
