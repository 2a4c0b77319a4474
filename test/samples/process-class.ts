/** A subclass of Process: its fields travel, its constructor does not run again in the child. */
import { main, sleep, tasks } from "heddle";
import { Process } from "heddle/process";

export class ProcessClass extends Process {
  readonly interval: number;

  constructor(interval: number) {
    super();
    this.interval = interval;
  }

  override run(): void {
    const start = performance.now();
    sleep(this.interval);
    const took = performance.now() - start;
    console.log(`${this.name} has slept for as long as it was told: ${took >= this.interval - 1}`);
  }
}

tasks(import.meta.url, { ProcessClass });

main(import.meta.url, () => {
  const p1 = new ProcessClass(100);
  p1.start(); // without a target, run() is what it does
  console.log(`another process: ${p1.pid !== process.pid}`);
  p1.join();
  console.log(`${p1.name} has ended with ${p1.exitcode}`);
});
