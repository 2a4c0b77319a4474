/** The deadlock sample, but both threads give up in the end: they stall, and nobody is deadlocked. */
import { Barrier, Lock, main, Thread, tasks } from "heddle";

const left = new Lock({ name: "left" });
const right = new Lock({ name: "right" });
const bothHold = new Barrier(2, { name: "bothHold" });

export function takeBoth(first: Lock, second: Lock): void {
  first.acquire();
  bothHold.wait();
  if (second.acquire({ timeout: 300 })) second.release();
  first.release();
}

tasks(import.meta.url, { takeBoth });

main(import.meta.url, () => {
  const threads = [
    new Thread({ target: takeBoth, args: [left, right], name: "t1" }),
    new Thread({ target: takeBoth, args: [right, left], name: "t2" }),
  ];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
  console.log("done");
});
