/** A process with a target: the parent waits for its end. */
import { main, tasks } from "heddle";
import { Process } from "heddle/process";

export function runProcess(name: string, parent: number): void {
  console.log(`the child runs, its name is ${name}, its parent is the one that says so: ${process.ppid === parent}`);
}

tasks(import.meta.url, { runProcess });

main(import.meta.url, () => {
  const p = new Process({ target: runProcess, args: ["test", process.pid] });
  console.log("the child is about to run");
  p.start();
  p.join();
  console.log(`the child has ended with ${p.exitcode}`);
});
