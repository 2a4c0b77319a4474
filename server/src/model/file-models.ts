import { treeOf } from "../source/binding-on-demand.js";
import { isEverybodys } from "../source/everybodys.js";
import type { ts } from "../source/syntax.js";
import { AnnotationWords } from "./annotation-words.js";
import type { Catalogue } from "./catalogue/index.js";
import { Cells } from "./cells.js";
import { Cloning } from "./cloning.js";
import { Constants } from "./constants.js";
import { Escapes } from "./escapes.js";
import { foreignFiles } from "./foreign-places.js";
import type { FileModels } from "./function-model.js";
import { Guards } from "./guards.js";
import { LoadedModules } from "./loaded-modules.js";
import { LockNames } from "./lock-names.js";
import { lowerFile } from "./lower.js";
import { isSameOutside } from "./outside.js";
import { Paths } from "./paths.js";
import { type Importers, importersOf, reach, relevantFiles } from "./relevance.js";
import { Handover } from "./spawns.js";
import { Symbols } from "./symbols.js";
import { Variables } from "./variables.js";
import { Views } from "./views.js";
import type { Vocabulary } from "./vocabulary.js";

/** Lowered files from earlier runs. A file is lowered again when it changed, or when something it imports did. */
export class ModelCache {
  readonly kept = new Map<string, FileModels>();
  /** By lowered file, the other files in which places are named. */
  readonly foreign = new Map<string, ReadonlySet<string>>();
  /** Why a file could not be lowered: it then counts as a file without functions. */
  readonly failures = new Map<string, string>();
  /** Every file of the compiler's program as it was at the last run, lowered or not. */
  readonly trees = new Map<string, ts.SourceFile>();

  copy(): ModelCache {
    const copy = new ModelCache();
    for (const [file, kept] of this.kept) copy.kept.set(file, kept);
    for (const [file, foreign] of this.foreign) copy.foreign.set(file, foreign);
    for (const [file, failure] of this.failures) copy.failures.set(file, failure);
    for (const [file, tree] of this.trees) copy.trees.set(file, tree);
    return copy;
  }
}

/** The functions of the program that matter, and the vocabulary they were lowered with. */
export interface ProgramModels {
  /** In the order of the files; those without functions are left out. */
  readonly models: readonly FileModels[];
  readonly modules: LoadedModules;
  /** Computed when somebody asks. */
  readonly across: () => AcrossFiles;
}

/** What is known by following the program's objects through all files. */
export interface AcrossFiles {
  readonly names: LockNames;
  readonly escapes: Escapes;
  /** What annotations name, for editors. */
  readonly words: AnnotationWords;
}

/** What lowering reads. */
export interface ModelSource {
  /** Of a file with another text the checker knows what is seen from within; others see the same of it as before. */
  readonly compiled: ts.Program;
  /** That file, if there is one. */
  readonly edited: string | undefined;
  /** All files as they see each other, for what is asked about some places only. */
  whole(): ts.Program;
  readonly files: readonly string[];
  readonly typesFolder: string;
  readonly catalogue: Catalogue;
  importsOf(file: string): readonly string[];
  /** Called between files; may throw to give up. */
  checkpoint(): void;
}

