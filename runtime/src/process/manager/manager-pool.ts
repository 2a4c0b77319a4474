import { AnyPool, checkedPool, type PoolOptions } from "../../any-pool.js";
import { ManagedCrew } from "./managed-crew.js";
import type { ManagerClient } from "./manager-client.js";

/**
 * Processes that run tasks where the manager's server is, perhaps on another host, with the calls of the pool of processes. The
 * server starts them. When one ends in the middle of a task, the task fails with a WorkerDiedError and another one takes its
 * place. The pool is the thread's that made it: with that it ends, and with the server, which is a ConnectionClosedError for
 * each of its tasks. The files of the tasks are where they are here.
 * @see Python's `multiprocessing.managers.SyncManager.Pool`, behaviours 119–142.
 */
export class ManagerPool extends AnyPool {
  /** @internal */
  constructor(client: ManagerClient, workers: number | undefined, options: PoolOptions | undefined) {
    const { name, plan } = checkedPool(workers, options);
    super(new ManagedCrew(client, workers, name, plan));
  }
}
