import type { Effect, LibraryModel } from "./format.js";
import { locking, queueing, waitingAt } from "./heddle.js";

const other = { kind: "other", shared: true, travels: true } as const;
const lock = { kind: "lock", shared: true, travels: true } as const;

/** What shows the holder of a lock its lease. */
function leasing(name: string): Record<string, Effect> {
  return {
    [`${name}.lost`]: { effect: "lease", gives: "signal" },
    [`${name}.fence`]: { effect: "lease", gives: "token" },
  };
}

const write = { effect: "outside", does: "write", brief: true } as const;
const read = { effect: "outside", does: "read", brief: true } as const;

/** One question to a server each. What reads without a promise is left out: nobody need know of it. */
const asking: Record<string, Effect> = {
  "DictProxy.getAsync": read,
  "DictProxy.hasAsync": read,
  "DictProxy.set": write,
  "DictProxy.setAsync": write,
  "DictProxy.update": write,
  "DictProxy.updateAsync": write,
  "DictProxy.setDefault": write,
  "DictProxy.delete": write,
  "DictProxy.deleteAsync": write,
  "DictProxy.pop": write,
  "DictProxy.clear": write,
  "ListProxy.lengthAsync": read,
  "ListProxy.getAsync": read,
  "ListProxy.sliceAsync": read,
  "ListProxy.set": write,
  "ListProxy.setAsync": write,
  "ListProxy.push": write,
  "ListProxy.pushAsync": write,
  "ListProxy.unshift": write,
  "ListProxy.pop": write,
  "ListProxy.popAsync": write,
  "ListProxy.shift": write,
  "ListProxy.splice": write,
  "ListProxy.clear": write,
  "ListProxy.sort": write,
  "ListProxy.reverse": write,
  "NamespaceProxy.getAsync": read,
  "NamespaceProxy.setAsync": write,
  "ValueProxy.value": write,
  "ValueProxy.getAsync": read,
  "ValueProxy.set": write,
  "ValueProxy.setAsync": write,
  "ValueProxy.add": write,
  "ValueProxy.addAsync": write,
  "ArrayProxy.getAsync": read,
  "ArrayProxy.sliceAsync": read,
  "ArrayProxy.set": write,
  "ArrayProxy.setAsync": write,
  "ArrayProxy.add": write,
};

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
    ManagerPool: { kind: "other", shared: false, processes: true },
    // Of `Manager.connect("redis://…")`.
    RedisManager: { kind: "other", shared: false },
    LeasedLock: { ...lock, leased: true },
    LeasedRLock: { ...lock, leased: true, reentrant: true },
    LeasedSemaphore: other,
    DurableQueue: other,
    RemotePool: { kind: "other", shared: false, processes: true },
    // Of `Manager.connect("amqp://…")`.
    RabbitManager: { kind: "other", shared: false },
    RabbitQueue: other,
    RabbitPool: { kind: "other", shared: false, processes: true },
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
    ...leasing("LeasedLock"),
    ...leasing("LeasedRLock"),
    ...queueing("DurableQueue"),
    "DurableQueue.receive": { effect: "wait", on: "this", pauses: "thread", options: 0 },
    "DurableQueue.receiveAsync": { effect: "wait", on: "this", pauses: "task", options: 0 },
    ...queueing("RabbitQueue"),
    "RabbitQueue.receive": { effect: "wait", on: "this", pauses: "thread", options: 0 },
    "RabbitQueue.receiveAsync": { effect: "wait", on: "this", pauses: "task", options: 0 },
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
    ...asking,
    "ManagerBarrier.wait": { effect: "meet", at: "this" },
    "ManagerBarrier.waitAsync": { effect: "meet", at: "this" },
  } satisfies Record<string, Effect>,
};