/** Lowers what has concurrency in it; everything else was parsed and is no more than that. */
export function lowerProgram(source: ModelSource, cache: ModelCache): ProgramModels {
  const { compiled: program, edited, files } = source;
  const vocabulary = vocabularyOf(program, source);
  const ofWhole = once(() => {
    const whole = source.whole();
    return { whole, words: whole === program ? vocabulary : vocabularyOf(whole, source) };
  });
  const graph = importersOf(source);
  const relevant = relevantFiles(source, graph);
  forgetStale(program, files, graph, cache);
  const models: FileModels[] = [];
  for (const file of files) {
    const tree = relevant.has(file) ? program.getSourceFile(file) : undefined;
    if (!tree) {
      cache.kept.delete(file);
      cache.failures.delete(file);
      continue;
    }
    const kept = cache.kept.get(file);
    // Others than the edited file see that one as it was, with all places in it.
    const words = () => (edited === undefined || file === edited ? vocabulary : ofWhole().words);
    const lowered = kept ?? lowerOrGiveUp(tree, words(), cache);
    if (!kept) {
      cache.kept.set(file, lowered);
      const foreign = foreignFiles(lowered, file);
      if (foreign.size > 0) cache.foreign.set(file, foreign);
      else cache.foreign.delete(file);
      source.checkpoint();
    }
    if (lowered.length > 0) models.push(lowered);
  }
  return {
    models,
    modules: new LoadedModules(vocabulary.symbols),
    across: once(() => {
      const { whole, words } = ofWhole();
      return {
        names: new LockNames(words.symbols, words.paths, [...relevant].sort()),
        escapes: new Escapes(words.symbols, words.handover),
        words: new AnnotationWords(words.guards, files, (file) => whole.getSourceFile(file)),
      };
    }),
  };
}

function vocabularyOf(program: ts.Program, { files, typesFolder, catalogue }: ModelSource): Vocabulary {
  const symbols = new Symbols(program, typesFolder, catalogue);
  const variables = new Variables();
  const paths = new Paths(symbols, variables);
  const constants = new Constants(symbols, variables);
  const guards = new Guards(symbols, paths, variables, treesOf(program, files));
  const handover = new Handover(symbols, paths);
  return {
    symbols,
    variables,
    paths,
    cells: new Cells(symbols, paths, constants, guards),
    constants,
    views: new Views(symbols, variables, constants),
    handover,
    cloning: new Cloning(symbols, handover),
    guards,
  };
}

function once<Result>(compute: () => Result): () => Result {
  let known: Result | undefined;
  return () => {
    known ??= compute();
    return known;
  };
}

function treesOf(program: ts.Program, files: readonly string[]): readonly ts.SourceFile[] {
  return files.flatMap((file) => treeOf(program, file) ?? []);
}

/** Code can nest, and types depend on each other, deeper than the compiler's recursion can follow. */
function lowerOrGiveUp(tree: ts.SourceFile, vocabulary: Vocabulary, cache: ModelCache): FileModels {
  cache.failures.delete(tree.fileName);
  try {
    return [...new Map(lowerFile(tree, vocabulary).map((model) => [model.id, model])).values()];
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    cache.failures.set(tree.fileName, `${tree.fileName}: cannot be understood and was left out: ${reason}`);
    return [];
  }
}

/**
 * Forgets what has to be lowered again: changed files, what names places in them, and importers of files whose outside
 * changed. Before anything is lowered, so that an answer that is given up half-way leaves nothing behind that is out of date.
 */
function forgetStale(program: ts.Program, files: readonly string[], importers: Importers, cache: ModelCache): void {
  const own = new Set(files);
  const changed: string[] = [];
  const outside: string[] = [];
  let everything = false;
  for (const tree of program.getSourceFiles()) {
    const file = tree.fileName;
    const before = cache.trees.get(file);
    if (tree === before) continue;
    cache.trees.set(file, tree);
    changed.push(file);
    if (before && isSameOutside(before, tree)) continue;
    outside.push(file);
    everything ||= isEverybodys(tree);
    // Who rests on a file that is not the user's own, the import graph does not say.
    if (before) everything ||= isEverybodys(before) || !own.has(file);
  }
  if (cache.trees.size > program.getSourceFiles().length) {
    for (const [file, tree] of cache.trees) {
      if (treeOf(program, file)) continue;
      cache.trees.delete(file);
      everything ||= isEverybodys(tree);
    }
  }
  const stale = everything ? files : [...changed, ...reach(outside, (file) => importers.get(file) ?? [])];
  for (const file of stale) cache.kept.delete(file);
  for (const [file, foreign] of cache.foreign) {
    if (changed.some((each) => foreign.has(each))) cache.kept.delete(file);
  }
}
