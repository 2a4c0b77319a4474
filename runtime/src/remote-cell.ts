/** Cells that stand for objects of servers, so that a recorder can name them. They hold nothing and nobody waits on them. */
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";
import { writeText } from "./text.js";

const STANDS_FOR = FIELDS;
const NAME = FIELDS + 1;
const SHARED = FIELDS + 2;

/**
 * `kind` is one of `KINDS`; `shared` tells the object from all others, in all processes alike. The texts stay: a recorder may
 * read them when the cell is gone.
 */
export function createRemoteCell(kind: number, name: string, shared: string): number {
  const at = allocateCell();
  words[at + STANDS_FOR] = kind;
  words[at + NAME] = name === "" ? 0 : writeText(name);
  words[at + SHARED] = writeText(shared);
  Atomics.store(words, at + KIND, KINDS.remote);
  return at;
}

/** The kind of the object. */
export function standsFor(at: number): number {
  return words[at + STANDS_FOR] ?? 0;
}

/** The block with its name; 0 if it has none. */
export function remoteName(at: number): number {
  return words[at + NAME] ?? 0;
}

/** The block with what tells it from others. */
export function remoteShared(at: number): number {
  return words[at + SHARED] ?? 0;
}
