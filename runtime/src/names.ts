/**
 * The program's named objects: an append-only list of records in the heap, each pointing to its cell. A name is
 * published by one compare-exchange of the list's head after its object is complete, so nobody sees half of one, and a
 * thread that dies on the way leaves nothing behind but memory.
 */
import { allocateBlock, freeBlock, NAMES, release, words } from "./arena.js";
import { StateError } from "./errors.js";
import { placeOfCaller } from "./place.js";
import { readText, writeText } from "./text.js";

/** Options of every shared class. */
export interface NameOptions {
  /** Makes this the program's object of that name: the first evaluation creates it, later ones get the same. */
  readonly name?: string | undefined;
}

/** Words of a record: the next one, the cell, then three texts: name, shape, place. */
const NEXT = 0;
const CELL = 1;
const NAME = 2;
const SHAPE = 3;
const PLACE = 4;
const RECORD_BYTES = 20;

/** Records never change, so what this isolate has read once stays true. */
const known = new Map<string, Claim>();
/** The newest record that has been read, and with it all that are older. */
let newestRead = 0;

interface Claim {
  readonly at: number;
  readonly shape: string;
  readonly place: string;
}

/** The cell of that name; `create` makes it if there is none. The table keeps a reference of its own for ever. */
export function claimName(name: string, shape: string, create: () => number): number {
  const place = placeOfCaller() ?? "an unknown place";
  let head = Atomics.load(words, NAMES);
  const found = find(name, head);
  if (found !== undefined) return agreed(name, found, shape, place);
  const at = create();
  const record = allocateBlock(RECORD_BYTES);
  words[record + CELL] = at;
  words[record + NAME] = writeText(name);
  words[record + SHAPE] = writeText(shape);
  words[record + PLACE] = writeText(place);
  for (;;) {
    words[record + NEXT] = head;
    const seen = Atomics.compareExchange(words, NAMES, head, record);
    if (seen === head) break;
    const rival = find(name, seen);
    if (rival !== undefined) {
      for (const text of [NAME, SHAPE, PLACE]) freeBlock(words[record + text] ?? 0);
      freeBlock(record);
      release(at);
      return agreed(name, rival, shape, place);
    }
    head = seen;
  }
  known.set(name, { at, shape, place });
  return at;
}

function find(name: string, head: number): Claim | undefined {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  for (let record = head; record !== newestRead; record = words[record + NEXT] ?? 0) {
    const text = readText(words[record + NAME] ?? 0);
    if (known.has(text)) continue;
    known.set(text, {
      at: words[record + CELL] ?? 0,
      shape: readText(words[record + SHAPE] ?? 0),
      place: readText(words[record + PLACE] ?? 0),
    });
  }
  newestRead = head;
  return known.get(name);
}

function agreed(name: string, claim: Claim, shape: string, place: string): number {
  if (claim.shape === shape) return claim.at;
  throw new StateError(
    `The name ${JSON.stringify(name)} is a ${claim.shape}, created at ${claim.place}; at ${place} it is declared as a ` +
      `${shape}. One name is one object in the whole program.`,
  );
}

/** Calls `visit` for the cell and name of every named object, the newest first, down to the record `until`; says the newest. */
export function eachName(visit: (at: number, name: string) => void, until: number): number {
  const head = Atomics.load(words, NAMES);
  for (let record = head; record !== until; record = words[record + NEXT] ?? 0) {
    visit(words[record + CELL] ?? 0, readText(words[record + NAME] ?? 0));
  }
  return head;
}
