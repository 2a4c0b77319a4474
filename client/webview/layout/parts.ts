import { placeName } from "../../shared/names.js";
import type { Place } from "../../shared/snapshot.js";

/** A piece of a sentence: plain words, a name, a place in the source to go to, a thread to select, or an object to filter by. */
export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "place"; readonly text: string; readonly place: Place }
  | { readonly kind: "thread"; readonly text: string; readonly thread: number }
  | { readonly kind: "object"; readonly text: string; readonly object: number };

export function text(words: string): Part {
  return { kind: "text", text: words };
}

export function name(words: string): Part {
  return { kind: "name", text: words };
}

export function thread(words: string, id: number): Part {
  return { kind: "thread", text: words, thread: id };
}

export function object(words: string, id: number): Part {
  return { kind: "object", text: words, object: id };
}

/** The place with a blank before it; nothing where it was not recorded. */
export function at(place: Place | undefined): readonly Part[] {
  return place === undefined ? [] : [text(" "), { kind: "place", text: placeName(place), place }];
}

export function toText(parts: readonly Part[]): string {
  return parts.map((part) => part.text).join("");
}

/** The parts of several things, with words between. */
export function joined(all: readonly (readonly Part[])[], between: string): readonly Part[] {
  return all.flatMap((parts, i) => (i === 0 ? parts : [text(between), ...parts]));
}
