import { StateError } from "./errors.js";
import { isolate } from "./isolate.js";
import type { Registered, TaskName } from "./task-name.js";
import { type ModuleUrl, moduleUrl } from "./tasks.js";

type Callable = (...args: never[]) => unknown;

/**
 * Names a task of another module without loading it here: `ref<typeof import("./work.js").square>(url, "square")`. The
 * result can be a thread's target or a pool's task; calling it is a StateError. (The type argument is the function's
 * own type, because TypeScript cannot infer a name beside an explicit module type.)
 */
export function ref<F extends Callable>(url: string | ModuleUrl, name: string): F {
  if (typeof name !== "string" || name === "")
    throw new TypeError("ref: the name of a registered function is missing.");
  return refTo({ url: moduleUrl(url, "ref"), name }) as F;
}

export function refTo(task: TaskName): Registered {
  const reference = (): never => {
    throw new StateError(`${task.name} of ${task.url} is a reference for other threads; import it to call it here.`);
  };
  Object.defineProperty(reference, "name", { value: task.name });
  isolate.taskNames.set(reference, task);
  return reference;
}
