/** Leaves two pools open: one nobody waits for, one with a result that is awaited. */
import { main, Pool, sleep, tasks } from "heddle";

function work(n: number): string {
  sleep(50);
  return `${n}: done`;
}

function never(): void {
  sleep(2 ** 31 - 1);
}

tasks(import.meta.url, { work, never });

main(import.meta.url, () => {
  new Pool(1).applyAsync(never);
  void new Pool(1).applyAsync(work, [3]).then((text) => console.log(text));
  console.log("main ends");
});
