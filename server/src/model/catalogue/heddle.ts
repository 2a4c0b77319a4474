import type { Effect, LibraryModel } from "./format.js";

const acquire = { effect: "acquire", lock: "this", gives: "boolean", options: 0 } as const;
const hold = { effect: "acquire", lock: "this", gives: "guard", options: 0 } as const;
const section = { effect: "section", lock: "this", body: 0 } as const;
const wait = { effect: "wait", on: "this" } as const;
const stop = { ...wait, pauses: "thread", options: 0 } as const;
const suspend = { ...wait, pauses: "task", options: 0 } as const;
const look = { effect: "access", object: "this", index: 0, access: "read" } as const;
const act = { effect: "access", object: "this", index: 0, access: "write" } as const;
const notify = { effect: "notify", on: "this" } as const;
const put = { ...notify, counts: "up" } as const;

/** What a class that declares them means by its methods. */
export function locking(name: string): Record<string, Effect> {
  return {
    [`${name}.acquire`]: { ...acquire, asyncForm: "acquireAsync" },
    [`${name}.acquireAsync`]: { ...acquire, async: true },
    [`${name}.tryAcquire`]: { effect: "acquire", lock: "this", gives: "boolean", tries: true },
    [`${name}.release`]: { effect: "release", lock: "this" },
    [`${name}.locked`]: { effect: "probe", lock: "this" },
    [`${name}.hold`]: { ...hold, asyncForm: "holdAsync" },
    [`${name}.holdAsync`]: { ...hold, async: true },
    [`${name}.withLock`]: { ...section, asyncForm: "withLockAsync" },
    [`${name}.withLockAsync`]: { ...section, async: true },
  };
}

/** What a class with the methods of a condition means by those that are no lock's. */
export function waitingAt(name: string): Record<string, Effect> {
  return {
    [`${name}.wait`]: { ...stop, underLock: true, inVain: true },
    [`${name}.waitAsync`]: { ...suspend, underLock: true, inVain: true },
    [`${name}.waitFor`]: { ...stop, body: 0, options: 1, underLock: true },
    [`${name}.waitForAsync`]: { ...suspend, body: 0, options: 1, underLock: true },
    [`${name}.notify`]: { ...notify, underLock: true, one: true },
    [`${name}.notifyAll`]: { ...notify, underLock: true },
  };
}

/** What a class with the methods of a queue means by them. */
export function queueing(name: string): Record<string, Effect> {
  return {
    [`${name}.put`]: put,
    [`${name}.putNowait`]: put,
    [`${name}.putAsync`]: put,
    [`${name}.get`]: stop,
    [`${name}.getNowait`]: wait,
    [`${name}.getAsync`]: suspend,
    [`${name}.taskDone`]: { ...notify, counts: "down" },
    [`${name}.join`]: { ...stop, drains: true },
    [`${name}.joinAsync`]: { ...suspend, drains: true },
    [`${name}.shutdown`]: notify,
  };
}

/** What a class with the methods of a thread means by them. */
export function threadLike(name: string): Record<string, Effect> {
  return {
    [`${name}.constructor`]: {
      effect: "spawn",
      noun: "thread",
      target: { argument: 0, property: "target" },
      args: { argument: 0, property: "args" },
      startsNow: false,
      joinable: true,
      method: "run",
    },
    [`${name}.start`]: { effect: "start", thread: "this" },
    [`${name}.isAlive`]: { effect: "alive", thread: "this" },
    [`${name}.join`]: { effect: "join", thread: "this", options: 0 },
    [`${name}.joinAsync`]: { effect: "join", thread: "this", options: 0, async: true },
  };
}

const task = {
  effect: "spawn",
  noun: "task",
  target: 0,
  owner: "this",
  startsNow: true,
  joinable: true,
} as const;

