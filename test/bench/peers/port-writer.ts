/** A worker that posts as many items as it is told. */
import { type MessagePort, workerData } from "node:worker_threads";
import { type Payload, payload } from "./tasks.js";

const { port, kind } = workerData as { port: MessagePort; kind: Payload };
port.on("message", (times: number) => {
  for (let i = 0; i < times; i++) port.postMessage(payload(kind));
});
