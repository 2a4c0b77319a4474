/** The main thread takes a lock twice, and a thread waits for one that never ends: both for ever. */
import { Lock, main, mainThread, Thread, tasks } from "heddle";

const twice = new Lock({ name: "twice" });

export function outlive(): void {
  mainThread().join();
}

tasks(import.meta.url, { outlive });

main(import.meta.url, () => {
  new Thread({ target: outlive, name: "patient" }).start();
  twice.acquire();
  twice.acquire();
});
