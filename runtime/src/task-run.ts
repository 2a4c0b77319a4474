/** What a pool's task is and how it is done, in whatever kind of worker. */
import { SerializationError } from "./errors.js";

/** A function whose types the pool has checked. */
export type AnyFunction = (...args: unknown[]) => unknown;

/**
 * What a task is to do: call the function with these arguments, or once for each of these rows of arguments. Of `rows`
 * the first error ends the task, of `each` every row has an outcome of its own.
 */
export interface PoolTask {
  readonly run: AnyFunction;
  readonly args?: readonly unknown[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly items?: readonly unknown[];
  readonly each?: readonly unknown[];
}

/** What came of it. */
export type PoolResult = { readonly value: unknown } | { readonly error: unknown };

/** Throws a SerializationError if the value cannot go back to the pool. */
export type Travels = (value: unknown) => void;

/** Does it. @throws whatever the function throws */
export async function runTask({ run: call, args, items, rows, each }: PoolTask, travels: Travels): Promise<unknown> {
  if (args !== undefined) return call(...args);
  const values: unknown[] = [];
  for (const item of items ?? []) {
    const value = call(item);
    values.push(isPromise(value) ? await value : value);
  }
  for (const row of rows ?? []) {
    const value = call(...row);
    values.push(isPromise(value) ? await value : value);
  }
  for (const item of each ?? []) values.push(await outcomeOf(call, item, travels));
  return values;
}

/** An await costs more than all else about a small task, so only what asks for it gets one. */
function isPromise(value: unknown): boolean {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** An outcome that can travel. */
async function outcomeOf(run: AnyFunction, item: unknown, travels: Travels): Promise<PoolResult> {
  try {
    const outcome = { value: await run(item) };
    travels(outcome);
    return outcome;
  } catch (error) {
    return { error: sendable(error, travels) };
  }
}

/** The error, or if it cannot travel what of it can: class, message and stack, with what kept it as its cause. */
export function sendable(error: unknown, travels: Travels): unknown {
  try {
    travels({ error });
    return error;
  } catch (reason) {
    const cause = reason instanceof SerializationError ? reason : new Error(String(reason));
    if (!(error instanceof Error)) return cause;
    const { message, stack } = error;
    return Object.create(error, {
      message: { value: message },
      stack: { value: stack },
      cause: { value: cause },
      errors: { value: [] },
    });
  }
}
