import { type Annotated, annotatedIn } from "../source/annotations.js";
import { treeOf } from "../source/binding-on-demand.js";
import type { ts } from "../source/syntax.js";
import { AnnotationWords } from "./annotation-words.js";
import type { Catalogue } from "./catalogue/index.js";
import { Cells } from "./cells.js";
import { Cloning } from "./cloning.js";
import { Constants } from "./constants.js";
import { Escapes } from "./escapes.js";
import { foreignFiles } from "./foreign-places.js";
import type { FileModels } from "./function-model.js";
import type { Gathered } from "./gathered.js";
import { Guards } from "./guards.js";
import { renamedIn } from "./imported-names.js";
import { LoadedModules } from "./loaded-modules.js";
import { LockNames } from "./lock-names.js";
import { lowerFile } from "./lower.js";
import type { ModelCache } from "./model-cache.js";
import { once } from "./once-per.js";
import { Paths } from "./paths.js";
import { Relevance } from "./relevance.js";
import { Handover } from "./spawns.js";
import { forgetStale } from "./stale-files.js";
import { Symbols } from "./symbols.js";
import { Variables } from "./variables.js";
import { Views } from "./views.js";
import type { Vocabulary } from "./vocabulary.js";

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
  readonly compiled: ts.Program;
  /** The file that has another tree than in `base`, if there is one; others see the same of it. */
  readonly edited: string | undefined;
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
  const { compiled: program, files } = source;
  const vocabulary = vocabularyOf(program, source, {
    annotated: source.gathered.from(source.trees, annotatedIn),
    renamed: source.gathered.from(source.trees, renamedIn),
  });
  // Of another program, what is worth it is another matter as a whole.
  if (cache.base !== source.base || !cache.relevance) cache.relevance = relevanceIn(source.base, source);
  const relevance = relevanceWith(source, cache.relevance);
  forgetStale({ ...source, importers: relevance.importers }, cache);
  for (const file of dueOf(source, relevance, cache)) {
    const lowered = lowerOrGiveUp(file, program, vocabulary, cache);
    if (!lowered) continue;
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
    across: once(() => ({
      names: new LockNames(vocabulary.symbols, vocabulary.paths, [...relevance.files].sort()),
      escapes: new Escapes(vocabulary.symbols, vocabulary.handover),
      words: new AnnotationWords(vocabulary.guards, files, (file) => program.getSourceFile(file)),
    })),
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

/** What annotations speak of, and what names it may have elsewhere. */
interface Spoken {
  readonly annotated: readonly Annotated[];
  readonly renamed: readonly string[];
}

/**
 * Code can nest, and types depend on each other, deeper than the compiler's recursion can follow.
 * @returns undefined where the compiler knows no such file
 */
function lowerOrGiveUp(
  file: string,
  program: ts.Program,
  vocabulary: Vocabulary,
  cache: ModelCache,
): FileModels | undefined {
  cache.failures.delete(file);
  try {
    const tree = program.getSourceFile(file);
    return tree && [...new Map(lowerFile(tree, vocabulary).map((model) => [model.id, model])).values()];
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    cache.failures.set(file, `${file}: cannot be understood and was left out: ${reason}`);
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

/** What is worth lowering with the edited file: nearly always what is without. */
function relevanceWith(source: ModelSource, relevance: Relevance): Relevance {
  const { compiled, base, edited } = source;
  const [before, after] = edited === undefined ? [] : [treeOf(base, edited), treeOf(compiled, edited)];
  return !before || !after || relevance.holdsWith(before, after) ? relevance : relevanceIn(compiled, source);
}

function relevanceIn(compiled: ts.Program, { files, catalogue, importsOf }: ModelSource): Relevance {
  return new Relevance({ compiled, files, catalogue, importsOf });
}
