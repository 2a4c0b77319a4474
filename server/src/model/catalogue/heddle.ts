import type { LibraryModel } from "./format.js";

const acquire = { effect: "acquire", lock: "this", gives: "boolean", options: 0 } as const;
const hold = { effect: "acquire", lock: "this", gives: "guard", options: 0 } as const;
const section = { effect: "section", lock: "this", body: 0 } as const;
const wait = { effect: "wait", on: "this" } as const;
const notify = { effect: "notify", on: "this" } as const;
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
    SharedValue: { kind: "value", shared: true, options: 2, ownLock: true },
    RawValue: { kind: "value", shared: true, options: 2 },
    SharedArray: { kind: "view", shared: true, options: 2, ownLock: true },
    RawArray: { kind: "view", shared: true, options: 2 },
    Barrier: { kind: "other", shared: true, options: 1 },
    Event: { kind: "other", shared: true, options: 0 },
    Queue: { kind: "other", shared: true, options: 1 },
    LifoQueue: { kind: "other", shared: true, options: 1 },
    PriorityQueue: { kind: "other", shared: true, options: 1 },
    SimpleQueue: { kind: "other", shared: true, options: 0 },
    Thread: { kind: "thread", shared: false },
    Pool: { kind: "other", shared: false },
  },
  members: {
    "Lock.acquire": acquire,
    "Lock.acquireAsync": { ...acquire, async: true },
    "Lock.tryAcquire": { effect: "acquire", lock: "this", gives: "boolean", tries: true },
    "Lock.release": { effect: "release", lock: "this" },
    "Lock.hold": hold,
    "Lock.holdAsync": { ...hold, async: true },
    "Lock.withLock": section,
    "Lock.withLockAsync": { ...section, async: true },
    "Held.release": { effect: "dispose" },
    "Held.dispose": { effect: "dispose" },
    "Held.__@dispose": { effect: "dispose" },

    "SharedValue.value": { effect: "cell" },
    "RawValue.value": { effect: "cell" },
    "SharedValue.add": { effect: "access", object: "this", access: "update", order: "notifies" },
    "SharedValue.getLock": { effect: "part", step: "getLock()" },
    "SharedArray.getLock": { effect: "part", step: "getLock()" },

    "Queue.put": notify,
    "Queue.putNowait": notify,
    "Queue.putAsync": notify,
    "Queue.get": wait,
    "Queue.getNowait": wait,
    "Queue.getAsync": wait,
    "Queue.taskDone": notify,
    "Queue.join": wait,
    "Queue.joinAsync": wait,
    "Queue.shutdown": notify,
    "PriorityQueue.put": notify,
    "PriorityQueue.putAsync": notify,
    "SimpleQueue.put": notify,
    "SimpleQueue.putNowait": notify,
    "SimpleQueue.putAsync": notify,
    "SimpleQueue.get": wait,
    "SimpleQueue.getNowait": wait,
    "SimpleQueue.getAsync": wait,
    "Event.set": notify,
    "Event.isSet": wait,
    "Event.wait": wait,
    "Event.waitAsync": wait,
    "Barrier.wait": { effect: "meet" },
    "Barrier.waitAsync": { effect: "meet" },

    "Thread.constructor": {
      effect: "spawn",
      noun: "thread",
      target: { argument: 0, property: "target" },
      args: { argument: 0, property: "args" },
      startsNow: false,
      joinable: true,
      method: "run",
    },
    "Thread.start": { effect: "start", thread: "this" },
    "Thread.join": { effect: "join", thread: "this", options: 0 },
    "Thread.joinAsync": { effect: "join", thread: "this", options: 0 },

    "Pool.apply": { ...task, args: 1, joinedNow: true },
    "Pool.applyAsync": { ...task, args: 1 },
    "Pool.map": { ...task, each: 1, joinedNow: true, many: true },
    "Pool.mapAsync": { ...task, each: 1, many: true },
    "Pool.join": { effect: "join", thread: "this" },
    "Pool.joinAsync": { effect: "join", thread: "this" },
    "Pool.terminate": { effect: "join", thread: "this" },
    "AsyncResult.get": { effect: "join", thread: "this" },
    "AsyncResult.wait": { effect: "join", thread: "this", options: 0 },
    "AsyncResult.then": { effect: "join", thread: "this" },

    main: { effect: "main", body: 1 },
    ref: { effect: "task-reference", name: 1 },
  },
};
