import { shown } from "./shown.js";
import type { Named } from "./snapshot.js";

/** What an object is called; one without a name by its kind and number. */
export function nameOf({ id, kind, name }: Named): string {
  return name === "" ? `${kind === "" ? "object" : kind} #${id}` : shown(name);
}

/** The last part of a path, and the line: `deadlock.ts:21`. */
export function placeName({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${shown(file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1))}:${line}`;
}

/** `waits for mutexB`, `joins t1`, `waits at bothHold`, `sleeps`: each thing is waited for in its own way. */
export function waitsFor(object: Named): string {
  switch (object.kind) {
    case "sleep":
      return "sleeps";
    case "thread":
      return `joins ${nameOf(object)}`;
    case "barrier":
    case "queue":
      return `waits at ${nameOf(object)}`;
    default:
      return `waits for ${nameOf(object)}`;
  }
}
