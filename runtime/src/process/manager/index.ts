/** Managers and the proxies of their objects. */
export { ArrayProxy, ValueProxy } from "./array-proxy.js";
export { DictProxy } from "./dict-proxy.js";
export { ListProxy } from "./list-proxy.js";
export {
  type ConnectOptions,
  type Engines,
  type EngineTypes,
  Manager,
  type ManagerBarrierOptions,
  type RegisterOptions,
} from "./manager.js";
export { ManagerCondition } from "./manager-condition.js";
export { ManagerLock, ManagerRLock } from "./manager-lock.js";
export type * from "./manager-pool.js"; // made by managers alone
export { ManagerBarrier, ManagerEvent, ManagerSemaphore } from "./manager-signals.js";
export { NamespaceProxy } from "./namespace-proxy.js";
export { type ArgumentsOf, type MethodOf, ObjectProxy, type ResultOf } from "./object-proxy.js";
export { QueueProxy } from "./queue-proxy.js";
export type { ManagerOptions } from "./server-start.js";
