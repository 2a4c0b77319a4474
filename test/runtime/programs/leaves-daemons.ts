/** Ends while daemons compute and sleep. */
import { main, sleep, tasks } from "heddle";
import { Process } from "heddle/process";
import { computeForEver } from "../process-work.js";

function sleepForEver(): void {
  process.on("SIGTERM", () => {}); // nobody asks its event loop
  sleep(2 ** 31 - 1);
}

tasks(import.meta.url, { sleepForEver });

main(import.meta.url, () => {
  for (const target of [computeForEver, sleepForEver]) new Process({ target, daemon: true }).start();
  console.log("started");
});
