/**
 * Every error of the library: a class to catch, and a `code` that survives being sent and logged.
 * @see Python's `Exception`.
 */
export abstract class HeddleError extends Error {
  /** A name that survives being sent and logged: `HEDDLE_STATE` and the like. */
  abstract readonly code: string;
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, "name", { value: new.target.name, configurable: true, writable: true });
  }
}

/**
 * The object is not in a state in which this call makes sense (Python's RuntimeError and its relatives).
 * @see Python's `RuntimeError`, and what `AssertionError` and `ValueError` say of a state.
 */
export class StateError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code: string = "HEDDLE_STATE";
}

/**
 * `get` found no item in time.
 * @see Python's `queue.Empty`, behaviours 73–74.
 */
export class Empty extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_EMPTY";
}

/**
 * `put` found no room in time.
 * @see Python's `queue.Full`, behaviours 73–74.
 */
export class Full extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_FULL";
}

/**
 * The queue was shut down: it takes no more items, and for `get` the last one is gone.
 * @see Python's `queue.ShutDown`, behaviour 87.
 */
export class ShutDown extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_SHUT_DOWN";
}

/**
 * A result did not arrive in time; the task goes on.
 * @see Python's `multiprocessing.TimeoutError`, behaviour 129.
 */
export class TimeoutError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_TIMEOUT";
}

/**
 * The barrier was broken by a timeout, an abort, a failed action or the death of a party.
 * @see Python's `threading.BrokenBarrierError`, behaviour 46.
 */
export class BrokenBarrierError extends StateError {
  /** What tells the class where it is lost, as in logs. */
  override readonly code = "HEDDLE_BROKEN_BARRIER";
}

/**
 * The lock's last holder ended without releasing it, so what the lock guards may be half done. Thrown once, to the next
 * acquirer: after `acquire`, `tryAcquire` and `acquireAsync` it holds the lock and decides whether to repair.
 * @see Python has none: a lock whose holder ended stays locked there.
 */
export class AbandonedLockError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_ABANDONED_LOCK";
}

/**
 * This thread may not block; the message names the async form.
 * @see Python has none; every thread may block there.
 */
export class BlockingNotAllowedError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_BLOCKING_NOT_ALLOWED";
}

/**
 * `interruptMain` was called while this thread, the main one, blocked.
 * @see Python's `KeyboardInterrupt`, behaviour 65.
 */
export class InterruptedError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_INTERRUPTED";
}

/**
 * The worker that ran the task ended before the task did.
 * @see Python's `concurrent.futures.process.BrokenProcessPool`, behaviour 140.
 */
export class WorkerDiedError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_WORKER_DIED";
}

/**
 * The value cannot travel to another thread; the message says where in the value, and what to do.
 * @see Python's `pickle.PicklingError` and `MaybeEncodingError`, behaviour 137.
 */
export class SerializationError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_SERIALIZATION";
}

/**
 * The shared memory of the program is used up; `HEDDLE_ARENA_MB` sets its size.
 * @see Python's `MemoryError`.
 */
export class ArenaFullError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_ARENA_FULL";
}

/**
 * The other end of a connection is closed, or was with its process.
 * @see Python's `EOFError` and `BrokenPipeError`, behaviour 115.
 */
export class ConnectionClosedError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_CONNECTION_CLOSED";
}

/**
 * The other side of a connection does not know the same secret.
 * @see Python's `multiprocessing.AuthenticationError`, behaviour 149.
 */
export class AuthenticationError extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_AUTHENTICATION";
}

/**
 * The engine behind a manager cannot do this, and the message says why.
 * @see Python's `NotImplementedError`.
 */
export class Unsupported extends HeddleError {
  /** What tells the class where it is lost, as in logs. */
  readonly code = "HEDDLE_UNSUPPORTED";
}

// Minifiers rename classes, and errors are told apart by name when they come from another thread.
for (const [name, type] of Object.entries({
  StateError,
  Empty,
  Full,
  ShutDown,
  TimeoutError,
  BrokenBarrierError,
  AbandonedLockError,
  BlockingNotAllowedError,
  InterruptedError,
  WorkerDiedError,
  SerializationError,
  ArenaFullError,
  ConnectionClosedError,
  AuthenticationError,
  Unsupported,
})) {
  Object.defineProperty(type, "name", { value: name, configurable: true });
}
