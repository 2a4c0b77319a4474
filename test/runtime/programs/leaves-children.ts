/** Waits for ever, with children that say when they are there. */
import { main, sleep, tasks } from "heddle";
import { Process } from "heddle/process";
import { computeForEver } from "../process-work.js";

function stay(name: string): void {
  console.log(name);
  computeForEver();
}

function stayWithChild(): void {
  new Process({ target: stay, args: ["grandchild"] }).start();
  stay("child");
}

tasks(import.meta.url, { stay, stayWithChild });

main(import.meta.url, () => {
  new Process({ target: stayWithChild }).start();
  new Process({ target: stay, args: ["daemon"], daemon: true }).start();
  sleep(2 ** 31 - 1);
});
