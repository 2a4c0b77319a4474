import { StateError } from "./errors.js";

/**
 * A variable with a value per thread. Every thread evaluates the module that declares it, so each has its own object
 * with its own value; it cannot be sent.
 * @see Python's `threading.local`, behaviours 70–72.
 */
export class ThreadLocal<T> {
  readonly #init: (() => T) | undefined;
  #value: T | undefined;
  #set = false;

  /** `init` makes the value of a thread that reads it first. */
  constructor(init?: () => T) {
    this.#init = init;
  }

  /** This thread's value. @throws StateError it has none, and there is no `init` */
  get value(): T {
    if (!this.#set) {
      if (this.#init === undefined) throw new StateError("This thread has not set the value, and there is no init.");
      this.value = this.#init();
    }
    return this.#value as T;
  }

  /** Sets this thread's value; other threads keep theirs. */
  set value(value: T) {
    this.#value = value;
    this.#set = true;
  }

  /** Whether this thread has a value. */
  has(): boolean {
    return this.#set;
  }

  /** Removes this thread's value. False: it had none. */
  delete(): boolean {
    const had = this.#set;
    this.#value = undefined;
    this.#set = false;
    return had;
  }
}
