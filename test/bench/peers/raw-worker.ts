/** A bare worker: answers messages with themselves, or a word of shared memory with another value. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";

const { word } = workerData as { word?: Int32Array };
if (word === undefined) {
  (parentPort as MessagePort).on("message", (message) => parentPort?.postMessage(message));
} else {
  for (;;) {
    Atomics.wait(word, 0, 0);
    Atomics.store(word, 0, 0);
    Atomics.notify(word, 0);
  }
}
