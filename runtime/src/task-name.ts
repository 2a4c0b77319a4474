/** A function or class that a module has registered with `tasks`. */
export type Registered = (...args: never[]) => unknown;

/** Where other threads find it. */
export interface TaskName {
  readonly url: string;
  readonly name: string;
}
