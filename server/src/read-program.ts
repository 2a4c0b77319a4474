import { readFiles } from "./file-readings.js";
import type { Catalogue } from "./model/catalogue/index.js";
import { lowerProgram } from "./model/file-models.js";
import { Gathered } from "./model/gathered.js";
import { ModelCache } from "./model/model-cache.js";
import { Program } from "./program.js";
import { asyncFormAt } from "./source/async-form.js";
import type { Compiled } from "./source/compilation.js";
import { declaredAt } from "./source/declared-at.js";
import { referencesTo } from "./source/references.js";
import type { Part, Stopwatch } from "./source/stopwatch.js";
import { isArrayAt, isPromiseAt, typeTextAt } from "./source/type-at.js";
import { SummaryCache, summariseAll } from "./summaries/bottom-up.js";
import type { Workbench } from "./workbench.js";

/** What reading one program hands to the next, so that only changes are computed. */
export class ProgramCaches {
  models = new ModelCache();
  summaries = new SummaryCache();
  /** A copy has the same: what is seen in a part rests on nothing else. */
  readonly gathered: Gathered;

  constructor(gathered = new Gathered()) {
    this.gathered = gathered;
  }

  copy(): ProgramCaches {
    const copy = new ProgramCaches(this.gathered);
    copy.models = this.models.copy();
    copy.summaries = this.summaries.copy();
    return copy;
  }
}

/** What is read: the compiler's program and which of its files are the user's. */
export interface ProgramSource {
  readonly compiled: Compiled;
  readonly files: readonly string[];
  readonly typesFolder: string;
  readonly catalogue: Catalogue;
  importsOf(file: string): readonly string[];
  /** The file that an import names there; undefined where it names none. */
  resolved(specifier: string, from: string): string | undefined;
  readonly watch: Stopwatch | undefined;
  /** Called between pieces of work; may throw to give up. */
  checkpoint(): void;
}

/** Lowers and summarises. Afterwards the caches hold what this program needed. */
export function readProgram(
  source: ProgramSource,
  caches: ProgramCaches,
  bench: Pick<Workbench, "tree" | "allowsUsing" | "accepts" | "keepsSound">,
): Program {
  const timed = <T>(part: Part, work: () => T): T => (source.watch ? source.watch.measure(part, work) : work());
  const { program, edited, base, whole } = source.compiled;
  const trees = source.compiled.treesOf(source.files);
  const { gathered } = caches;
  const { models, modules, across } = timed("lower", () =>
    lowerProgram({ ...source, compiled: program, edited, base, trees, gathered }, caches.models),
  );
  source.checkpoint();
  const facts = timed("summarise", () => summariseAll(models, caches.summaries, gathered));
  const readings = timed("states", () => readFiles(trees, gathered));
  return new Program(facts, readings, {
    ...bench,
    files: source.files,
    isPromise: (site) => isPromiseAt(program, site),
    isArray: (site) => isArrayAt(program, site),
    typeAt: (site) => typeTextAt(whole(), site),
    declaredAt: (site, text) => declaredAt(program, site, text),
    referencesTo: (site) => referencesTo(whole(), source.files, site),
    asyncFormAt: (site) => asyncFormAt(program, site),
    lockName: (lock, site) => across().names.nameAt(lock, site),
    locksOf: (file) => across().names.locksOf(file),
    mayEscape: (path) => across().escapes.mayEscape(path),
    modulesLoadedBy: (file) => modules.loadedBy(file),
    words: () => across().words,
  });
}
