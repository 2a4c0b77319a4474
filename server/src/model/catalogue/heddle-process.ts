import type { Effect, LibraryModel } from "./format.js";
import { locking, queueing, waitingAt } from "./heddle.js";

const other = { kind: "other", shared: true, travels: true } as const;
const lock = { kind: "lock", shared: true, travels: true } as const;

/** What the runtime of this repository has for processes. What a pool of processes runs shares no memory with anybody. */
export const heddleProcess: LibraryModel = {
  module: "heddle/process",
  classes: {
    Process: { kind: "other", shared: false },
    Pool: { kind: "other", shared: false, processes: true },
    Queue: other,
    JoinableQueue: other,
    SimpleQueue: other,
    Manager: { kind: "other", shared: false },
    ManagerLock: lock,
    ManagerRLock: { ...lock, reentrant: true },
    ManagerCondition: { ...lock, reentrant: true },
    ManagerSemaphore: other,
    ManagerEvent: other,
    ManagerBarrier: other,
    QueueProxy: other,
    ListProxy: other,
    DictProxy: other,
    NamespaceProxy: other,
    ValueProxy: other,
    ArrayProxy: other,
    ObjectProxy: other,
    // Of `Manager.connect("redis://…")`.
    LeasedLock: lock,
    LeasedRLock: { ...lock, reentrant: true },
    LeasedSemaphore: other,
    DurableQueue: other,
    RemotePool: { kind: "other", shared: false, processes: true },
  },
  members: {
    ...queueing("Queue"),
    ...queueing("JoinableQueue"),
    ...queueing("SimpleQueue"),
    ...queueing("QueueProxy"),
    ...locking("ManagerLock"),
    ...locking("ManagerRLock"),
    ...locking("ManagerCondition"),
    ...waitingAt("ManagerCondition"),
    ...locking("LeasedLock"),
    ...locking("LeasedRLock"),
    ...queueing("DurableQueue"),
    "DurableQueue.receive": { effect: "wait", on: "this", pauses: "thread", options: 0 },
    "DurableQueue.receiveAsync": { effect: "wait", on: "this", pauses: "task", options: 0 },
    "ManagerSemaphore.acquire": { effect: "wait", on: "this", permits: true, options: 0 },
    "ManagerSemaphore.tryAcquire": { effect: "wait", on: "this", permits: true, tries: true },
    "ManagerSemaphore.acquireAsync": { effect: "wait", on: "this", permits: true, options: 0, async: true },
    "ManagerSemaphore.hold": { effect: "wait", on: "this" },
    "ManagerSemaphore.holdAsync": { effect: "wait", on: "this" },
    "ManagerSemaphore.release": { effect: "notify", on: "this", permits: true },
    "ManagerEvent.set": { effect: "notify", on: "this" },
    "ManagerEvent.isSet": { effect: "wait", on: "this" },
    "ManagerEvent.wait": { effect: "wait", on: "this", pauses: "thread", options: 0 },
    "ManagerEvent.waitAsync": { effect: "wait", on: "this", pauses: "task", options: 0 },
    "ManagerBarrier.wait": { effect: "meet", at: "this" },
    "ManagerBarrier.waitAsync": { effect: "meet", at: "this" },
  } satisfies Record<string, Effect>,
};
