import type { State } from "../program.js";

/** Whether the state is an entry of a container, as `cache[key]` is. */
export function isEntry({ container }: State): boolean {
  return container !== undefined;
}
