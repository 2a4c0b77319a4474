import type { Effect, Hearing, LibraryModel } from "./format.js";

/** What a worker tells the thread that made it. */
export const fromWorker: Hearing = { event: 0, told: { message: "maker", exit: "end" } };

const listenToWorker: Effect = { effect: "invoke", body: 1, when: "later", hears: fromWorker };
const listenToMaker: Effect = {
  effect: "invoke",
  body: 1,
  when: "later",
  hears: { event: 0, told: { message: "worker", close: "worker" } },
};

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
    "Worker.on": listenToWorker,
    "Worker.once": listenToWorker,
    "Worker.postMessage": { effect: "send", to: "worker" },
    "MessagePort.on": listenToMaker,
    "MessagePort.once": listenToMaker,
    "MessagePort.postMessage": { effect: "send", to: "maker" },
    isMainThread: { effect: "on-main-thread" },
    workerData: { effect: "data" },
  },
};
