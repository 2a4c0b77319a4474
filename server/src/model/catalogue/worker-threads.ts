import type { Effect, LibraryModel } from "./format.js";

const listener: Effect = { effect: "invoke", body: 1, when: "later" };

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
    "Worker.terminate": { effect: "join", thread: "this" },
    "Worker.on": listener,
    "Worker.once": listener,
    "MessagePort.on": listener,
    "MessagePort.once": listener,
    isMainThread: { effect: "on-main-thread" },
    workerData: { effect: "data" },
  },
};
