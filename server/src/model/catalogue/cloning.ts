import type { Operand } from "./format.js";

/**
 * What becomes of an object when a message copies it, by the structured-clone algorithm and what Node.js makes of it.
 * `throws`: no message can hold it. `moves`: only where the message takes it along. `view`: copied, but what a message can
 * take along is the buffer. `shared`: both sides have it, so that nobody can take it along. What is in no list is copied.
 */
export type CloneFate = "throws" | "moves" | "view" | "shared";

const throwing: Readonly<Record<string, readonly string[]>> = {
  global: [
    "Promise",
    "WeakMap",
    "WeakSet",
    "WeakRef",
    "FinalizationRegistry",
    "Generator",
    "AsyncGenerator",
    "IterableIterator",
    "MapIterator",
    "SetIterator",
    "ArrayIterator",
    "StringIterator",
    "IteratorObject",
    "Collator",
    "NumberFormat",
    "DateTimeFormat",
    "PluralRules",
    "Segmenter",
    "Instance",
    "Table",
    // Of browsers: what is a part of the page, or tells of one.
    "Node",
    "Element",
    "HTMLElement",
    "HTMLCanvasElement",
    "HTMLImageElement",
    "HTMLVideoElement",
    "HTMLInputElement",
    "Document",
    "Window",
    "MouseEvent",
    "KeyboardEvent",
    "Worker",
    "Timeout",
  ],
  worker_threads: ["Worker"],
  timers: ["Timeout"],
  child_process: ["ChildProcess", "ChildProcessWithoutNullStreams"],
  net: ["Socket"],
  tls: ["TLSSocket"],
  http: ["ClientRequest", "IncomingMessage", "ServerResponse", "Agent", "Server"],
  fs: ["WriteStream", "FSWatcher"],
  readline: ["Interface"],
  stream: ["Writable", "Duplex", "Transform", "PassThrough"],
  zlib: ["Gzip", "Gunzip", "Deflate", "Inflate"],
};

const moving: Readonly<Record<string, readonly string[]>> = {
  global: ["MessagePort", "OffscreenCanvas", "ReadableStream", "WritableStream", "TransformStream"],
  worker_threads: ["MessagePort"],
  "stream/web": ["ReadableStream", "WritableStream", "TransformStream"],
  "fs/promises": ["FileHandle"],
};

const views: Readonly<Record<string, readonly string[]>> = {
  global: [
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
    "DataView",
    "Buffer",
  ],
  buffer: ["Buffer"],
};

/** By the key of a class. */
export const cloneFates: ReadonlyMap<string, CloneFate> = new Map([
  ...entries(throwing, "throws"),
  ...entries(moving, "moves"),
  ...entries(views, "view"),
  ["global/SharedArrayBuffer", "shared"],
]);

function entries(names: Readonly<Record<string, readonly string[]>>, fate: CloneFate): readonly [string, CloneFate][] {
  return Object.entries(names).flatMap(([module, classes]) =>
    classes.map((name): [string, CloneFate] => [`${module}/${name}`, fate]),
  );
}

/** The value that a call copies, and the list of what goes along with it. */
export interface CloningCall {
  readonly message: Operand;
  readonly list: Operand | undefined;
}

const posting: CloningCall = { message: 0, list: 1 };

/** By the key of what is called. */
export const cloningCalls: ReadonlyMap<string, CloningCall> = new Map([
  ...[
    "worker_threads/Worker",
    "worker_threads/MessagePort",
    "global/Worker",
    "global/MessagePort",
    "global/ServiceWorker",
    "global/Client",
    "global/DedicatedWorkerGlobalScope",
  ].map((key): [string, CloningCall] => [`${key}.postMessage`, posting]),
  ...["worker_threads/BroadcastChannel", "global/BroadcastChannel"].map((key): [string, CloningCall] => [
    `${key}.postMessage`,
    { message: 0, list: undefined },
  ]),
  ["global/Window.postMessage", posting],
  ["global/postMessage", posting],
  ["global/structuredClone", { message: 0, list: { argument: 1, property: "transfer" } }],
  [
    "worker_threads/Worker.constructor",
    { message: { argument: 1, property: "workerData" }, list: { argument: 1, property: "transferList" } },
  ],
]);

/** A call that gives a message to another process. */
export interface ProcessCall {
  readonly message: Operand;
  /** What it does with what only threads share: an error, or an empty object that arrives. */
  readonly fails: boolean;
  /** The message is only walked here: what is sent are its elements, and any iterable will do. */
  readonly walked?: true;
  /** The function that is called there with what the message holds. */
  readonly task?: Operand;
}

const piped: ProcessCall = { message: 0, fails: false };
const encoded: ProcessCall = { message: 0, fails: true };

/** What gives a message to another process, by its key. What threads share, processes do not. */
export const processCalls: ReadonlyMap<string, ProcessCall> = new Map<string, ProcessCall>([
  ["child_process/ChildProcess.send", piped],
  ["cluster/Worker.send", piped],
  ["global/Process.send", piped],
  [
    "heddle/process/Process.constructor",
    { message: { argument: 0, property: "args" }, fails: true, task: { argument: 0, property: "target" } },
  ],
  ["heddle/process/Connection.send", encoded],
  ["heddle/process/Connection.sendAsync", encoded],
  ["heddle/process/Queue.put", encoded],
  ["heddle/process/Queue.putNowait", encoded],
  ["heddle/process/Queue.putAsync", encoded],
  ["heddle/process/SimpleQueue.put", encoded],
  ["heddle/process/SimpleQueue.putAsync", encoded],
]);

const task: ProcessCall = { message: 1, fails: true, task: 0 };
const eachTask: ProcessCall = { ...task, walked: true };

/** The same of pools, as far as their workers are processes. */
export const processTasks: ReadonlyMap<string, ProcessCall> = new Map<string, ProcessCall>([
  ["heddle/AnyPool.apply", task],
  ["heddle/AnyPool.applyAsync", task],
  ["heddle/AnyPool.map", eachTask],
  ["heddle/AnyPool.mapAsync", eachTask],
  ["heddle/AnyPool.starmap", eachTask],
  ["heddle/AnyPool.starmapAsync", eachTask],
  ["heddle/AnyPool.imap", eachTask],
  ["heddle/AnyPool.imapUnordered", eachTask],
]);
