import type { Named } from "../../shared/messages.js";
import { shown } from "../../shared/shown.js";

/** What an object is called; one without a name by its kind and number. */
export function nameOf({ id, kind, name }: Named): string {
  return name === "" ? `${kind === "" ? "object" : kind} #${id}` : shown(name);
}

/** The last part of a path, and the line: `deadlock.ts:21`. */
export function placeName({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${shown(file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1))}:${line}`;
}
