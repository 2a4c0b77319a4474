import { existsSync } from "node:fs";
import { Analysis, type Severities, type Snapshot } from "../analysis.js";
import { type Configuration, isExcluded } from "../configuration.js";
import type { Finding } from "../finding.js";
import { fixAll } from "../fix-all.js";
import type { ResultCache } from "../result-cache.js";
import { answersFor } from "../source/disk.js";
import type { Project } from "../source/project.js";
import { type LocatedFinding, located } from "./located-finding.js";
import { LiveNotes, type Notes, plainNotes } from "./notes.js";

/** What is found in one file. */
export interface Look {
  readonly findings: readonly LocatedFinding[];
  /** What could not be read or failed, in the whole project. */
  readonly problems: readonly string[];
}

/** What one server keeps of a project for the next, by file. */
export interface KeptResult {
  readonly findings: Readonly<Record<string, readonly LocatedFinding[]>>;
  /** Of the files that were open. */
  readonly notes: Readonly<Record<string, Notes>>;
}

/** One project under analysis: where the findings of its files come from. */
export class Home {
  #project: Project;
  #analysis: Analysis;
  #snapshot: Snapshot | undefined;
  readonly #files: Set<string>;
  /** Changes since the last snapshot. An edit costs nothing until somebody asks. */
  readonly #pending = new Map<string, string | undefined>();

  /** The texts of open files. */
  readonly #texts = new Map<string, string>();
  /** Whatever ever changed. */
  readonly #changed = new Set<string>();

