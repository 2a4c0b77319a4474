/** Two threads deadlock in a program that has more threads than rings to record them. */
import { Lock, main, Thread, tasks } from "heddle";

const mutexA = new Lock({ name: "mutexA" });
const mutexB = new Lock({ name: "mutexB" });

export function cross(first: Lock, second: Lock, barrier: Int32Array): void {
  first.acquire();
  Atomics.add(barrier, 0, 1);
  Atomics.notify(barrier, 0);
  while (Atomics.load(barrier, 0) < 2) Atomics.wait(barrier, 0, 1);
  second.acquire();
}

tasks(import.meta.url, { cross });

main(import.meta.url, async () => {
  // As many as there are rings take their places, without the seconds that it takes to start them.
  const folder = import.meta.resolve("heddle/trace/preload");
  const { claimSlot, currentSession } = await import(new URL("./slot.js", folder).href);
  const { RINGS } = await import(new URL("./session.js", folder).href);
  const words = new Int32Array(currentSession());
  while (claimSlot(words) < RINGS);
  const barrier = new Int32Array(new SharedArrayBuffer(4));
  new Thread({ name: "t1", target: cross, args: [mutexA, mutexB, barrier] }).start();
  new Thread({ name: "t2", target: cross, args: [mutexB, mutexA, barrier] }).start();
});
