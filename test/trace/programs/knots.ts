/** Threads that take what a plan says, meet, and wait for what it says, until nobody keeps the program any more. */
import { once } from "node:events";
import { Barrier, Event, enumerate, Lock, main, RLock, RWLock, Thread, tasks } from "heddle";
import type { Plan, Wanted } from "../../support/knot.js";

export function follow(plan: Plan, index: number): void {
  const step = plan[index]!;
  take(`lock-${index}`, step.has).acquire();
  new Barrier(plan.length + 1, { name: "met" }).wait();
  wait(plan, step.wants);
}

function wait(plan: Plan, wants: Wanted): void {
  switch (wants.kind) {
    case "lock": {
      const held = plan[wants.of]!.has;
      const lock = take(`lock-${wants.of}`, held === "read" ? "write" : held);
      if (wants.isTimed) lock.acquire({ timeout: 120_000 });
      else lock.acquire();
      break;
    }
    case "end":
      enumerate()
        .find(({ name }) => name === `t${wants.of}`)
        ?.join();
      break;
    case "nothing":
      new Event({ name: "never" }).wait();
      break;
  }
}

function take(name: string, how: Plan[number]["has"]): Lock | RLock | RWLock["readLock"] | RWLock["writeLock"] {
  if (how === "lock") return new Lock({ name });
  if (how === "rlock") return new RLock({ name });
  const lock = new RWLock({ name });
  return how === "read" ? lock.readLock : lock.writeLock;
}

tasks(import.meta.url, { follow });

main(import.meta.url, async () => {
  const plan = JSON.parse(process.argv[2] ?? "[]") as Plan;
  plan.forEach((_, index) => {
    new Thread({ target: follow, args: [plan, index], name: `t${index}`, daemon: true }).start();
  });
  new Barrier(plan.length + 1, { name: "met" }).wait();
  // Whoever looks closes this when all was announced.
  await once(process.stdin.resume(), "end");
});
