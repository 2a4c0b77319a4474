import type { Effect, LibraryModel } from "./format.js";

const now: Effect = { effect: "invoke", body: 0, when: "now" };
const forEach: Effect = { effect: "invoke", body: 0, when: "now", many: true };
const later: Effect = { effect: "invoke", body: 0, when: "later" };
const timer: Effect = { ...later, drops: true };
const atomic = { effect: "access", object: 0, index: 1, operation: "other" } as const;
const update = { ...atomic, access: "update", order: "notifies", stores: 2 } as const;
/** What a lock is made of: who finds the value it looks for goes on, and others come after. */
const exchange = { ...atomic, access: "update", order: "both", stores: 2 } as const;

/** Array methods that call their argument for every element before they return. */
const iterations = ["forEach", "map", "filter", "some", "every", "find", "findIndex", "findLast", "flatMap", "reduce"];
const collections = ["Array", "ReadonlyArray", "Map", "ReadonlyMap", "Set", "ReadonlySet"];

/** By class, the methods that do not throw whatever they are given. */
const plain: Readonly<Record<string, readonly string[]>> = {
  Console: ["log", "info", "warn", "error", "debug", "trace", "time", "timeEnd", "count", "table"],
  Math: ["abs", "ceil", "floor", "max", "min", "pow", "random", "round", "sign", "sqrt", "trunc", "log", "log2", "sin"],
  DateConstructor: ["now"],
  Performance: ["now"],
  Array: ["at", "includes", "indexOf", "join", "pop", "shift", "slice", "unshift"],
  ReadonlyArray: ["at", "includes", "indexOf", "join", "slice"],
  Map: ["clear", "delete", "get", "has", "keys", "values", "entries"],
  ReadonlyMap: ["get", "has", "keys", "values", "entries"],
  Set: ["clear", "delete", "has", "keys", "values", "entries"],
  ReadonlySet: ["has", "keys", "values", "entries"],
  String: ["endsWith", "includes", "indexOf", "slice", "split", "startsWith", "toLowerCase", "toUpperCase", "trim"],
  NumberConstructor: ["isFinite", "isInteger", "isNaN", "parseFloat", "parseInt"],
  ArrayConstructor: ["isArray"],
};

/** What the language and the platform bring without an import. */
export const global: LibraryModel = {
  module: "global",
  classes: {
    SharedArrayBuffer: { kind: "buffer", shared: true },
    Int8Array: { kind: "view", shared: false },
    Uint8Array: { kind: "view", shared: false },
    Uint8ClampedArray: { kind: "view", shared: false },
    Int16Array: { kind: "view", shared: false },
    Uint16Array: { kind: "view", shared: false },
    Int32Array: { kind: "view", shared: false },
    Uint32Array: { kind: "view", shared: false },
    Float32Array: { kind: "view", shared: false },
    Float64Array: { kind: "view", shared: false },
    BigInt64Array: { kind: "view", shared: false },
    BigUint64Array: { kind: "view", shared: false },
  },
  members: {
    fetch: { effect: "outside", does: "read", method: 1, refuses: true },
    "Atomics.load": { ...atomic, access: "read", order: "waits" },
    "Atomics.store": { ...atomic, access: "write", order: "notifies", stores: 2 },
    "Atomics.add": { ...update, adds: 2 },
    "Atomics.sub": { ...update, subtracts: 2 },
    "Atomics.and": update,
    "Atomics.or": update,
    "Atomics.xor": update,
    "Atomics.exchange": exchange,
    "Atomics.compareExchange": { ...exchange, operation: "compare-exchange", stores: 3 },
    "Atomics.wait": { effect: "wait", on: 0, index: 1, pauses: "thread", options: 3, operation: "wait" },
    "Atomics.waitAsync": { effect: "wait", on: 0, index: 1, pauses: "task", options: 3, operation: "wait" },
    "Atomics.notify": { effect: "notify", on: 0, index: 1, operation: "notify" },
    ...Object.fromEntries(collections.flatMap((name) => iterations.map((method) => [`${name}.${method}`, forEach]))),
    ...Object.fromEntries(
      Object.entries(plain).flatMap(([name, methods]) =>
        methods.map((method): [string, Effect] => [`${name}.${method}`, { effect: "plain" }]),
      ),
    ),
    // What stands between the name and the callback are options, some of which let it give up.
    "LockManager.request": { effect: "section", lock: 0, named: true, body: -1, async: true },
    Number: { effect: "plain" },
    "AbortController.abort": { effect: "abort" },
    clearTimeout: { effect: "plain" },
    clearInterval: { effect: "plain" },
    "Array.push": { effect: "keep", value: 0 },
    "Set.add": { effect: "keep", value: 0 },
    "Map.set": { effect: "keep", value: 1 },
    "ArrayConstructor.from": { effect: "invoke", body: 1, when: "now", many: true },
    "PromiseConstructor.constructor": now,
    "Promise.then": later,
    "Promise.catch": later,
    "Promise.finally": later,
    setTimeout: timer,
    setInterval: timer,
    setImmediate: timer,
    queueMicrotask: timer,
  },
};
