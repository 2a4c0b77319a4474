import { ManagerCondition } from "../manager/manager-condition.js";
import { ManagerSemaphore } from "../manager/manager-signals.js";
import { defineProxy } from "../manager/remote.js";
import type { OwnedSemaphore } from "./owned.js";
import { clientOfProxy } from "./redis-client.js";

/**
 * Permits in Redis, for all programs that use the server: `ManagerSemaphore`'s methods, and its errors. A permit is had for
 * a lease, which is renewed; of a client that dies, or is cut off for longer, it is free again.
 *
 * What Redis cannot promise: after a failover, a start without `appendfsync always`, or when the server's clock is set
 * forward, there may be more permits out than there are.
 * @see Python's `multiprocessing.managers.SyncManager.Semaphore` and `BoundedSemaphore`.
 */
export class LeasedSemaphore extends ManagerSemaphore {
  /** Aborted when the lease of one of this thread's permits was over before it was renewed; a new one with the next permit. Does not block. */
  get lost(): AbortSignal {
    const { client, id } = clientOfProxy(this);
    return (client.owned(id) as OwnedSemaphore).lossSignal;
  }
}

defineProxy(LeasedSemaphore, "leased semaphore", "leased bounded semaphore");
// What a condition has beyond its lock is nobody's.
defineProxy(ManagerCondition, "leased condition");
