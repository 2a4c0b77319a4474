import { createHash } from "node:crypto";
import { Answers, accepts, keepsSound } from "./edits-judged.js";
import type { Edit, Finding, Fix, Level } from "./finding.js";
import { type FunctionRules, functionStatements } from "./function-statements.js";
import type { Explanation } from "./knowledge/explaining.js";
import { Knowledge } from "./knowledge/knowledge.js";
import { Catalogue, type LibraryModel, mainCalls, outside, type Program } from "./program.js";
import { ProgramCaches, readProgram } from "./read-program.js";
import { refactorings } from "./refactorings/index.js";
import type { Refactoring } from "./refactorings/refactoring.js";
import { rules } from "./rules/index.js";
import type { JudgedSuppression, Report } from "./rules/rule.js";
import { seenKinds } from "./seen-kinds.js";
import { treeOf } from "./source/binding-on-demand.js";
import { Compilation, type Compiled } from "./source/compilation.js";
import type { Answer } from "./source/disk.js";
import { bundledTypesFolder, Host } from "./source/host.js";
import { Lines } from "./source/lines.js";
import { PeerLinters } from "./source/peer-linters.js";
import type { Project } from "./source/project.js";
import { compareSites, type Position, type Site, siteKey } from "./source/site.js";
import type { Stopwatch } from "./source/stopwatch.js";
import { type Suppression, suppressionsOf } from "./source/suppressions.js";
import type { ts } from "./source/syntax.js";
import { type Found, suppress } from "./suppressing.js";

/** What comments may name: of what only runs show, nobody knows here whether they are of use. */
const suppressible: readonly string[] = [...rules.keys(), ...seenKinds.keys()];

/** What a rule is reported as, where that is not its default. */
export type Severities = ReadonlyMap<string, Level>;

export interface AnalysisOptions {
  /** Is told what takes how long. */
  readonly watch?: Stopwatch;
  readonly severities?: Severities;
  /** Files that are left out: nothing is found in them, and what they do counts for nobody. */
  readonly excludes?: (file: string) => boolean;
  /** What the workspace says of libraries that the built-in catalogue does not know, or knows otherwise. */
  readonly models?: readonly LibraryModel[];
}

/** A file's new text; undefined means that the disk says what it is, or that it is gone. */
export interface Change {
  readonly file: string;
  readonly text: string | undefined;
}

/** A refactoring that can be tried at a place. */
export interface OfferedRefactoring extends Fix, Pick<Refactoring, "kind"> {
  /** Tells it from the others. */
  readonly id: string;
}

/** The answer is no longer wanted. */
export class CancelledError extends Error {}

/** What is known of a program at one moment. Immutable; whatever it is asked first is computed then. */
export interface Snapshot {
  /** The analysed files, sorted. */
  readonly files: readonly string[];
  /**
   * Sorted by file, place and rule; for one file or for all.
   * @throws CancelledError as soon as `cancelled` says so.
   */
  findings(file?: string, cancelled?: () => boolean): readonly Finding[];
  /** What is known about a line, 0-based: by which something is found there, or nothing. */
  explain(file: string, line: number): Explanation;
  /** What can be done at a place, whether or not something is found there; computed when it is wanted. */
  refactorings(at: Site): readonly OfferedRefactoring[];
  /** What is known of places besides: sections, guards, who takes which lock. */
  readonly knowledge: Knowledge;
  /** The calls of `main` by which a file is a program. */
  mains(file: string): readonly Site[];
  text(file: string): string | undefined;
  position(file: string, offset: number): Position;
  offset(file: string, position: Position): number;
  /** What could not be read, and which rule gave up where: one readable line each. */
  readonly problems: readonly string[];
  stats(): { readonly files: number; readonly lines: number; readonly functions: number };
}

/**
 * The engine's front door: changes go in, snapshots come out. Analysing after any sequence of changes gives what a
 * fresh analysis of the same texts gives; only what the changes touched is computed again.
 */
export class Analysis {
  readonly #project: Project;
  readonly #caches: Caches;
  readonly #catalogue: Catalogue;
  readonly #peers: PeerLinters;
  #options: AnalysisOptions;
  /** Files that are left out among them: they can be asked for their text and for what they run. */
  #files: readonly string[];
  #current: LazySnapshot | undefined;

  constructor(project: Project, options: AnalysisOptions = {}) {
    this.#project = project;
    this.#options = options;
    this.#files = project.files.filter((file) => !options.excludes?.(file));
    const compilerOptions = withoutOutput(project.options);
    const host = new Host(project.directory, compilerOptions, options.watch);
    this.#caches = { compilation: new Compilation(host, compilerOptions, options.watch), read: new ProgramCaches() };
    this.#peers = new PeerLinters(project.directory, (file) => host.readFile(file));
    this.#catalogue = options.models?.length ? new Catalogue(options.models) : builtIn;
  }

