import type { Operand } from "./format.js";

/**
 * What becomes of an object when a message copies it, by the structured-clone algorithm and what Node.js makes of it.
 * `throws`: no message can hold it. `moves`: only where the message takes it along. What is in no list is copied.
 */
export type CloneFate = "throws" | "moves";

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

/** By the key of a class. */
export const cloneFates: ReadonlyMap<string, CloneFate> = new Map([
  ...entries(throwing, "throws"),
  ...entries(moving, "moves"),
]);

function entries(names: Readonly<Record<string, readonly string[]>>, fate: CloneFate): readonly [string, CloneFate][] {
  return Object.entries(names).flatMap(([module, classes]) =>
    classes.map((name): [string, CloneFate] => [`${module}/${name}`, fate]),
  );
}

/** By the key of what is called: the value that is copied. */
export const cloningCalls: ReadonlyMap<string, Operand> = new Map([
  ...[
    "worker_threads/Worker",
    "worker_threads/MessagePort",
    "worker_threads/BroadcastChannel",
    "global/Worker",
    "global/MessagePort",
    "global/BroadcastChannel",
    "global/ServiceWorker",
    "global/Client",
    "global/Window",
    "global/DedicatedWorkerGlobalScope",
  ].map((key): [string, Operand] => [`${key}.postMessage`, 0]),
  ["global/postMessage", 0],
  ["global/structuredClone", 0],
  ["worker_threads/Worker.constructor", { argument: 1, property: "workerData" }],
]);
