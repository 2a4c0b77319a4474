/** How many threads run, and which: the main thread is one of them. */
import { activeCount, Barrier, Event, enumerate, main, Thread, tasks } from "heddle";

const bothRun = new Barrier(3, { name: "bothRun" });
const singingIsOver = new Event({ name: "singingIsOver" });
const dancingIsOver = new Event({ name: "dancingIsOver" });

export function sing(): void {
  bothRun.wait();
  singingIsOver.wait();
}

export function dance(): void {
  bothRun.wait();
  dancingIsOver.wait();
}

tasks(import.meta.url, { sing, dance });

main(import.meta.url, () => {
  console.log("--- begin ---");
  const t1 = new Thread({ target: sing, name: "singer" });
  const t2 = new Thread({ target: dance, name: "dancer" });
  t1.start();
  t2.start();
  bothRun.wait();
  const names = enumerate().map((thread) => thread.name);
  console.log(`threads that run: ${activeCount()}, namely ${names.sort().join(", ")}`);
  singingIsOver.set();
  t1.join();
  console.log(`threads that run: ${activeCount()}`);
  dancingIsOver.set();
  t2.join();
  console.log(`threads that run: ${activeCount()}`);
});
