/// <reference lib="esnext.disposable" preserve="true" />

import "../index.js"; // a process has threads, too
import "./rabbitmq/index.js"; // so that Manager.connect knows their addresses
import "./redis/index.js";

export { Connection, Pipe, type RecvBytesOptions, type SendBytesOptions } from "./connection.js";
export * from "./manager/index.js";
export { Pool } from "./pool.js";
export {
  activeChildren,
  cpuCount,
  currentProcess,
  type ParentProcess,
  Process,
  type ProcessOptions,
  parentProcess,
} from "./process.js";
export { JoinableQueue, type ProcessQueueOptions, Queue, SimpleQueue } from "./queue.js";
// Made by managers alone: there is nothing to construct.
export type * from "./rabbitmq/index.js";
export type * from "./redis/index.js";
export { type Waitable, wait, waitAsync } from "./wait.js";
