import { Lockable } from "./lockable.js";
import { RLock } from "./rlock.js";

type AnyFunction = (this: never, ...args: never[]) => unknown;

/** What `synchronized` returns: wraps a function, or decorates a method, with or without `experimentalDecorators`. */
export interface Synchronize {
  <F extends AnyFunction>(fn: F, context?: { readonly kind: "method" }): F;
  <F extends AnyFunction>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<F>): void;
}

/**
 * Makes a function run under a lock: `const add = synchronized(lock)((n: number) => …)`, or `@synchronized("stock")`
 * before a method. A text is the name of the program's RLock of that name, so that such functions may call each other.
 * A function declared `async` awaits the lock and holds it until its promise is settled; any other blocks, and must not
 * return a promise, which would be a TypeError.
 * @see Python has none; a decorator that every tutorial writes.
 */
export function synchronized(lock: Lockable | string): Synchronize {
  if (typeof lock !== "string" && !(lock instanceof Lockable)) {
    throw new TypeError("synchronized() needs a lock, or the name of one: a lock that nobody else has guards nothing.");
  }
  const guard = typeof lock === "string" ? new RLock({ name: lock }) : lock;
  const synchronize = (fn: unknown, _: unknown, descriptor?: TypedPropertyDescriptor<AnyFunction>): unknown => {
    if (descriptor?.value === undefined) return guarded(guard, fn as AnyFunction);
    descriptor.value = guarded(guard, descriptor.value);
    return undefined;
  };
  return synchronize as Synchronize;
}

const AsyncFunction = (async () => {}).constructor;

function guarded(lock: Lockable, fn: AnyFunction): AnyFunction {
  if (typeof fn !== "function") throw new TypeError("Only functions and methods can be synchronized.");
  const isAsync = fn instanceof AsyncFunction;
  const run = function (this: unknown, ...args: unknown[]): unknown {
    const call = (): unknown => Reflect.apply(fn, this, args);
    return isAsync ? lock.withLockAsync(call) : lock.withLock(() => settled(fn, call()) as never);
  };
  return Object.defineProperty(run, "name", { value: fn.name });
}

function settled(fn: { readonly name: string }, result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  throw new TypeError(`${fn.name || "The function"} returned a promise, which outlives the lock: declare it async.`);
}
