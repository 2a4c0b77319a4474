import type { Effect, LibraryModel } from "./format.js";

const fromWorker: Effect = { effect: "invoke", body: 1, when: "later", sentTo: "maker" };
const fromMaker: Effect = { effect: "invoke", body: 1, when: "later", sentTo: "worker" };

/** Node's own threads: https://nodejs.org/api/worker_threads.html */
export const workerThreads: LibraryModel = {
  module: "worker_threads",
  classes: { Worker: { kind: "thread", shared: false } },
  members: {
    "Worker.constructor": {
      effect: "spawn",
      noun: "worker",
      target: 0,
      module: true,
      data: { argument: 1, property: "workerData" },
      startsNow: true,
      joinable: false,
    },
    "Worker.terminate": { effect: "join", thread: "this", async: true },
    "Worker.on": fromWorker,
    "Worker.once": fromWorker,
    "Worker.postMessage": { effect: "send", to: "worker" },
    "MessagePort.on": fromMaker,
    "MessagePort.once": fromMaker,
    "MessagePort.postMessage": { effect: "send", to: "maker" },
    isMainThread: { effect: "on-main-thread" },
    workerData: { effect: "data" },
  },
};
