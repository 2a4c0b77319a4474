/** A reader wants what a writer has, who waits, behind a hurried one, until nobody reads; a bystander reads as well. */
import { Barrier, Event, main, RLock, RWLock, Thread, tasks } from "heddle";

const table = new RWLock({ name: "table" });
const names = new RLock({ name: "names" });
const met = new Barrier(4, { name: "met" });
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
  while (table.readLock.tryAcquire()) table.readLock.release(); // until the other writer is next
  table.writeLock.withLock(() => console.log("unreachable"));
}

export function readOn(): void {
  table.readLock.acquire();
  met.wait();
  never.wait();
}

export function writeInTime(): void {
  met.wait();
  table.writeLock.acquire({ timeout: 120_000 });
}

tasks(import.meta.url, { read, write, readOn, writeInTime });

main(import.meta.url, () => {
  const work = { bystander: readOn, hurried: writeInTime, reader: read, writer: write };
  for (const [name, target] of Object.entries(work)) new Thread({ target, name }).start();
});
