/** Every error of the library: a class to catch, and a `code` that survives being sent and logged. */
export abstract class HeddleError extends Error {
  abstract readonly code: string;
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, "name", { value: new.target.name, configurable: true, writable: true });
  }
}

/** The object is not in a state in which this call makes sense (Python's RuntimeError and its relatives). */
export class StateError extends HeddleError {
  readonly code: string = "HEDDLE_STATE";
}

/** `get` found no item in time. */
export class Empty extends HeddleError {
  readonly code = "HEDDLE_EMPTY";
}

/** `put` found no room in time. */
export class Full extends HeddleError {
  readonly code = "HEDDLE_FULL";
}

/** The queue was shut down: it takes no more items, and for `get` the last one is gone. */
export class ShutDown extends HeddleError {
  readonly code = "HEDDLE_SHUT_DOWN";
}

/** A result did not arrive in time; the task goes on. */
export class TimeoutError extends HeddleError {
  readonly code = "HEDDLE_TIMEOUT";
}

/** The barrier was broken by a timeout, an abort, a failed action or the death of a party. */
export class BrokenBarrierError extends StateError {
  override readonly code = "HEDDLE_BROKEN_BARRIER";
}

/**
 * The lock's last holder ended without releasing it, so what the lock guards may be half done. Thrown once, to the next
 * acquirer: after `acquire`, `tryAcquire` and `acquireAsync` it holds the lock and decides whether to repair.
 */
export class AbandonedLockError extends HeddleError {
  readonly code = "HEDDLE_ABANDONED_LOCK";
}

/** This thread may not block; the message names the async form. */
export class BlockingNotAllowedError extends HeddleError {
  readonly code = "HEDDLE_BLOCKING_NOT_ALLOWED";
}

/** `interruptMain` was called while this thread, the main one, blocked. */
export class InterruptedError extends HeddleError {
  readonly code = "HEDDLE_INTERRUPTED";
}

/** The worker that ran the task ended before the task did. */
export class WorkerDiedError extends HeddleError {
  readonly code = "HEDDLE_WORKER_DIED";
}

/** The value cannot travel to another thread; the message says where in the value, and what to do. */
export class SerializationError extends HeddleError {
  readonly code = "HEDDLE_SERIALIZATION";
}

/** The shared memory of the program is used up; `HEDDLE_ARENA_MB` sets its size. */
export class ArenaFullError extends HeddleError {
  readonly code = "HEDDLE_ARENA_FULL";
}
