import { treeOf } from "../source/binding-on-demand.js";
import type { ts } from "../source/syntax.js";
import type { Catalogue } from "./catalogue/index.js";
import { ANNOTATION, declaredIn, handsAllOn, memberOf, reexports, usesWord, wordsOf } from "./handed-out.js";

/** What is read: the compiler's program, the user's files, and what each of them imports. */
export interface Imports {
  readonly compiled: ts.Program;
  readonly files: readonly string[];
  readonly catalogue: Catalogue;
  importsOf(file: string): readonly string[];
}

/** By file, the files of the project that import it. */
export type Importers = ReadonlyMap<string, readonly string[]>;

/** By file, those of some files that import it. */
export function importersAmong(files: readonly string[], importsOf: (file: string) => readonly string[]): Importers {
  const importers = new Map<string, string[]>();
  for (const file of files) {
    for (const imported of importsOf(file)) {
      const list = importers.get(imported);
      if (list) list.push(file);
      else importers.set(imported, [file]);
    }
  }
  return importers;
}

/** All files that at most so many steps lead to, the first ones among them. */
export function reach(
  from: Iterable<string>,
  next: (file: string) => readonly string[],
  steps = Number.POSITIVE_INFINITY,
): ReadonlySet<string> {
  const found = new Set(from);
  let last = [...found];
  for (let step = 0; step < steps && last.length > 0; step++) {
    const before = last;
    last = [];
    for (const each of before.flatMap(next)) {
      if (found.has(each)) continue;
      found.add(each);
      last.push(each);
    }
  }
  return found;
}

/**
 * The files worth lowering:
 * - those that speak of concurrency;
 * - those that import one of them, directly or through a file that exports it further;
 * - those a few imports from two of them, through which one may call the other;
 * - of all further files that rest on them, those that name an object of theirs: a lock, a thread, a shared view.
 *
 * In a program with one worker in a far corner nearly every file rests on that corner, and calls it without being
 * concurrent itself; lowering those cost more than all the rest.
 */
export class Relevance {
  readonly importers: Importers;
  readonly files: ReadonlySet<string>;
  /** The same, in the order of the program's files. */
  readonly inOrder: readonly string[];
  readonly #imports: Imports;
  /** Those that are worth it whatever they name. */
  readonly #first: ReadonlySet<string>;
  readonly #users: ObjectUsers;

  constructor(imports: Imports) {
    const { compiled, files } = imports;
    this.#imports = imports;
    this.importers = importersAmong(files, (file) => imports.importsOf(file));
    const importersOfFile = (file: string): readonly string[] => this.importers.get(file) ?? [];
    const evident = files.filter((file) => speaksOf(treeOf(compiled, file), imports.catalogue) !== "nothing");
    const speaking = evident.filter((file) => speaksOf(treeOf(compiled, file), imports.catalogue) === "concurrency");
    const above = reach(speaking, importersOfFile, STEPS_BETWEEN);
    const below = reach(speaking, (file) => imports.importsOf(file), STEPS_BETWEEN);
    const relevant = new Set(evident);
    for (const file of above) if (below.has(file)) relevant.add(file);
    this.#users = new ObjectUsers(imports, importersOfFile, relevant);
    this.#users.addImportersOf(speaking);
    this.#first = new Set(relevant);
    this.#users.addUsers();
    this.files = relevant;
    this.inOrder = files.filter((file) => relevant.has(file));
  }

