/// <reference lib="esnext.disposable" preserve="true" />

import "../index.js";

export { Barrier as ManagerBarrier } from "../barrier.js";
export { Condition as ManagerCondition } from "../condition.js";
export { Event as ManagerEvent } from "../event.js";
export { Lock as ManagerLock } from "../lock.js";
export { Pool } from "../pool.js";
export { ArrayProxy, ValueProxy } from "../process/manager/array-proxy.js";
export { DictProxy } from "../process/manager/dict-proxy.js";
export { ListProxy } from "../process/manager/list-proxy.js";
export { NamespaceProxy } from "../process/manager/namespace-proxy.js";
export { type ArgumentsOf, type MethodOf, ObjectProxy, type ResultOf } from "../process/manager/object-proxy.js";
export { Queue as QueueProxy } from "../queue.js";
export { RLock as ManagerRLock } from "../rlock.js";
export { Semaphore as ManagerSemaphore } from "../semaphore.js";
export { Connection, Pipe, type RecvBytesOptions, type SendBytesOptions } from "./connection.js";
export {
  type ConnectOptions,
  Manager,
  type ManagerBarrierOptions,
  type ManagerOptions,
  type RegisterOptions,
} from "./manager.js";
export {
  activeChildren,
  cpuCount,
  currentProcess,
  type ParentProcess,
  Process,
  type ProcessOptions,
  parentProcess,
} from "./process.js";
export { JoinableQueue, type ProcessQueueOptions, Queue, SimpleQueue } from "./queue.js";
export { type Waitable, wait, waitAsync } from "./wait.js";
