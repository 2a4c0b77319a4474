import { StateError } from "./errors.js";
import { isolate, type Registered, type TaskName } from "./isolate.js";
import { moduleUrl } from "./tasks.js";

type Callable = (...args: never[]) => unknown;

/** The names of a module's exported functions. */
export type FunctionNames<M> = { [N in keyof M]: M[N] extends Callable ? N : never }[keyof M] & string;

/**
 * Names a task of another module without loading it here: `ref<typeof import("./work.js")>(url, "square")`. The result
 * can be a thread's target or a pool's task; calling it is a StateError.
 */
export function ref<M, N extends FunctionNames<M> = FunctionNames<M>>(
  url: string | URL,
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