/** The runtime of this repository. */
export const heddle: LibraryModel = {
  module: "heddle",
  classes: {
    Lock: { kind: "lock", shared: true, options: 0 },
    RLock: { kind: "lock", shared: true, options: 0, reentrant: true },
    Lockable: { kind: "lock", shared: true },
    ReadLock: { kind: "lock", shared: true, reentrant: true, reads: true },
    WriteLock: { kind: "lock", shared: true },
    RWLock: { kind: "lock", shared: true, options: 0 },
    Condition: { kind: "lock", shared: true, options: 1, reentrant: true, lock: 0 },
    Semaphore: { kind: "other", shared: true, options: 1 },
    BoundedSemaphore: { kind: "other", shared: true, options: 1 },
    SharedValue: { kind: "value", shared: true, options: 2, ownLock: true },
    RawValue: { kind: "value", shared: true, options: 2 },
    SharedArray: { kind: "view", shared: true, options: 2, ownLock: true },
    RawArray: { kind: "view", shared: true, options: 2 },
    SharedList: { kind: "other", shared: true, options: 1 },
    SharedMap: { kind: "container", shared: true, options: 1, ownLock: true },
    Barrier: { kind: "other", shared: true, options: 1 },
    Event: { kind: "other", shared: true, options: 0 },
    Queue: { kind: "other", shared: true, options: 1 },
    LifoQueue: { kind: "other", shared: true, options: 1 },
    PriorityQueue: { kind: "other", shared: true, options: 1 },
    SimpleQueue: { kind: "other", shared: true, options: 0 },
    Thread: { kind: "thread", shared: false },
    Timer: { kind: "thread", shared: false },
    Pool: { kind: "other", shared: false, threads: 0 },
    ThreadLocal: { kind: "other", shared: false },
  },
  members: {
    ...locking("Lockable"),
    ...locking("Lock"),
    ...locking("RLock"),
    ...locking("ReadLock"),
    ...locking("WriteLock"),
    ...locking("Condition"),
    // Who writes while it may only read is not found; who reads or writes without the lock is.
    "RWLock.readLock": { effect: "face" },
    "RWLock.writeLock": { effect: "face" },
    ...waitingAt("Condition"),
    lockAll: { effect: "acquire", lock: 0, all: true, gives: "guard" },
    lockAllAsync: { effect: "acquire", lock: 0, all: true, gives: "guard", async: true },
    // Permits have no owner: what they are to threads is the order that they bring.
    "Semaphore.acquire": { ...wait, permits: true, options: 0 },
    "Semaphore.tryAcquire": { ...wait, permits: true, tries: true },
    "Semaphore.acquireAsync": { ...wait, permits: true, options: 0, async: true },
    "Semaphore.hold": wait,
    "Semaphore.holdAsync": wait,
    "Semaphore.release": { ...notify, permits: true },
    "Held.release": { effect: "dispose" },
    "Held.dispose": { effect: "dispose" },
    "Held.__@dispose": { effect: "dispose" },

    "SharedValue.value": { effect: "cell" },
    "RawValue.value": { effect: "cell" },
    "SharedValue.add": { effect: "access", object: "this", access: "update", order: "notifies", adds: 0 },
    "SharedValue.getLock": { effect: "part", step: "getLock()" },
    "SharedArray.getLock": { effect: "part", step: "getLock()" },
    "SharedMap.has": look,
    "SharedMap.get": look,
    "SharedMap.set": act,
    "SharedMap.delete": act,
    "SharedMap.pop": act,
    "SharedMap.setDefault": { ...act, access: "update" },
    "SharedList.getLock": { effect: "part", step: "getLock()" },
    "SharedMap.getLock": { effect: "part", step: "getLock()" },

    ...queueing("Queue"),
    "PriorityQueue.put": put,
    "PriorityQueue.putAsync": put,
    "SimpleQueue.put": notify,
    "SimpleQueue.putNowait": notify,
    "SimpleQueue.putAsync": notify,
    "SimpleQueue.get": stop,
    "SimpleQueue.getNowait": wait,
    "SimpleQueue.getAsync": suspend,
    "Event.set": notify,
    "Event.isSet": wait,
    "Event.wait": stop,
    "Event.waitAsync": suspend,
    "Barrier.constructor": { effect: "meeting", parties: 0 },
    "Barrier.wait": { effect: "meet", at: "this" },
    "Barrier.waitAsync": { effect: "meet", at: "this" },

    ...threadLike("Thread"),
    "Timer.constructor": {
      effect: "spawn",
      noun: "thread",
      target: 1,
      args: 2,
      startsNow: false,
      joinable: true,
    },
    "Timer.start": { effect: "start", thread: "this" },

    "ThreadLocal.constructor": { effect: "thread-local" },
    "Pool.constructor": { effect: "crew" },
    "AnyPool.apply": { ...task, args: 1, joinedNow: true },
    "AnyPool.applyAsync": { ...task, told: 2, args: 1 },
    "AnyPool.map": { ...task, each: 1, joinedNow: true, many: true },
    "AnyPool.mapAsync": { ...task, told: 2, each: 1, many: true },
    "AnyPool.starmap": { ...task, joinedNow: true, many: true },
    "AnyPool.starmapAsync": { ...task, told: 2, many: true },
    // Their tasks end as the results are taken; who takes them all is not followed, so the benefit of the doubt.
    "AnyPool.imap": { ...task, each: 1, joinedNow: true, many: true },
    "AnyPool.imapUnordered": { ...task, each: 1, joinedNow: true, many: true },
    "AnyPool.join": { effect: "join", thread: "this" },
    "AnyPool.joinAsync": { effect: "join", thread: "this", async: true },
    "AnyPool.terminate": { effect: "join", thread: "this" },
    "AsyncResult.get": { effect: "join", thread: "this" },
    "AsyncResult.wait": { effect: "join", thread: "this", options: 0 },
    "AsyncResult.then": { effect: "join", thread: "this", async: true },

    main: { effect: "main", body: 1 },
    ref: { effect: "task-reference", name: 1 },
  },
};