  /** Takes over new texts. Cheap: the work is done when a snapshot is asked. */
  update(changes: readonly Change[]): void {
    const { compilation } = this.#caches;
    for (const { file, text } of changes) {
      compilation.host.disregard(file);
      compilation.setText(file, text);
      const known = this.#files.includes(file);
      const exists = compilation.host.fileExists(file);
      if (exists && !known && isSource(file)) this.#files = [...this.#files, file].sort();
      if (!exists && known) this.#files = this.#files.filter((each) => each !== file);
    }
    this.#current = undefined;
  }

  /** Other severities from the next snapshot on. What is left out and what libraries mean stay as they are: that needs a new analysis. */
  set severities(severities: Severities) {
    this.#options = { ...this.#options, severities };
    this.#current = undefined;
  }

  /**
   * What was asked of the disk so far, for texts that were not handed in: as long as it answers the same, so does a
   * snapshot of the same texts.
   */
  get asked(): readonly Answer[] {
    return this.#caches.compilation.host.asked;
  }

  snapshot(): Snapshot {
    const { excludes } = this.#options;
    this.#current ??= new LazySnapshot({
      project: this.#project,
      options: this.#options,
      roots: [...this.#files, ...this.#project.declarations],
      files: excludes ? this.#files.filter((file) => !excludes(file)) : this.#files,
      caches: this.#caches,
      catalogue: this.#catalogue,
      peers: this.#peers,
    });
    return this.#current;
  }
}

/** Where nobody adds to it, one is enough. */
const builtIn = new Catalogue();

/** What one snapshot hands to the next, so that only changes are computed. */
interface Caches {
  readonly compilation: Compilation;
  read: ProgramCaches;
}

interface SnapshotInput {
  readonly project: Project;
  readonly options: AnalysisOptions;
  /** What the compiler reads, with all they import. */
  readonly roots: readonly string[];
  /** What is analysed. */
  readonly files: readonly string[];
  readonly caches: Caches;
  readonly catalogue: Catalogue;
  readonly peers: PeerLinters;
}

class LazySnapshot implements Snapshot {
  readonly #input: SnapshotInput;
  readonly #compiled: Compiled;
  readonly #answers: Answers;
  readonly #lines = new Map<string, Lines>();
  readonly #crashes: string[] = [];
  #facts: Program | undefined;
  #knowledge: Knowledge | undefined;
  #results: ReadonlyMap<string, readonly Finding[]> | undefined;
  #all: readonly Finding[] | undefined;
  #functions = 0;

