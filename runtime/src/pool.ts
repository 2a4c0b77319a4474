import { AnyPool, checkedPool, type PoolOptions } from "./any-pool.js";
import { ThreadCrew } from "./thread-crew.js";

/**
 * Threads that run tasks: Python's multiprocessing.Pool. Methods belong to the thread that made the pool. When a worker
 * ends in the middle of a task, the task fails with a WorkerDiedError and another worker takes its place. A pool that is
 * left open does not keep the program alive; a result that somebody waits for, and a callback, do.
 * @see Python's `multiprocessing.pool.ThreadPool`, behaviours 119–142.
 */
export class Pool extends AnyPool {
  /**
   * A pool of `workers` threads, by default one per core. Does not wait until they run.
   * @throws RangeError less than one worker or task per worker
   * @throws TypeError the initializer is not a function
   * @throws SerializationError the initializer is not registered, or one of its arguments cannot travel
   */
  constructor(workers?: number, options?: PoolOptions) {
    const { size, name, plan } = checkedPool(workers, options);
    super(new ThreadCrew(size, name, plan));
  }
}
