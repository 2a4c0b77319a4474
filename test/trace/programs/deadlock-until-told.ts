/** A thread takes a lock twice, for ever; the program goes on until its standard input ends. */
import { once } from "node:events";
import { Lock, main, Thread, tasks } from "heddle";

const twice = new Lock({ name: "twice" });

export function takeTwice(): void {
  twice.acquire();
  twice.acquire();
}

tasks(import.meta.url, { takeTwice });

main(import.meta.url, async () => {
  // A daemon, so that the program can end although it never does.
  new Thread({ target: takeTwice, name: "stuck", daemon: true }).start();
  process.stdin.resume();
  await once(process.stdin, "end");
});
