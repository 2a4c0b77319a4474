import type { Edit, Finding } from "../finding.js";
import type { LockMention, Program } from "../program.js";
import { blockEnd } from "../source/block-end.js";
import { isNameTaken, renamedReference } from "../source/references.js";
import type { Site } from "../source/site.js";
import { type CriticalSection, criticalSections } from "./critical-sections.js";
import { type Explanation, explain, explainPoint, type PointExplanation } from "./explaining.js";
import { FindingLocks } from "./finding-locks.js";
import { type GuardNote, guardNotes } from "./guard-notes.js";
import { type LockMap, lockMap } from "./lock-map.js";
import { lockOrder, type OrderedLocks } from "./lock-order.js";
import { acquirersOf, callersOf, holdersAgainst, type KnownLock, type LockUser, lockAt } from "./lock-users.js";
import { type SharedName, sharedNames } from "./shared-names.js";

export type { LockMention } from "../program.js";

/** What the engine knows beyond findings, for whoever asks about a place. What is asked is computed once. */
export class Knowledge {
  readonly #program: Program;
  #notes: readonly GuardNote[] | undefined;
  #map: LockMap | undefined;
  #findingLocks: FindingLocks | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Of a piece of source, with the findings of its file. */
  explain(at: Site, findings: readonly Finding[]): Explanation {
    return explain(this.#program, at, findings);
  }

  /** Of the innermost thing that happens at an offset; undefined where nothing is worth a word. */
  explainPoint(file: string, offset: number): PointExplanation | undefined {
    return explainPoint(this.#program, file, offset);
  }

  /** The critical sections of a file, in the order of the source. */
  sectionsIn(file: string): readonly CriticalSection[] {
    const endOf = (site: Site): Site | undefined => {
      const tree = this.#program.bench.tree(site.file);
      return tree && blockEnd(tree, site);
    };
    return this.#program.functions
      .filter(({ model }) => model.site.file === file)
      .flatMap((fn) => criticalSections(fn, endOf))
      .sort((a, b) => a.taken.start - b.taken.start);
  }

  /** The objects of several threads that are declared in a file, with the locks that guard them. */
  guardsIn(file: string): readonly GuardNote[] {
    return this.guards.filter(({ site }) => site.file === file);
  }

  /** The same of all files. */
  get guards(): readonly GuardNote[] {
    this.#notes ??= guardNotes(this.#program);
    return this.#notes;
  }

  /** Where a file names what several threads use, in the order of the source. */
  sharedNamesIn(file: string): readonly SharedName[] {
    return sharedNames(this.guards, file, this.#program.bench.tree(file)?.text ?? "");
  }

  /** The locks that an annotation in the comment at an offset could name. */
  annotationWords(file: string, offset: number): readonly string[] {
    return this.#program.bench.words().locksFor(file, offset);
  }

  /** The name of a lock in an annotation, with where that lock is declared. */
  annotatedLockAt(file: string, offset: number): LockMention | undefined {
    return this.#program.bench.words().at(file, offset);
  }

  /** What it takes to call a lock otherwise, in code and annotations; undefined where the name would clash. */
  renameLock({ declared }: LockMention, name: string): readonly Edit[] | undefined {
    const { bench } = this.#program;
    const references = bench.referencesTo(declared);
    const isTaken = (site: Site): boolean => {
      const tree = bench.tree(site.file);
      return tree !== undefined && isNameTaken(tree, site, name);
    };
    if (references.some(isTaken)) return undefined;
    const code = references.map((site): Edit => {
      const tree = bench.tree(site.file);
      return { site, newText: tree ? renamedReference(tree, site, name) : name };
    });
    const edits = [
      ...code,
      ...bench
        .words()
        .of(declared)
        .map(({ site }) => ({ site, newText: name })),
    ];
    return code.length > 0 && bench.keepsSound(edits) ? edits : undefined;
  }

  /** The lock that is taken or given back at an offset. */
  lockAt(file: string, offset: number): KnownLock | undefined {
    return lockAt(this.#program, file, offset);
  }

  /** Who takes a lock. */
  acquirersOf(lock: string): readonly LockUser[] {
    return acquirersOf(this.#program, lock);
  }

  /** The order in which locks are taken, everywhere. */
  get lockOrder(): readonly OrderedLocks[] {
    return lockOrder(this.#program);
  }

  /** All locks, with what they guard and who takes them. */
  get lockMap(): LockMap {
    this.#map ??= lockMap(this.#program);
    return this.#map;
  }

  /** The locks that a finding is about: those that are taken, given back or held at one of its places; their keys in the map. */
  locksOf(finding: Finding): readonly string[] {
    this.#findingLocks ??= new FindingLocks(this.#program, this.lockMap);
    return this.#findingLocks.of(finding);
  }

  /** Who may hold a lock while the function at that place waits for it. */
  holdersAgainst(lock: KnownLock): readonly LockUser[] {
    return holdersAgainst(this.#program, lock);
  }

  /** Who calls a function. */
  callersOf(id: string): readonly LockUser[] {
    return callersOf(this.#program, id);
  }
}
