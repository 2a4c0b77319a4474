/** A worker that takes and gives back a mutex of `multithreading` as often as it is told. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { peer } from "./packages.js";

export interface Multithreading {
  readonly Mutex: new (data?: undefined, buffer?: SharedArrayBuffer) => { blockingLock(): { dispose(): void } };
}

if (parentPort !== null) {
  const { buffer } = workerData as { buffer: SharedArrayBuffer };
  const { Mutex } = await peer<Multithreading>("multithreading");
  const mutex = new Mutex(undefined, buffer);
  const port: MessagePort = parentPort;
  port.on("message", (times: number) => {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      const guard = mutex.blockingLock();
      sum += i;
      guard.dispose();
    }
    port.postMessage(sum);
  });
}
