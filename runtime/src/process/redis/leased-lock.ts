import { ManagerLock, ManagerRLock } from "../manager/manager-lock.js";
import { defineProxy } from "../manager/remote.js";
import type { OwnedLock } from "./owned.js";
import { clientOfProxy } from "./redis-client.js";

/** What a lock in Redis has beyond that of a manager. */
function ownedLock(lock: object): OwnedLock {
  const { client, id } = clientOfProxy(lock);
  return client.owned(id) as OwnedLock;
}

/**
 * A lock in Redis, for all programs that use the server: `ManagerLock`'s methods, and its errors. It is held for a lease,
 * which a thread of its own renews, also while the holder blocks. If the holder dies, or is cut off from the server for
 * longer than the lease, the next one has the lock, with an `AbandonedLockError`, and the holder's `lost` is aborted.
 * `release` does not wait for the server.
 *
 * What Redis cannot promise: a server that fails over to a replica, or starts again without `appendfsync always`, may have
 * forgotten who holds the lock, one whose clock is set forward takes a lease for over, and a holder that was stopped for
 * longer than the lease goes on before it hears of its loss. Two may believe then that they have it. What must not happen
 * twice has to look at the fencing token. The clock of a client's machine does not count.
 * @see Python's `multiprocessing.managers.SyncManager.Lock`; leases and tokens are Redis' own way.
 */
export class LeasedLock extends ManagerLock {
  /**
   * The fencing token: a number that is larger each time that the lock is taken. What it guards refuses a smaller one than
   * it has seen. Does not block. @throws StateError this thread does not hold the lock
   */
  get fence(): number {
    return ownedLock(this).tenure.fence;
  }

  /**
   * Aborted when the lease was over before it was renewed. Each time that the lock is taken there is a new one. Does not
   * block. @throws StateError this thread does not hold the lock
   */
  get lost(): AbortSignal {
    return ownedLock(this).tenure.lost.signal;
  }

  /**
   * Gives the lock back; does not wait for the server.
   * @throws StateError nobody holds it, or its lease was over before
   */
  override release(): void {
    super.release();
  }
}

/**
 * A lock in Redis that its holder, a thread of some process, may take again, and releases as often: `ManagerRLock`'s
 * methods, and its errors. Else like `LeasedLock`, also in what Redis cannot promise.
 * @see Python's `multiprocessing.managers.SyncManager.RLock`.
 */
export class LeasedRLock extends ManagerRLock {
  /** As of `LeasedLock`; taking the lock again leaves it as it is. Does not block. @throws StateError this thread does not hold the lock */
  get fence(): number {
    return ownedLock(this).tenure.fence;
  }

  /** As of `LeasedLock`. Does not block. @throws StateError this thread does not hold the lock */
  get lost(): AbortSignal {
    return ownedLock(this).tenure.lost.signal;
  }

  /**
   * Takes back one acquire; the last one frees the lock, and does not wait for the server.
   * @throws StateError this thread does not hold it, or its lease was over before
   */
  override release(): void {
    super.release();
  }
}

defineProxy(LeasedLock, "leased lock");
defineProxy(LeasedRLock, "leased rlock");