  readonly #configuration: Configuration;
  #severities: Severities;
  readonly #cache: ResultCache<KeptResult> | undefined;
  /** What the last server found, once it was looked for; until something changes. */
  #kept: KeptResult | undefined;
  /** From the first question on that what was kept could not answer. */
  #isLive = false;
  /** Whose findings were asked for, and whose were written down. */
  #found: Snapshot | undefined;
  #written: Snapshot | undefined;
  #milliseconds: number | undefined;
  #all:
    | { readonly of: KeptResult | Snapshot; readonly findings: ReadonlyMap<string, readonly LocatedFinding[]> }
    | undefined;
  #noted: { readonly snapshot: Snapshot | undefined; readonly notes: Map<string, Notes> } = {
    snapshot: undefined,
    notes: new Map(),
  };

  /** `severities` are the user's own, which count more than those of the configuration. */
  constructor(
    project: Project,
    configuration: Configuration,
    severities: Severities,
    cache: ResultCache<KeptResult> | undefined,
  ) {
    this.#project = project;
    this.#configuration = configuration;
    this.#severities = new Map([...configuration.severities, ...severities]);
    this.#cache = cache;
    this.#files = new Set([...project.files, ...project.declarations]);
    this.#analysis = new Analysis(project, {
      severities: this.#severities,
      excludes: (file) => isExcluded(file, configuration),
      models: configuration.models,
    });
  }

  get project(): Project {
    return this.#project;
  }

  /** How long it took to find what was found last; undefined as long as all of it is the last server's. */
  get milliseconds(): number | undefined {
    return this.#milliseconds;
  }

  /** Whether the configuration names this file as one that says what a library means. */
  isModelFile(file: string): boolean {
    return this.#configuration.modelFiles.includes(file);
  }

  has(file: string): boolean {
    return this.#files.has(file);
  }

  /** The text of a file changed; undefined: it is what the disk says. */
  change(file: string, text: string | undefined): void {
    this.#files.add(file);
    this.#pending.set(file, text);
    this.#changed.add(file);
    if (text === undefined) this.#texts.delete(file);
    else this.#texts.set(file, text);
    this.#kept = undefined;
  }

  /** A manifest changed on disk. It is none of the files, and the last server's answer knows itself whether it has read it. */
  manifestChanged(file: string): void {
    this.#pending.set(file, undefined);
    this.#kept = undefined;
  }

  /** Takes over other severities. Returns false if that needs a new home: other files are left out, or libraries mean something else. */
  configure(configuration: Configuration, severities: Severities): boolean {
    const fixed = ({ file, exclude, models }: Configuration) =>
      JSON.stringify([exclude.length === 0 ? [] : [file, exclude], models]);
    if (fixed(configuration) !== fixed(this.#configuration)) return false;
    this.#severities = new Map([...configuration.severities, ...severities]);
    this.#analysis.severities = this.#severities;
    this.#snapshot = undefined;
    this.#kept = undefined;
    return true;
  }

  /** Takes over what the project has become on disk. Returns false if that needs a new home: other options, or declarations that came or went. */
  adopt(project: Project, isOpen: (file: string) => boolean): boolean {
    const whole = ({ options, declarations }: Project) => JSON.stringify([options, declarations]);
    if (whole(project) !== whole(this.#project)) return false;
    const before = new Set(this.#project.files);
    const after = new Set(project.files);
    for (const file of after) if (!before.has(file) && !isOpen(file)) this.change(file, undefined);
    for (const file of before) if (!after.has(file) && !isOpen(file)) this.change(file, undefined);
    this.#project = project;
    this.#kept = undefined;
    return true;
  }

  /** Whether there is a program, not just what the last server kept of one. */
  get isRead(): boolean {
    return this.#snapshot !== undefined;
  }

  /** Whether findings can be had at once. */
  isLookedAt(): boolean {
    return this.#keptResult() !== undefined || this.#found !== undefined;
  }

  /** What is found in a file: what the last server found, while that still holds. */
  lookAt(file: string): Look {
    const kept = this.#keptResult();
    if (kept) return { findings: kept.findings[file] ?? [], problems: this.#project.problems };
    const start = performance.now();
    const snapshot = this.snapshot();
    const findings = snapshot.findings(file).map((finding) => located(finding, snapshot));
    this.#lookedAt(snapshot, start);
    return { findings, problems: snapshot.problems };
  }

  #lookedAt(snapshot: Snapshot, start: number): void {
    if (this.#found !== snapshot) this.#milliseconds = performance.now() - start;
    this.#found = snapshot;
  }

  /** What is found in any file, those without findings left out. The same map as long as it is the same. */
  lookAtAll(): ReadonlyMap<string, readonly LocatedFinding[]> {
    const kept = this.#keptResult();
    const of = kept ?? this.snapshot();
    if (this.#all?.of === of) return this.#all.findings;
    const start = performance.now();
    const findings = new Map(Object.entries(kept ? kept.findings : byFile(this.snapshot())));
    if (!kept) this.#lookedAt(this.snapshot(), start);
    this.#all = { of, findings };
    return findings;
  }

  /** What is shown of a file besides. */
  notesOf(file: string): Notes {
    const kept = this.#keptResult()?.notes[file];
    if (kept) return kept;
    const snapshot = this.snapshot();
    if (this.#noted.snapshot !== snapshot) this.#noted = { snapshot, notes: new Map() };
    const notes = this.#noted.notes.get(file) ?? new LiveNotes(file, snapshot);
    this.#noted.notes.set(file, notes);
    return notes;
  }

  /** Writes down for the next server what was found, if anybody asked for it. */
  keep(): void {
    const snapshot = this.#found;
    if (this.#cache === undefined || snapshot === undefined || snapshot !== this.#snapshot) return;
    if (snapshot === this.#written || this.#pending.size > 0 || !this.#isAsOnDisk()) return;
    this.#written = snapshot;
    // What failed may go well another time.
    if (JSON.stringify(snapshot.problems) !== JSON.stringify(this.#project.problems)) return;
    const findings = byFile(snapshot);
    const notes = Object.fromEntries([...this.#texts.keys()].map((file) => [file, plainNotes(this.notesOf(file))]));
    const texts = [...this.#texts].flatMap(([file, text]) => answersFor(file, text));
    const answers = [...this.#analysis.asked, ...texts];
    this.#cache.write(this.#key(), answers, { findings, notes });
  }

  /** What the last server found, where it was asked the same and everything is as it was. */
  #keptResult(): KeptResult | undefined {
    if (this.#isLive || this.#cache === undefined) return undefined;
    this.#kept ??= this.#isAsOnDisk() ? this.#cache.read(this.#key(), this.#texts) : undefined;
    this.#isLive = this.#kept === undefined;
    return this.#kept;
  }

  #key(): unknown {
    const { file, exclude, models } = this.#configuration;
    return ["editor", this.#project, file, exclude, models, [...this.#severities]];
  }

  /** Whether the files are those that a fresh look at the project has, so that another server sees the same ones. */
  #isAsOnDisk(): boolean {
    const own = new Set([...this.#project.files, ...this.#project.declarations]);
    return [...this.#changed].every((file) =>
      own.has(file) ? !isExcluded(file, this.#configuration) : !this.#texts.has(file) && !existsSync(file),
    );
  }

  /** The texts after the first fix of all findings that `find` picks, one after the other. Nothing is changed. */
  fixAll(find: (snapshot: Snapshot) => readonly Finding[]): ReadonlyMap<string, string> {
    this.snapshot();
    const { texts } = fixAll(this.#analysis, find);
    this.#analysis.update([...texts.keys()].map((file) => ({ file, text: this.#texts.get(file) })));
    this.#snapshot = undefined;
    return texts;
  }

  /** The program as it is now. What was kept is of no use from here on. */
  snapshot(): Snapshot {
    this.#isLive = true;
    this.#kept = undefined;
    if (this.#pending.size > 0) {
      this.#analysis.update([...this.#pending].map(([file, text]) => ({ file, text })));
      this.#pending.clear();
      this.#snapshot = undefined;
    }
    this.#snapshot ??= this.#analysis.snapshot();
    return this.#snapshot;
  }
}

function byFile(snapshot: Snapshot): Readonly<Record<string, readonly LocatedFinding[]>> {
  const findings: Record<string, LocatedFinding[]> = {};
  for (const finding of snapshot.findings()) {
    findings[finding.site.file] ??= [];
    findings[finding.site.file]?.push(located(finding, snapshot));
  }
  return findings;
}
