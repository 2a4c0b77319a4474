/** Objects of this library that are not shared themselves but made of what can travel, as proxies and connections are. */
import { type Composite, isolate } from "./isolate.js";
import type { Registered } from "./task-name.js";
import { tasks } from "./tasks.js";

/** Lets instances of a class of the module travel between threads, which then have objects of their own of the same parts. */
export function defineComposite<T extends object>(
  module: string,
  type: { readonly name: string; readonly prototype: T },
  { leave, arrive }: { leave(value: T): object; arrive(parts: Readonly<Record<string, unknown>>): T },
): void {
  // In a bundle the module's address is that of the program, which has names of its own.
  tasks(module, { [`heddle:${type.name}`]: type as unknown as new () => T });
  isolate.composites.set(type as unknown as Registered, { leave: leave as Composite["leave"], arrive });
}

/** How the object travels; undefined if it is none of these. */
export function compositeOf(value: object): Composite | undefined {
  return isolate.composites.get(value.constructor as Registered);
}
