import { StateError } from "./errors.js";
import { isolate } from "./isolate.js";
import type { Registered, TaskName } from "./task-name.js";
import { type ModuleUrl, moduleUrl } from "./tasks.js";

type Callable = (...args: never[]) => unknown;

/** The names of a module's exported functions. */
export type FunctionNames<M> = { [N in keyof M]: M[N] extends Callable ? N : never }[keyof M] & string;

/**
 * Names a task of another module without loading it here: `ref<typeof import("./work.js")>(url, "square")`. The result
 * can be a thread's target or a pool's task; calling it is a StateError.
 */
export function ref<M, N extends FunctionNames<M> = FunctionNames<M>>(
  url: string | ModuleUrl,
  name: N,
): M[N] extends Callable ? M[N] : never {
  return refTo({ url: moduleUrl(url, "ref"), name }) as M[N] extends Callable ? M[N] : never;
}

export function refTo(task: TaskName): Registered {
  const reference = (): never => {
    throw new StateError(`${task.name} of ${task.url} is a reference for other threads; import it to call it here.`);
  };
  Object.defineProperty(reference, "name", { value: task.name });
  isolate.taskNames.set(reference, task);
  return reference;
}
