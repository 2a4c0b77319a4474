import { host } from "#host";
import { MAIN_THREAD, words } from "./arena.js";
import { interrupt } from "./futex.js";
import { self } from "./self.js";

/**
 * Interrupts the main thread, from any thread. If it blocks in a wait of this library, that wait throws an
 * InterruptedError; otherwise the process gets a SIGINT, which runs the program's handlers of that signal or, if it has
 * none, ends it. Blocks for the moment it takes.
 * @see Python's `_thread.interrupt_main`, behaviours 65–67.
 */
export function interruptMain(): void {
  const main = Atomics.load(words, MAIN_THREAD);
  if (main !== self && interrupt(main)) return;
  host.interrupt();
}
