import { type Annotated, annotatedIn } from "../source/annotations.js";
import { treeOf } from "../source/binding-on-demand.js";
import { isEverybodys } from "../source/everybodys.js";
import type { ts } from "../source/syntax.js";
import { AnnotationWords } from "./annotation-words.js";
import type { Catalogue } from "./catalogue/index.js";
import { Cells } from "./cells.js";
import { Cloning } from "./cloning.js";
import { Constants } from "./constants.js";
import { type Difference, dependentsOf } from "./dependents.js";
import { Escapes } from "./escapes.js";
import { foreignFiles } from "./foreign-places.js";
import type { FileModels } from "./function-model.js";
import type { Gathered } from "./gathered.js";
import { Guards } from "./guards.js";
import { renamedIn } from "./imported-names.js";
import { LoadedModules } from "./loaded-modules.js";
import { LockNames } from "./lock-names.js";
import { lowerFile } from "./lower.js";
import { isSameOutside } from "./outside.js";
import { Paths } from "./paths.js";
import { type Importers, importersAmong, Relevance, reach } from "./relevance.js";
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
  /** The program of the last run, and the file that had another tree than there. */
  base: ts.Program | undefined;
  edited: string | undefined;
  /** What is worth lowering in that program. */
  relevance: Relevance | undefined;
  /** What was worth lowering at the last run, in order; of that, only what is due is not among the kept ones. */
  order: readonly string[] | undefined;
  readonly due = new Set<string>();

  copy(): ModelCache {
    const copy = new ModelCache();
    for (const [file, kept] of this.kept) copy.kept.set(file, kept);
    for (const [file, foreign] of this.foreign) copy.foreign.set(file, foreign);
    for (const [file, failure] of this.failures) copy.failures.set(file, failure);
    for (const [file, tree] of this.trees) copy.trees.set(file, tree);
    for (const file of this.due) copy.due.add(file);
    copy.base = this.base;
    copy.edited = this.edited;
    copy.relevance = this.relevance;
    copy.order = this.order;
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
  /** The program that `compiled` is, or was made of for the edited file. */
  readonly base: ts.Program;
  readonly files: readonly string[];
  /** Their trees, in their order. */
  readonly trees: readonly ts.SourceFile[];
  readonly gathered: Gathered;
  readonly typesFolder: string;
  readonly catalogue: Catalogue;
  importsOf(file: string): readonly string[];
  /** The file that an import names there; undefined where it names none. */
  resolved(specifier: string, from: string): string | undefined;
  /** Called between files; may throw to give up. */
  checkpoint(): void;
}

/** Lowers what has concurrency in it; everything else was parsed and is no more than that. */
export function lowerProgram(source: ModelSource, cache: ModelCache): ProgramModels {
  const { compiled: program, edited, files } = source;
  const vocabulary = vocabularyOf(program, source, {
    annotated: source.gathered.from(source.trees, annotatedIn),
    renamed: source.gathered.from(source.trees, renamedIn),
  });
  const ofWhole = once(() => {
    const whole = source.whole();
    return { whole, words: whole === program ? vocabulary : vocabularyOf(whole, source, spokenOf(whole, files)) };
  });
  const relevance = forgetStale(source, cache);
  // Others than the edited file see that one as it was, with all places in it.
  const wordsFor = (file: string): Vocabulary =>
    edited === undefined || file === edited ? vocabulary : ofWhole().words;
  for (const file of dueOf(source, relevance, cache)) {
    const tree = program.getSourceFile(file);
    if (!tree) {
      cache.failures.delete(file);
      continue;
    }
    const lowered = lowerOrGiveUp(tree, wordsFor(file), cache);
    cache.kept.set(file, lowered);
    cache.due.delete(file);
    const foreign = foreignFiles(lowered, file);
    if (foreign.size > 0) cache.foreign.set(file, foreign);
    else cache.foreign.delete(file);
    source.checkpoint();
  }
  cache.order = relevance.inOrder;
  cache.due.clear();
  const models: FileModels[] = [];
  for (const file of relevance.inOrder) {
    const kept = cache.kept.get(file);
    if (kept !== undefined && kept.length > 0) models.push(kept);
  }
  return {
    models,
    modules: new LoadedModules(vocabulary.symbols),
    across: once(() => {
      const { whole, words } = ofWhole();
      return {
        names: new LockNames(words.symbols, words.paths, [...relevance.files].sort()),
        escapes: new Escapes(words.symbols, words.handover),
        words: new AnnotationWords(words.guards, files, (file) => whole.getSourceFile(file)),
      };
    }),
  };
}

