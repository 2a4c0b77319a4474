import { AnyPool, checkedPool, type PoolOptions } from "../any-pool.js";
import { ONWARD, ProcessCrew } from "./process-crew.js";

/**
 * Processes that run tasks, with the calls of the pool of threads. What goes to and fro is copied; a thread's Queue, Lock
 * or shared value as an argument is a SerializationError. When a worker ends in the middle of a task, whatever ended it,
 * the task fails with a WorkerDiedError and another worker takes its place. Workers are daemons: they end with the program.
 * @see Python's `multiprocessing.Pool`, behaviours 119–142.
 */
export class Pool extends AnyPool {
  /**
   * A pool of `workers` processes, by default one per core; blocks until they have started, not until they are ready.
   * @throws RangeError less than one worker or task per worker
   * @throws TypeError the initializer is not a function
   * @throws SerializationError the initializer is not registered, or one of its arguments cannot travel
   * @throws StateError this process is a daemon, as workers of pools are
   */
  constructor(workers?: number, options?: PoolOptions) {
    const { size, name, plan } = checkedPool(workers, options);
    super(new ProcessCrew(size, name, plan, ONWARD));
  }
}
