/** A thread ends the sleep of the main thread. */
import { Event, InterruptedError, interruptMain, main, sleep, Thread, tasks } from "heddle";

export function impatient(heard: Event): void {
  do interruptMain();
  while (!heard.wait({ timeout: 200 }));
}

tasks(import.meta.url, { impatient });

main(import.meta.url, () => {
  const heard = new Event();
  // While main runs, an interruption is a SIGINT, which would end the program.
  process.on("SIGINT", () => {});
  new Thread({ target: impatient, args: [heard] }).start();
  try {
    sleep(60_000);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    console.log("main was interrupted");
  }
  heard.set();
});