  /**
   * Whether all this is so, too, with another tree of one file that imports the same. What it is given is given as before then,
   * and where it gives the same itself, so do all others. Where imports go round in a circle, though, what it gives must not
   * rest on what it gave.
   */
  holdsWith(before: ts.SourceFile, after: ts.SourceFile): boolean {
    const { catalogue } = this.#imports;
    const { fileName: file } = after;
    if (speaksOf(before, catalogue) !== speaksOf(after, catalogue) || reexports(before) !== reexports(after))
      return false;
    const given = this.#users.givenTo(file);
    if (!this.files.has(file)) return !namesOne(after, given);
    const handed = this.#users.handedOutBy(file);
    const handsSame = (from: ReadonlySet<string>): boolean =>
      !this.importers.has(file) || isSameSet(handedOut(after, from, catalogue), handed);
    const givesSame = (from: ReadonlySet<string>): boolean =>
      (this.#first.has(file) || namesOne(after, from)) && handsSame(from);
    if (!givesSame(given)) return false;
    return given.size === 0 || givesSame(this.#users.givenFromBeyond(file));
  }
}

/** In large programs nearly all files import each other in the end; by then nobody follows what is called how. */
const STEPS_BETWEEN = 3;

/** Follows objects along the imports, by the names under which files hand them out. */
class ObjectUsers {
  readonly #imports: Imports;
  readonly #importersOf: (file: string) => readonly string[];
  readonly #relevant: Set<string>;
  readonly #handedOut = new Map<string, ReadonlySet<string>>();

  constructor(imports: Imports, importersOf: (file: string) => readonly string[], relevant: Set<string>) {
    this.#imports = imports;
    this.#importersOf = importersOf;
    this.#relevant = relevant;
  }

  #tree(file: string): ts.SourceFile | undefined {
    return treeOf(this.#imports.compiled, file);
  }

  handedOutBy(file: string): ReadonlySet<string> {
    return this.#handedOut.get(file) ?? new Set();
  }

  /** Adds who imports one of the files, directly or through what only hands on. */
  addImportersOf(files: readonly string[]): void {
    const passesOn = (file: string): boolean => {
      const tree = this.#tree(file);
      return tree !== undefined && reexports(tree);
    };
    const through = reach(files, (each) => this.#importersOf(each).filter(passesOn));
    for (const each of through) for (const importer of this.#importersOf(each)) this.#relevant.add(importer);
  }

  /** Adds those who name an object of a relevant file, and hand out objects themselves. */
  addUsers(): void {
    const queue = new Set(this.#relevant);
    for (const file of queue) {
      queue.delete(file); // What its imports hand out later brings it back.
      const tree = this.#tree(file);
      if (!tree) continue;
      const given = this.givenTo(file);
      if (!this.#relevant.has(file)) {
        if (!namesOne(tree, given)) continue;
        this.#relevant.add(file);
      }
      const before = this.#handedOut.get(file)?.size ?? 0;
      const names = handedOut(tree, given, this.#imports.catalogue);
      if (names.size === before) continue;
      this.#handedOut.set(file, names);
      for (const importer of this.#importersOf(file)) queue.add(importer);
    }
  }

  /** The names of the objects that what a file imports hands out. */
  givenTo(file: string): ReadonlySet<string> {
    return this.#givenBy(this.#imports.importsOf(file));
  }

  /** The same, without what imports the file itself in the end. */
  givenFromBeyond(file: string): ReadonlySet<string> {
    const around = reach([file], this.#importersOf);
    return this.#givenBy(this.#imports.importsOf(file).filter((imported) => !around.has(imported)));
  }

  #givenBy(files: readonly string[]): ReadonlySet<string> {
    const given = new Set<string>();
    for (const imported of files) {
      for (const name of this.#handedOut.get(imported) ?? []) given.add(name);
    }
    return given;
  }
}

function namesOne(tree: ts.SourceFile, given: ReadonlySet<string>): boolean {
  if (given.has("default")) return true; // Whoever imports that gives it the name.
  if (given.size === 0) return false;
  const words = wordsOf(tree);
  return [...given].some((name) => words.has(name));
}

interface HandedOut {
  readonly given: ReadonlySet<string>;
  readonly catalogue: Catalogue;
  readonly names: ReadonlySet<string>;
}

/** The last answer for each file: after an edit elsewhere it is asked the same. */
const answered = new WeakMap<ts.SourceFile, HandedOut>();

function handedOut(tree: ts.SourceFile, given: ReadonlySet<string>, catalogue: Catalogue): ReadonlySet<string> {
  const known = answered.get(tree);
  if (known?.catalogue === catalogue && isSameSet(known.given, given)) return known.names;
  const names = findHandedOut(tree, given, catalogue);
  answered.set(tree, { given, catalogue, names });
  return names;
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}

/** The names by which other files can have what is made of a library's objects, or of those that a file was given. */
function findHandedOut(tree: ts.SourceFile, given: ReadonlySet<string>, catalogue: Catalogue): ReadonlySet<string> {
  const declared = declaredIn(tree);
  const visible = declared.flatMap(({ names, isVisible }) => (isVisible ? names : []));
  if (catalogue.describes(tree.fileName)) return new Set(visible);
  const speaks = speaksOf(tree, catalogue) !== "nothing";
  const objects = new Set([...given, ...(speaks ? PLATFORM : [])]);
  for (const { names, mentions } of speaks ? declared : []) {
    if (!mentions.some((mention) => catalogue.speaks(mention))) continue;
    for (const name of names) objects.add(name).add(memberOf(name));
  }
  for (let grew = true; grew; ) {
    grew = false;
    for (const { names, mentions } of declared) {
      if (names.every((name) => objects.has(name)) || !mentions.some((name) => objects.has(name))) continue;
      for (const name of names) objects.add(name);
      grew = true;
    }
  }
  return new Set([...(handsAllOn(tree) ? given : []), ...visible.filter((name) => objects.has(name))]);
}

/** What needs no import and is shared, or leads to it. */
const PLATFORM = ["SharedArrayBuffer", "AbortController", memberOf("navigator")];

type Speaks = "concurrency" | "itself" | "nothing";

/** By catalogue, whose words they are. */
const spoken = new WeakMap<Catalogue, WeakMap<ts.SourceFile, Speaks>>();

/** Whether a file has words of concurrency, and whether they matter to who imports it. */
function speaksOf(tree: ts.SourceFile | undefined, catalogue: Catalogue): Speaks {
  if (!tree) return "nothing";
  let known = spoken.get(catalogue);
  if (known === undefined) {
    known = new WeakMap();
    spoken.set(catalogue, known);
  }
  let speaks = known.get(tree);
  if (speaks === undefined) {
    const { fileName, text } = tree;
    const matters =
      catalogue.describes(fileName) ||
      (catalogue.speaks(text) && (isAnnotated(text) || usesWord(tree, (word) => catalogue.speaks(word))));
    speaks = matters ? "concurrency" : catalogue.isEvident(fileName, text) ? "itself" : "nothing";
    known.set(tree, speaks);
  }
  return speaks;
}

/** Whether comments say of names what whoever uses them has to know. */
function isAnnotated(text: string): boolean {
  return ANNOTATION.test(text);
}
