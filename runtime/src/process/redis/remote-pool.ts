import { availableParallelism } from "node:os";
import { AnyPool } from "../../any-pool.js";
import type { Begun } from "../engine/engine-line.js";
import { RemoteCrew, type RemoteCrewPlan } from "../engine/remote-crew.js";

/**
 * Tasks for workers anywhere, which wait for them at a server of Redis: `heddle worker --url redis://… --module work.js`. It has
 * the calls of the pool of processes. A task whose worker dies is done by another one, so that it may be done twice; after
 * `retries` such times it fails with a `WorkerDiedError`. `cancel` takes no task back, and `terminate` ends no worker: it
 * gives up the results. Without a worker tasks wait; what came of one waits at its worker while the server has no memory left.
 *
 * What Redis cannot promise: tasks and results are lost with the server's memory, as the items of a `DurableQueue` are.
 * @see Python's `multiprocessing.Pool`, behaviours 119–142, with workers that somebody else starts.
 */
export class RemotePool extends AnyPool {
  /** @internal */
  constructor(plan: Omit<RemoteCrewPlan<Begun>, "size"> & { readonly size: number | undefined }) {
    super(new RemoteCrew({ ...plan, size: plan.size ?? availableParallelism() }));
  }
}
