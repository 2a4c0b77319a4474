/**
 * The entries of a map in shared memory: keys and values as blocks (see stored.ts) in the order of their arrival, and an
 * index of them by the keys' bytes. The entries are the truth: each change takes effect with one store among them. A
 * thread that dies in here leaves the index marked as unfinished, and whoever comes next makes it again. All functions
 * run under the mutex of the map's cell.
 */
import { allocateBlock, FIELDS, freeBlock, words } from "./arena.js";
import { view } from "./stored.js";

/** Words of the map's cell after own-lock.ts's: the table, 0 for none; the entries that are alive; the mark. */
const TABLE = FIELDS + 1;
const SIZE = FIELDS + 2;
const UNFINISHED = FIELDS + 3;

/** Words of a table, then the entries, then twice as many words of index: 0, or 1 and the number of an entry. */
const CAPACITY = 0; // entries, a power of two
const COUNT = 1; // entries ever added, removed ones too
const ENTRIES = 2;
const FIRST_CAPACITY = 8;

/** Words of an entry. The key of a removed one is 0. */
const ENTRY_WORDS = 3;
const KEY = 0;
const VALUE = 1;
const HASH = 2;

/** The blocks of a key and its value. */
export interface Entry {
  readonly key: number;
  readonly value: number;
}

export function sizeOf(at: number): number {
  settle(at);
  return words[at + SIZE] ?? 0;
}

/** All entries, in the order of their arrival. */
export function entriesOf(at: number): Entry[] {
  return liveEntries(words[at + TABLE] ?? 0).map((entry) => ({
    key: words[entry + KEY] ?? 0,
    value: words[entry + VALUE] ?? 0,
  }));
}

/** The block of the key's value; 0 if it is not there. */
export function findValue(at: number, key: Uint8Array): number {
  const entry = find(at, key);
  return entry === 0 ? 0 : (words[entry + VALUE] ?? 0);
}

/** Puts another value to a key that may be there; the result is the one that was, 0 if the key is not there. */
export function replaceValue(at: number, key: Uint8Array, value: number): number {
  const entry = find(at, key);
  return entry === 0 ? 0 : Atomics.exchange(words, entry + VALUE, value);
}

/** Adds a key that is not there. */
export function addEntry(at: number, key: number, value: number): void {
  let table = words[at + TABLE] ?? 0;
  if (table === 0 || words[table + COUNT] === words[table + CAPACITY]) table = enlarge(at);
  Atomics.store(words, at + UNFINISHED, 1);
  const which = words[table + COUNT] ?? 0;
  const entry = table + ENTRIES + which * ENTRY_WORDS;
  words[entry + KEY] = key;
  words[entry + VALUE] = value;
  words[entry + HASH] = hashOf(view(key));
  Atomics.store(words, table + COUNT, which + 1);
  index(table, which);
  words[at + SIZE] = (words[at + SIZE] ?? 0) + 1;
  Atomics.store(words, at + UNFINISHED, 0);
}

/** Removes a key; the result is its entry, undefined if it is not there. */
export function removeEntry(at: number, key: Uint8Array): Entry | undefined {
  const entry = find(at, key);
  if (entry === 0) return undefined;
  const removed = { key: words[entry + KEY] ?? 0, value: words[entry + VALUE] ?? 0 };
  Atomics.store(words, at + UNFINISHED, 1);
  Atomics.store(words, entry + KEY, 0);
  words[at + SIZE] = (words[at + SIZE] ?? 0) - 1;
  Atomics.store(words, at + UNFINISHED, 0);
  return removed;
}

/** Removes all. The blocks of the entries are the caller's. */
export function clearTable(at: number): void {
  const table = words[at + TABLE] ?? 0;
  Atomics.store(words, at + UNFINISHED, 1);
  Atomics.store(words, at + TABLE, 0);
  words[at + SIZE] = 0;
  Atomics.store(words, at + UNFINISHED, 0);
  if (table !== 0) freeBlock(table);
}

/** The place of the key's entry; 0 if it is not there. */
function find(at: number, key: Uint8Array): number {
  settle(at);
  const table = words[at + TABLE] ?? 0;
  if (table === 0) return 0;
  const hash = hashOf(key);
  const mask = (words[table + CAPACITY] ?? 0) * 2 - 1;
  const first = indexOf(table);
  for (let probe = hash & mask; ; probe = (probe + 1) & mask) {
    const which = words[first + probe] ?? 0;
    if (which === 0) return 0;
    const entry = table + ENTRIES + (which - 1) * ENTRY_WORDS;
    const block = words[entry + KEY] ?? 0;
    if (block !== 0 && words[entry + HASH] === hash && sameBytes(view(block), key)) return entry;
  }
}

/** Finishes what a thread left that died. */
function settle(at: number): void {
  if (words[at + UNFINISHED] === 0) return;
  const table = words[at + TABLE] ?? 0;
  words[at + SIZE] = table === 0 ? 0 : indexAll(table);
  Atomics.store(words, at + UNFINISHED, 0);
}

/** Moves the entries that are alive to a table with room for as many more. */
function enlarge(at: number): number {
  const old = words[at + TABLE] ?? 0;
  const live = liveEntries(old);
  let capacity = FIRST_CAPACITY;
  while (capacity < live.length * 2) capacity *= 2;
  const table = allocateBlock((ENTRIES + capacity * (ENTRY_WORDS + 2)) * 4);
  words[table + CAPACITY] = capacity;
  words[table + COUNT] = live.length;
  live.forEach((entry, which) => {
    words.copyWithin(table + ENTRIES + which * ENTRY_WORDS, entry, entry + ENTRY_WORDS);
  });
  indexAll(table);
  Atomics.store(words, at + TABLE, table);
  if (old !== 0) freeBlock(old);
  return table;
}

function liveEntries(table: number): number[] {
  if (table === 0) return [];
  const all = Array.from({ length: words[table + COUNT] ?? 0 }, (_, which) => table + ENTRIES + which * ENTRY_WORDS);
  return all.filter((entry) => words[entry + KEY] !== 0);
}

function indexOf(table: number): number {
  return table + ENTRIES + (words[table + CAPACITY] ?? 0) * ENTRY_WORDS;
}

/** Makes the whole index again. The result is how many entries are alive. */
function indexAll(table: number): number {
  const first = indexOf(table);
  words.fill(0, first, first + (words[table + CAPACITY] ?? 0) * 2);
  const count = words[table + COUNT] ?? 0;
  for (let which = 0; which < count; which++) index(table, which);
  return liveEntries(table).length;
}

function index(table: number, which: number): void {
  const mask = (words[table + CAPACITY] ?? 0) * 2 - 1;
  const first = indexOf(table);
  let probe = (words[table + ENTRIES + which * ENTRY_WORDS + HASH] ?? 0) & mask;
  while (words[first + probe] !== 0) probe = (probe + 1) & mask;
  words[first + probe] = which + 1;
}

/** FNV-1a, mixed so that the low bits depend on all. */
function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash ^ (hash >>> 15);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
