/** Which lowered files of the last run still hold. */
import { treeOf } from "../source/binding-on-demand.js";
import { isEverybodys } from "../source/everybodys.js";
import type { ts } from "../source/syntax.js";
import { type Difference, dependentsOf } from "./dependents.js";
import type { ModelCache } from "./model-cache.js";
import { once } from "./once-per.js";
import { isSameOutside } from "./outside.js";
import { type Importers, importersAmong, reach } from "./relevance.js";

/** The program that is lowered now, and who imports whom in it. */
export interface StaleSource {
  readonly compiled: ts.Program;
  /** The file of which others see the tree in `base`, if there is one. */
  readonly edited: string | undefined;
  /** The program that `compiled` is, or was made of for the edited file. */
  readonly base: ts.Program;
  readonly files: readonly string[];
  readonly typesFolder: string;
  /** Among the user's files. */
  readonly importers: Importers;
  importsOf(file: string): readonly string[];
  /** The file that an import names there; undefined where it names none. */
  resolved(specifier: string, from: string): string | undefined;
}

/**
 * Forgets what has to be lowered again: changed files, what names places in them, and importers of files whose outside
 * changed. Before anything is lowered, so that an answer that is given up half-way leaves nothing behind that is out of date.
 */
export function forgetStale(source: StaleSource, cache: ModelCache): void {
  const { compiled: program, base, edited, files, importers } = source;
  const isNear = cache.base === base;
  const near = [cache.edited, edited].flatMap((file) => (file === undefined ? [] : (treeOf(program, file) ?? [])));
  const changed: string[] = [];
  const differences: Difference[] = [];
  /** Files of which nobody can say what is another: those that are new, or not the user's. */
  const outside: string[] = [];
  let everything = false;
  for (const tree of isNear ? near : program.getSourceFiles()) {
    const file = tree.fileName;
    const before = cache.trees.get(file);
    if (tree === before) continue;
    cache.trees.set(file, tree);
    changed.push(file);
    if (before && isSameOutside(before, tree)) continue;
    const isOwn = files.includes(file) || (tree.isDeclarationFile && !isInstalled(file));
    if (before && isOwn) differences.push({ before, after: tree });
    else outside.push(file);
    // Who rests on a file that is not the user's own, the import graph does not say.
    if (!before || !isOwn) everything ||= before !== undefined || isEverybodys(tree);
  }
  if (!isNear && cache.trees.size > program.getSourceFiles().length) {
    for (const [file, tree] of cache.trees) {
      if (treeOf(program, file)) continue;
      cache.trees.delete(file);
      // One that is too deep for the compiler now is there, and has no tree.
      outside.push(file);
      cache.forget(file);
      everything ||= isEverybodys(tree);
    }
  }
  cache.base = base;
  cache.edited = edited;
  const beyond = once(() => importersBeyond(source, (file) => !isInstalled(file)));
  const installed = once(() => importersBeyond(source, isInstalled));
  const importersOf = (file: string): readonly string[] => [
    ...(importers.get(file) ?? []),
    ...(beyond().get(file) ?? []),
    // No package imports the program that uses it.
    ...((isInstalled(file) && installed().get(file)) || []),
  ];
  const dependents = dependentsOf(differences, { ...source, importersOf });
  if (dependents === undefined) {
    for (const { before, after } of differences) {
      outside.push(after.fileName);
      everything ||= isEverybodys(before) || isEverybodys(after);
    }
  }
  const reached = reach(outside, importersOf);
  const analysed = new Set(files);
  // What they make of it all may see, or files that nobody goes through here.
  everything ||= [...reached].some((file) => {
    const tree = treeOf(program, file);
    return tree !== undefined && (!analysed.has(file) || isEverybodys(tree));
  });
  const stale = everything ? files : [...changed, ...reached, ...(dependents ?? [])];
  for (const file of stale) cache.forget(file);
  for (const [file, foreign] of cache.foreign) if (changed.some((each) => foreign.has(each))) cache.forget(file);
}

/** By file, what imports it and is not analysed itself: declarations that the user wrote, what is left out, or packages. */
function importersBeyond({ base, files, importsOf }: StaleSource, isOne: (file: string) => boolean): Importers {
  const analysed = new Set(files);
  const others = base.getSourceFiles().map(({ fileName }) => fileName);
  return importersAmong(
    others.filter((file) => !analysed.has(file) && isOne(file)),
    importsOf,
  );
}

function isInstalled(file: string): boolean {
  return file.includes("/node_modules/");
}