function vocabularyOf(program: ts.Program, { typesFolder, catalogue }: ModelSource, spoken: Spoken): Vocabulary {
  const symbols = new Symbols(program, typesFolder, catalogue);
  const variables = new Variables();
  const paths = new Paths(symbols, variables);
  const constants = new Constants(symbols, variables);
  const guards = new Guards(symbols, paths, variables, spoken);
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

/** What annotations speak of, and what names it may have elsewhere. */
interface Spoken {
  readonly annotated: readonly Annotated[];
  readonly renamed: readonly string[];
}

function spokenOf(program: ts.Program, files: readonly string[]): Spoken {
  const trees = files.flatMap((file) => treeOf(program, file) ?? []);
  return { annotated: trees.flatMap(annotatedIn), renamed: trees.flatMap(renamedIn) };
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

/** What has to be lowered: what was forgotten, or was not worth it before. What is not worth it any more is forgotten. */
function dueOf({ files }: ModelSource, relevance: Relevance, cache: ModelCache): readonly string[] {
  if (cache.order === relevance.inOrder) return [...cache.due].filter((file) => relevance.files.has(file)).sort();
  // Until all of it is lowered, nobody knows what is due for another order.
  cache.order = undefined;
  for (const file of files) {
    if (relevance.files.has(file)) continue;
    cache.kept.delete(file);
    cache.failures.delete(file);
  }
  return relevance.inOrder.filter((file) => !cache.kept.has(file));
}

/**
 * Forgets what has to be lowered again: changed files, what names places in them, and importers of files whose outside
 * changed. Before anything is lowered, so that an answer that is given up half-way leaves nothing behind that is out of date.
 */
function forgetStale(source: ModelSource, cache: ModelCache): Relevance {
  const { compiled: program, base, edited, files } = source;
  const isNear = cache.base === base;
  const near = [cache.edited, edited].flatMap((file) => (file === undefined ? [] : (treeOf(program, file) ?? [])));
  if (!isNear || cache.relevance === undefined) cache.relevance = relevanceIn(base, source);
  const relevance = relevanceWith(source, cache.relevance);
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
    if (before && files.includes(file)) differences.push({ before, after: tree });
    else outside.push(file);
    // Who rests on a file that is not the user's own, the import graph does not say.
    if (!before || !files.includes(file)) everything ||= before !== undefined || isEverybodys(tree);
  }
  if (!isNear && cache.trees.size > program.getSourceFiles().length) {
    for (const [file, tree] of cache.trees) {
      if (treeOf(program, file)) continue;
      cache.trees.delete(file);
      // One that is too deep for the compiler now is there, and has no tree.
      outside.push(file);
      forget(file, cache);
      everything ||= isEverybodys(tree);
    }
  }
  cache.base = base;
  cache.edited = edited;
  const beyond = differences.length + outside.length > 0 ? importersBeyond(source) : undefined;
  const importersOf = (file: string): readonly string[] => [
    ...(relevance.importers.get(file) ?? []),
    ...(beyond?.get(file) ?? []),
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
  for (const file of stale) forget(file, cache);
  for (const [file, foreign] of cache.foreign) if (changed.some((each) => foreign.has(each))) forget(file, cache);
  return relevance;
}

/** By file, what imports it and is not analysed itself: declarations that the user wrote, and what is left out. */
function importersBeyond({ base, files, importsOf }: ModelSource): Importers {
  const analysed = new Set(files);
  const others = base
    .getSourceFiles()
    .filter(({ fileName }) => !analysed.has(fileName) && !fileName.includes("/node_modules/"));
  return importersAmong(
    others.map(({ fileName }) => fileName),
    importsOf,
  );
}

function forget(file: string, cache: ModelCache): void {
  cache.kept.delete(file);
  cache.due.add(file);
}

/** What is worth lowering with the edited file: nearly always what is without. */
function relevanceWith(source: ModelSource, relevance: Relevance): Relevance {
  const { compiled, base, edited } = source;
  const [before, after] = edited === undefined ? [] : [treeOf(base, edited), treeOf(compiled, edited)];
  return !before || !after || relevance.holdsWith(before, after) ? relevance : relevanceIn(compiled, source);
}

function relevanceIn(compiled: ts.Program, { files, catalogue, importsOf }: ModelSource): Relevance {
  return new Relevance({ compiled, files, catalogue, importsOf });
}
