/// <reference lib="esnext.disposable" preserve="true" />
/// <reference lib="es2023.array" preserve="true" />

import "./begin.js"; // where a bundle is what a worker begins with

export type { Abort } from "./abort.js";
export type { AsyncMapOptions, MapOptions, PoolOptions } from "./any-pool.js";
export { AsyncResult, type ResultOptions } from "./async-result.js";
export { Barrier, type BarrierOptions } from "./barrier.js";
export { Condition } from "./condition.js";
export type { TimeoutOptions } from "./deadline.js";
export { TIMEOUT_MAX } from "./deadline.js";
export type { ElementType, ValueOf, ValueType, ViewOf } from "./elements.js";
export * from "./errors.js";
export { type AsyncWaitOptions, Event } from "./event.js";
export { type ExceptHook, type ExceptHookArgs, excepthook, setExcepthook } from "./excepthook.js";
export { Held } from "./held.js";
export { interruptMain } from "./interrupt-main.js";
export { LifoQueue } from "./lifo-queue.js";
export { Lock, type LockOptions } from "./lock.js";
export { lockAll, lockAllAsync } from "./lock-all.js";
export type { AcquireOptions, AsyncAcquireOptions, Lockable, SynchronousBody } from "./lockable.js";
export { main } from "./main.js";
export type { NameOptions } from "./names.js";
export { once, onceAsync } from "./once.js";
export { Pool } from "./pool.js";
export type { AsyncNextOptions, PoolIterator } from "./pool-iterator.js";
export { type Prioritized, PriorityQueue } from "./priority-queue.js";
export { Queue, type QueueWaitOptions, type ShutdownOptions } from "./queue.js";
export { RawArray } from "./raw-array.js";
export { RawValue } from "./raw-value.js";
export { ref } from "./ref.js";
export { RLock } from "./rlock.js";
export { type ReadLock, RWLock, type WriteLock } from "./rwlock.js";
export { BoundedSemaphore, Semaphore } from "./semaphore.js";
export { attach, type SharedContent, type SharedHandle, share } from "./share.js";
export { SharedArray } from "./shared-array.js";
export { SharedList } from "./shared-list.js";
export { type SharedKey, SharedMap } from "./shared-map.js";
export { type SharedDataOptions, SharedValue } from "./shared-value.js";
export { SimpleQueue } from "./simple-queue.js";
export { sleep, sleepAsync } from "./sleep.js";
export { type Synchronize, synchronized } from "./synchronized.js";
export { TaskLocal } from "./task-local.js";
export { type ModuleUrl, type Tasks, tasks } from "./tasks.js";
export { activeCount, currentThread, enumerate, getIdent, mainThread, Thread, type ThreadOptions } from "./thread.js";
export { ThreadLocal } from "./thread-local.js";
export { Timer } from "./timer.js";