  constructor(input: SnapshotInput) {
    this.#input = input;
    const { caches } = input;
    this.#compiled = caches.compilation.compile(input.roots, outside);
    if (this.#compiled.isFresh) caches.read = new ProgramCaches();
    this.#answers = new Answers(this, this.#compiled, input.project.directory);
  }

  get files(): readonly string[] {
    return this.#input.files;
  }

  findings(file?: string, cancelled?: () => boolean): readonly Finding[] {
    this.#results ??= this.#compute(cancelled);
    if (file !== undefined) return this.#results.get(file) ?? [];
    this.#all ??= [...this.#results.values()].flat();
    return this.#all;
  }

  explain(file: string, line: number): Explanation {
    const start = this.offset(file, { line, character: 0 });
    const end = this.offset(file, { line: line + 1, character: 0 });
    const findings = this.findings(file);
    return this.knowledge.explain({ file, start, end }, findings);
  }

  get knowledge(): Knowledge {
    this.#knowledge ??= new Knowledge(this.#read(() => {}));
    return this.#knowledge;
  }

  refactorings(at: Site): readonly OfferedRefactoring[] {
    const program = this.#read(() => {});
    return [...refactorings].flatMap(([id, { kind, offer }]) => {
      const fix = unlessTooDeep(() => offer(program, at, this.knowledge));
      return fix ? [{ id, kind, title: fix.title, edits: () => unlessTooDeep(() => fix.edits()) }] : [];
    });
  }

  mains(file: string): readonly Site[] {
    const { catalogue } = this.#input;
    return mainCalls({ compiled: this.#compiled.program, typesFolder: bundledTypesFolder(), catalogue }, file);
  }

  text(file: string): string | undefined {
    return treeOf(this.#compiled.program, file)?.text;
  }

  position(file: string, offset: number): Position {
    return this.#linesOf(file).position(offset);
  }

  offset(file: string, position: Position): number {
    return this.#linesOf(file).offset(position);
  }

  get problems(): readonly string[] {
    const { compilation, read } = this.#input.caches;
    const failures = [...read.models.failures.values(), ...(this.#facts?.unread ?? [])];
    return [...this.#input.project.problems, ...compilation.host.problems, ...failures, ...this.#crashes];
  }

  stats(): { files: number; lines: number; functions: number } {
    const lines = this.files.reduce(
      (sum, file) => sum + (this.text(file) === undefined ? 0 : this.#linesOf(file).count),
      0,
    );
    this.findings();
    return { files: this.files.length, lines, functions: this.#functions };
  }

  #linesOf(file: string): Lines {
    let lines = this.#lines.get(file);
    if (!lines) {
      lines = new Lines(this.text(file) ?? "");
      this.#lines.set(file, lines);
    }
    return lines;
  }

  #compute(cancelled: (() => boolean) | undefined): ReadonlyMap<string, readonly Finding[]> {
    const checkpoint = (): void => {
      if (cancelled?.()) throw new CancelledError("The analysis was cancelled.");
    };
    const program = this.#read(checkpoint);
    this.#functions = program.functions.length;
    return this.#check(program, checkpoint);
  }

  #read(checkpoint: () => void): Program {
    const { caches, catalogue } = this.#input;
    this.#facts ??= readProgram(
      {
        compiled: this.#compiled,
        files: this.files,
        typesFolder: bundledTypesFolder(),
        catalogue,
        importsOf: (file) => caches.compilation.host.importsOf(file),
        resolved: (specifier, from) => caches.compilation.host.resolved(specifier, from),
        watch: this.#input.options.watch,
        checkpoint,
      },
      caches.read,
      {
        tree: (file) => treeOf(this.#compiled.program, file),
        allowsUsing: (file) => /\.[cm]?tsx?$/.test(file),
        accepts: (edits, finding) => accepts(this.#answers, this.#edited(edits).#answers, edits, finding),
        keepsSound: (edits) => keepsSound(this.#answers, this.#edited(edits).#answers, edits),
      },
    );
    return this.#facts;
  }

  #check(program: Program, checkpoint: () => void): ReadonlyMap<string, readonly Finding[]> {
    const found: Found[] = [];
    const failed = new Set<string>();
    const { watch } = this.#input.options;
    // Computed for whoever asks first: that rule is not to blame.
    watch?.measure("threads", () => program.executions);
    watch?.measure("interleavings", () => program.staleWrites);
    const levelOf = (ruleId: string): Level =>
      this.#input.options.severities?.get(ruleId) ?? this.#defaultLevel(ruleId);
    const fail = (ruleId: string, error: unknown): void => {
      if (failed.has(ruleId)) return;
      failed.add(ruleId);
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#crashes.push(`The rule ${ruleId} failed and was left out: ${reason}`);
    };
    const measure = (ruleId: string, work: () => void): void => (watch ? watch.measure(ruleId, work) : work());
    const run = (ruleId: string, into: Found[], check: (report: Report) => void): void => {
      checkpoint();
      const severity = levelOf(ruleId);
      if (severity === "off") return;
      try {
        measure(ruleId, () => check((statement) => void into.push({ ruleId, severity, statement })));
      } catch (error) {
        // One rule that fails must not take the others' findings with it.
        fail(ruleId, error);
      }
    };
    for (const [ruleId, rule] of rules) run(ruleId, found, (report) => rule.checkProgram?.(program, report));
    const ofFunctions = [...rules].filter(([ruleId, rule]) => rule.checkFunction && levelOf(ruleId) !== "off");
    const names = ofFunctions.map(([ruleId]) => ruleId).join();
    const by: FunctionRules = { rules: new Map(ofFunctions), names, measure };
    for (const file of program.files) {
      checkpoint();
      for (const { ruleId, statement } of functionStatements(file, program, by, (each) =>
        fail(each.ruleId, each.error),
      )) {
        const severity = levelOf(ruleId);
        if (severity !== "off") found.push({ ruleId, severity, statement });
      }
    }
    const suppressions = this.#suppressions();
    // What a run may show as well, a comment may be there for.
    const ran = (ruleId: string): boolean =>
      levelOf(ruleId) !== "off" && !failed.has(ruleId) && rules.get(ruleId)?.seenInRun === undefined;
    const { kept, judged } = suppress(found, suppressions, suppressible, ran);
    if (judged.length === 0) return this.#collect(kept);
    return this.#collect([...kept, ...this.#checkSuppressions(program, judged, run)]);
  }

  /** What another linter of the workspace tells of already, nobody wants to hear twice. */
  #defaultLevel(ruleId: string): Level {
    const { severity = "off", peers = [] } = rules.get(ruleId) ?? {};
    return peers.some((name) => this.#input.peers.has(name)) ? "off" : severity;
  }

  /** Comments can suppress what is said of comments; those that do are judged last, by what is left of it. */
  #checkSuppressions(
    program: Program,
    judged: readonly JudgedSuppression[],
    run: (ruleId: string, into: Found[], check: (report: Report) => void) => void,
  ): readonly Found[] {
    const isOfOthers = ({ suppression, outcome }: JudgedSuppression): boolean =>
      outcome !== "unused" || rules.get(suppression.ruleId)?.checkSuppressions === undefined;
    const check = (some: readonly JudgedSuppression[]): readonly Found[] => {
      const said: Found[] = [];
      for (const [ruleId, rule] of rules) {
        if (rule.checkSuppressions) run(ruleId, said, (report) => rule.checkSuppressions?.(some, program, report));
      }
      return said;
    };
    const ofTheirs = judged.filter((each) => !isOfOthers(each)).map(({ suppression }) => suppression);
    const { kept, judged: last } = suppress(check(judged.filter(isOfOthers)), ofTheirs, suppressible, () => true);
    return [...kept, ...check(last)];
  }

  /** Of a file that could not be understood nobody knows what would be found in it. */
  #suppressions(): readonly Suppression[] {
    const { failures } = this.#input.caches.read.models;
    return this.files.flatMap((file) => {
      const tree = failures.has(file) ? undefined : treeOf(this.#compiled.program, file);
      return tree ? suppressionsOf(tree) : [];
    });
  }

  /** Sorted, each once, with fingerprints; only what lies in an analysed file. */
  #collect(found: readonly Found[]): ReadonlyMap<string, readonly Finding[]> {
    const sorted = [...found].sort(
      (a, b) =>
        compareSites(a.statement.site, b.statement.site) || (a.ruleId < b.ruleId ? -1 : a.ruleId > b.ruleId ? 1 : 0),
    );
    const byFile = new Map<string, Finding[]>(this.files.map((file) => [file, []]));
    const seen = new Set<string>();
    const fingerprints = new Map<string, number>();
    for (const { ruleId, severity, statement } of sorted) {
      const { message, site, related = [], ways = [], fixes } = statement;
      const key = `${ruleId}|${siteKey(site)}|${message}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const base = `${this.#answers.defect({ ruleId, site })}|${message}`;
      const count = fingerprints.get(base) ?? 0;
      fingerprints.set(base, count + 1);
      const fingerprint = createHash("sha256").update(`${base}|${count}`).digest("hex").slice(0, 32);
      const finding: Finding = { ruleId, severity, message, site, related, ways, fixes: [], fingerprint };
      byFile.get(site.file)?.push(fixes ? withFixes(finding, fixes) : finding);
    }
    return byFile;
  }

  /** The program as it would be after the edits. */
  #edited(edits: readonly Edit[]): LazySnapshot {
    const { caches } = this.#input;
    const compilation = caches.compilation.fork(applyEdits(edits, (name) => this.text(name) ?? ""));
    return new LazySnapshot({ ...this.#input, caches: { compilation, read: caches.read.copy() } });
  }
}

/** The texts after all edits. Edits of one file must not overlap; insertions at one place keep their order. */
export function applyEdits(edits: readonly Edit[], textOf: (file: string) => string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const ordered = edits.map((edit, index) => ({ edit, index }));
  ordered.sort((a, b) => b.edit.site.start - a.edit.site.start || b.index - a.index);
  for (const { edit } of ordered) {
    const { file, start, end } = edit.site;
    const text = texts.get(file) ?? textOf(file);
    texts.set(file, text.slice(0, start) + edit.newText + text.slice(end));
  }
  return texts;
}

/** Its ways out are thought of when somebody asks for them: most findings are shown and no more. */
function withFixes(finding: Finding, fixes: (finding: Finding) => readonly Fix[]): Finding {
  let known: readonly Fix[] | undefined;
  return {
    ...finding,
    get fixes() {
      known ??= fixes(finding);
      return known;
    },
  };
}

/** Code can nest deeper than what looks at it can recurse: there nothing is changed, and what else is known is shown all the same. */
function unlessTooDeep<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isSource(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
}

/** The project's options, without what concerns output, and with every `@types` package where none is chosen. */
function withoutOutput(options: ts.CompilerOptions): ts.CompilerOptions {
  return { types: ["*"], ...options, noEmit: true, skipLibCheck: true, composite: false, incremental: false };
}
