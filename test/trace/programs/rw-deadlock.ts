/** A reader wants the lock of a writer that waits until nobody reads; another reader has nothing to do with it. */
import { Barrier, Event, main, RLock, RWLock, Thread, tasks } from "heddle";

const table = new RWLock({ name: "table" });
const names = new RLock({ name: "names" });
const met = new Barrier(3, { name: "met" });
const never = new Event({ name: "never" });

export function read(): void {
  using _ = table.readLock.hold();
  met.wait();
  names.withLock(() => console.log("unreachable"));
}

export function write(): void {
  names.acquire();
  names.acquire();
  met.wait();
  table.writeLock.withLock(() => console.log("unreachable"));
}

export function readOn(): void {
  table.readLock.acquire();
  met.wait();
  never.wait();
}

tasks(import.meta.url, { read, write, readOn });

main(import.meta.url, () => {
  const work = { bystander: readOn, reader: read, writer: write };
  for (const [name, target] of Object.entries(work)) new Thread({ target, name }).start();
});
