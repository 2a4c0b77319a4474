import { host } from "#host";
import { StateError } from "./errors.js";
import type { TaskStorage } from "./host/host.js";

/**
 * A variable with a value per async task, through all its awaits, timers and callbacks: what a ThreadLocal is to
 * threads, and Python's contextvars.ContextVar to coroutines. Each thread has its own object; it cannot be sent.
 * @see Python's `contextvars.ContextVar`.
 */
export class TaskLocal<T> {
  readonly #storage = storage<{ value: T }>();
  readonly #init: (() => T) | undefined;

  /**
   * `init` makes the value outside of every `run`, anew for each reading.
   * @throws StateError nothing follows async tasks here: browsers have no AsyncLocalStorage
   */
  constructor(init?: () => T) {
    this.#init = init;
  }

  /** Calls `body`, for which and for whatever it starts the value is this one. Returns what it returns. */
  run<R>(value: T, body: () => R): R {
    return this.#storage.run({ value }, body);
  }

  /** The value of the innermost `run` around this task. @throws StateError there is none, and no `init` */
  get value(): T {
    const held = this.#storage.getStore();
    if (held !== undefined) return held.value;
    if (this.#init === undefined) throw new StateError("This task runs inside no run(), and there is no init.");
    return this.#init();
  }

  /** Changes the value for the innermost `run` around this task, and so for all that was started in it. */
  set value(value: T) {
    const held = this.#storage.getStore();
    if (held === undefined) throw new StateError("This task runs inside no run(), so it has no value to change.");
    held.value = value;
  }

  /** Whether the task runs inside a `run`. */
  has(): boolean {
    return this.#storage.getStore() !== undefined;
  }
}

function storage<T>(): TaskStorage<T> {
  const found = host.taskStorage<T>();
  if (found !== undefined) return found;
  throw new StateError(
    "A TaskLocal needs AsyncLocalStorage, which browsers do not have. Pass the value as an argument.",
  );
}
