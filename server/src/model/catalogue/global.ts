import type { Effect, LibraryModel } from "./format.js";

const now: Effect = { effect: "invoke", body: 0, when: "now" };
const forEach: Effect = { effect: "invoke", body: 0, when: "now", many: true };
const later: Effect = { effect: "invoke", body: 0, when: "later" };
const update: Effect = { effect: "access", object: 0, index: 1, access: "update", order: "notifies" };
/** What a lock is made of: who finds the value it looks for goes on, and others come after. */
const exchange: Effect = { ...update, order: "both" };

/** Array methods that call their argument for every element before they return. */
const iterations = ["forEach", "map", "filter", "some", "every", "find", "findIndex", "findLast", "flatMap", "reduce"];
const collections = ["Array", "ReadonlyArray", "Map", "ReadonlyMap", "Set", "ReadonlySet"];

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
    "Atomics.load": { effect: "access", object: 0, index: 1, access: "read", order: "waits" },
    "Atomics.store": { effect: "access", object: 0, index: 1, access: "write", order: "notifies" },
    "Atomics.add": update,
    "Atomics.sub": update,
    "Atomics.and": update,
    "Atomics.or": update,
    "Atomics.xor": update,
    "Atomics.exchange": exchange,
    "Atomics.compareExchange": exchange,
    "Atomics.wait": { effect: "wait", on: 0, index: 1 },
    "Atomics.waitAsync": { effect: "wait", on: 0, index: 1 },
    "Atomics.notify": { effect: "notify", on: 0, index: 1 },
    ...Object.fromEntries(collections.flatMap((name) => iterations.map((method) => [`${name}.${method}`, forEach]))),
    "ArrayConstructor.from": { effect: "invoke", body: 1, when: "now", many: true },
    "PromiseConstructor.constructor": now,
    "Promise.then": later,
    "Promise.catch": later,
    "Promise.finally": later,
    setTimeout: later,
    setInterval: later,
    setImmediate: later,
    queueMicrotask: later,
  },
};
