/** Redis in place of a manager's server. */
export { Delivery } from "../engine/delivery.js";
export { DurableQueue } from "./durable-queue.js";
export { LeasedLock, LeasedRLock } from "./leased-lock.js";
export { LeasedSemaphore } from "./leased-semaphore.js";
export {
  type DurableQueueOptions,
  type LeaseOptions,
  RedisManager,
  type RedisOptions,
  type RemotePoolOptions,
} from "./redis-manager.js";
export { RemotePool } from "./remote-pool.js";
