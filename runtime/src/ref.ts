import { StateError } from "./errors.js";
import { isolate } from "./isolate.js";
import type { Registered, TaskName } from "./task-name.js";
import { type ModuleUrl, moduleUrl } from "./tasks.js";

type Callable = (...args: never[]) => unknown;

/** The names of a module's functions; any name where the type is a function's own. */
export type TaskNames<T> = T extends Callable
  ? string
  : { [N in keyof T]: T[N] extends Callable ? N : never }[keyof T] & string;

type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never;
type Returned<F> = F extends (...args: never[]) => infer R ? R : never;

/**
 * What a reference can be used as. TypeScript does not infer a name beside an explicit module type, so with the module
 * type alone only the result is known, and it is that of any of the module's functions.
 */
export type TaskReference<T, N> = T extends Callable
  ? T
  : IsUnion<N> extends true
    ? // biome-ignore lint/suspicious/noExplicitAny: with `never` or `unknown` instead, no arguments could be given.
      (...args: any[]) => Returned<T[N & keyof T]>
    : T[N & keyof T];

/**
 * Names a task of another module without loading it here: `ref<typeof import("./work.js")>(url, "square")`. The result
 * can be a thread's target or a pool's task; calling it is a StateError. Arguments are checked with the name as second
 * type argument, or with the function's own type: `ref<typeof import("./work.js").square>(url, "square")`.
 * @see Python has none; functions are sent by their names there.
 */
export function ref<T, N extends TaskNames<T> = TaskNames<T>>(url: string | ModuleUrl, name: N): TaskReference<T, N> {
  if (typeof name !== "string" || name === "")
    throw new TypeError("ref: the name of a registered function is missing.");
  return refTo({ url: moduleUrl(url, "ref"), name }) as TaskReference<T, N>;
}

export function refTo(task: TaskName): Registered {
  const reference = (): never => {
    throw new StateError(`${task.name} of ${task.url} is a reference for other threads; import it to call it here.`);
  };
  Object.defineProperty(reference, "name", { value: task.name });
  isolate.taskNames.set(reference, task);
  return reference;
}
