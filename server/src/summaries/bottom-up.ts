import { isDeepStrictEqual } from "node:util";
import type { Keep, Spawn } from "../model/events.js";
import type { FileModels, FunctionModel } from "../model/function-model.js";
import type { Gathered } from "../model/gathered.js";
import { type Path, pathKey } from "../model/path.js";
import { calleesOf, components, keepsOf, spawnsOf } from "./call-graph.js";
import type { Neighbours } from "./callees.js";
import { type FileFacts, ProgramFacts } from "./program-facts.js";
import { type FunctionFacts, summarise } from "./summarise.js";
import { emptySummary, type FunctionSummary } from "./summary.js";

/** Recursion is cut off here: what three rounds have not found, a reader would not follow either. */
const MAX_ROUNDS = 3;

/** A question one summary asked, and the answer it got: the summary holds as long as the answers do. */
interface Question {
  /** A function's id; undefined where it is about what is brought to life anywhere. */
  readonly about: string | undefined;
  readonly ask: (neighbours: Neighbours) => unknown;
  readonly answer: unknown;
}

interface Kept {
  readonly models: readonly FunctionModel[];
  readonly questions: readonly Question[];
  readonly facts: readonly FunctionFacts[];
}

/** The last answer, and what it takes to find out how far the next one differs. */
interface Last {
  readonly files: readonly FileModels[];
  readonly order: Order;
  /** For each component of the order. */
  readonly kept: readonly Kept[];
  readonly spawns: SpawnIndex;
  readonly facts: ProgramFacts;
}

/** Summaries from an earlier run, to be used again where nothing they rest on has changed. */
export class SummaryCache {
  last: Last | undefined;

  copy(): SummaryCache {
    const copy = new SummaryCache();
    copy.last = this.last;
    return copy;
  }
}

/** Facts and summaries of all functions, callees first. `cache` is read and brought up to date. */
export function summariseAll(files: readonly FileModels[], cache: SummaryCache, gathered: Gathered): ProgramFacts {
  const { last } = cache;
  const changed = last && changedModels(last.files, files);
  const next = last && changed ? summariseChanged(files, changed, last) : summariseEverything(files, last, gathered);
  cache.last = next;
  return next.facts;
}

/** The models that took another's place, by id; undefined where functions came or went, or call others than before. */
function changedModels(
  before: readonly FileModels[],
  after: readonly FileModels[],
): ReadonlyMap<string, FunctionModel> | undefined {
  if (before.length !== after.length) return undefined;
  const changed = new Map<string, FunctionModel>();
  for (const [index, models] of after.entries()) {
    const old = before[index]!;
    if (models === old) continue;
    if (models.length !== old.length) return undefined;
    for (const [at, model] of models.entries()) {
      if (model.id !== old[at]!.id || !isDeepStrictEqual(calleesOf(model), calleesOf(old[at]!))) return undefined;
      changed.set(model.id, model);
    }
  }
  return changed;
}

function summariseEverything(files: readonly FileModels[], last: Last | undefined, gathered: Gathered): Last {
  const models = new Map(files.flatMap((file) => file.map((model) => [model.id, model] as const)));
  const all = components(models);
  const order = new Order(all);
  const spawns = new SpawnIndex(files, gathered);
  const earlier = new Map(last?.kept.map((kept) => [keyOf(kept.models), kept]));
  const facts = new Map<string, FunctionFacts>();
  const known = new KnownNeighbours(
    (id) => models.get(id),
    (id) => facts.get(id),
    spawns,
  );
  const kept = all.map((component, index) => {
    const old = earlier.get(keyOf(component));
    const now = old && holds(old, component, known) ? old : summariseComponent(component, known, old);
    order.note(index, now.questions);
    for (const each of now.facts) facts.set(each.model.id, each);
    return now;
  });
  const before = new Map(last?.facts.files.map((file) => [fileOf(file), file]));
  const byFile = files.map((models) => {
    const now = models.map(({ id }) => facts.get(id)!);
    const old = before.get(fileOf(now));
    return old && sameAnswer(old, now) ? old : now;
  });
  return { files, order, kept, spawns, facts: ProgramFacts.of(byFile, order.called, gathered) };
}

/** Where all functions and calls are still there, only what rests on a changed function is looked at, in the same order. */
function summariseChanged(files: readonly FileModels[], changed: ReadonlyMap<string, FunctionModel>, last: Last): Last {
  const { order } = last;
  const spawns = last.spawns.of(files, last.facts.gathered);
  const anew = new Map<string, FunctionFacts>();
  const factsOf = (id: string): FunctionFacts | undefined => anew.get(id) ?? last.facts.get(id);
  let current = 0;
  const known = new KnownNeighbours(
    (id) => changed.get(id) ?? last.facts.get(id)?.model,
    // What comes later in the order has no summary yet.
    (id) => ((order.indexOf(id) ?? current) < current ? factsOf(id) : undefined),
    spawns,
  );
  const isDue = new Uint8Array(order.length);
  for (const id of changed.keys()) {
    isDue[order.indexOf(id)!] = 1;
    for (const asker of order.askersOf(id)) isDue[asker] = 1;
  }
  if (spawns !== last.spawns) for (const asker of order.spawnAskers) isDue[asker] = 1;
  const kept = [...last.kept];
  for (; current < isDue.length; current++) {
    if (isDue[current] === 0) continue;
    const old = kept[current]!;
    const component = old.models.map((model) => changed.get(model.id) ?? model);
    if (holds(old, component, known)) continue;
    const now = summariseComponent(component, known, old);
    order.note(current, now.questions);
    kept[current] = now;
    for (const [at, each] of now.facts.entries()) {
      anew.set(each.model.id, each);
      if (each.summary === old.facts[at]?.summary) continue;
      for (const asker of order.askersOf(each.model.id)) isDue[asker] = 1;
    }
  }
  return { files, order, kept, spawns, facts: last.facts.with(anew) };
}

function fileOf([first]: FileFacts): string | undefined {
  return first?.model.site.file;
}

function holds(kept: Kept, component: readonly FunctionModel[], known: Neighbours): boolean {
  return (
    kept.models.every((model, index) => model === component[index]) &&
    kept.questions.every(({ ask, answer }) => sameAnswer(ask(known), answer))
  );
}

/** Nearly all components are one function. */
function keyOf(component: readonly FunctionModel[]): string {
  return component.length === 1 ? component[0]!.id : component.map(({ id }) => id).join("\n");
}

/** In which order functions are summarised, as long as their calls stay the same; and who asked about whom. */
class Order {
  /** Of how many components. */
  readonly length: number;
  /** The functions that others run. */
  readonly called = new Set<string>();
  readonly #indexes = new Map<string, number>();
  readonly #askers = new Map<string, Set<number>>();
  /** The components that asked what is brought to life somewhere. */
  readonly spawnAskers = new Set<number>();

  constructor(components: readonly (readonly FunctionModel[])[]) {
    this.length = components.length;
    for (const [index, component] of components.entries()) {
      for (const model of component) {
        this.#indexes.set(model.id, index);
        for (const callee of calleesOf(model)) this.called.add(callee);
      }
    }
  }

  indexOf(id: string): number | undefined {
    return this.#indexes.get(id);
  }

  /** The components that ever asked about a function. */
  askersOf(id: string): Iterable<number> {
    return this.#askers.get(id) ?? [];
  }

  note(index: number, questions: readonly Question[]): void {
    for (const { about } of questions) {
      if (about === undefined) {
        this.spawnAskers.add(index);
        continue;
      }
      const askers = this.#askers.get(about);
      if (askers) askers.add(index);
      else this.#askers.set(about, new Set([index]));
    }
  }
}

function summariseComponent(component: readonly FunctionModel[], known: Neighbours, kept: Kept | undefined): Kept {
  const neighbours = new AskedNeighbours(known, new Set(component.map(({ id }) => id)));
  const isRecursive = component.length > 1 || calleesOf(component[0]!).includes(component[0]!.id);
  let result: FunctionFacts[] = [];
  for (let round = 0; round < (isRecursive ? MAX_ROUNDS : 1); round++) {
    const before = neighbours.within;
    result = component.map((model) => summarise(model, neighbours));
    neighbours.within = new Map(result.map(({ summary }) => [summary.id, summary]));
    if (isRecursive && isDeepStrictEqual(before, neighbours.within)) break;
  }
  // A summary that came out as before keeps its identity, so that its callers need not be looked at.
  const facts = result.map((each) => {
    const old = kept?.facts.find(({ summary }) => summary.id === each.summary.id);
    return old && isDeepStrictEqual(old.summary, each.summary) ? { ...each, summary: old.summary } : each;
  });
  return { models: component, questions: neighbours.questions, facts };
}

function sameAnswer(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => item === b[index]);
}

/** What is known of functions that were summarised before. */
class KnownNeighbours implements Neighbours {
  readonly #modelOf: (id: string) => FunctionModel | undefined;
  readonly #factsOf: (id: string) => FunctionFacts | undefined;
  readonly #spawns: SpawnIndex;

  constructor(
    modelOf: (id: string) => FunctionModel | undefined,
    factsOf: (id: string) => FunctionFacts | undefined,
    spawns: SpawnIndex,
  ) {
    this.#modelOf = modelOf;
    this.#factsOf = factsOf;
    this.#spawns = spawns;
  }

  summary(id: string): FunctionSummary | undefined {
    return this.#factsOf(id)?.summary;
  }

  parameters(id: string): readonly string[] {
    return this.#modelOf(id)?.parameters ?? [];
  }

  spawnsAt(handle: Path): readonly Spawn[] {
    return this.#spawns.at(handle);
  }

  spawnsOf(owner: Path): readonly Spawn[] {
    return this.#spawns.ownedBy(owner);
  }
}

/** Answers what one component asks about its neighbours, and takes down the questions. */
class AskedNeighbours implements Neighbours {
  readonly #known: Neighbours;
  readonly #members: ReadonlySet<string>;
  readonly #questions = new Map<string, Question>();
  within: ReadonlyMap<string, FunctionSummary> = new Map();

  constructor(known: Neighbours, members: ReadonlySet<string>) {
    this.#known = known;
    this.#members = members;
  }

  get questions(): readonly Question[] {
    return [...this.#questions.values()];
  }

  #note<T>(key: string, about: string | undefined, ask: (neighbours: Neighbours) => T, answer: T): T {
    if (!this.#questions.has(key)) this.#questions.set(key, { about, ask, answer });
    return answer;
  }

  summary(id: string): FunctionSummary | undefined {
    if (this.#members.has(id)) return this.within.get(id) ?? emptySummary(id);
    return this.#note(`summary ${id}`, id, (neighbours) => neighbours.summary(id), this.#known.summary(id));
  }

  parameters(id: string): readonly string[] {
    const answer = this.#known.parameters(id);
    return this.#members.has(id) ? answer : this.#note(`parameters ${id}`, id, (n) => n.parameters(id), answer);
  }

  spawnsAt(handle: Path): readonly Spawn[] {
    return this.#note(`at ${pathKey(handle)}`, undefined, (n) => n.spawnsAt(handle), this.#known.spawnsAt(handle));
  }

  spawnsOf(owner: Path): readonly Spawn[] {
    return this.#note(`of ${pathKey(owner)}`, undefined, (n) => n.spawnsOf(owner), this.#known.spawnsOf(owner));
  }
}

/** The threads, tasks and workers that the functions of a file make, and where they are put. */
const spawnsIn = (file: FileModels): readonly Spawn[] => file.flatMap(spawnsOf);
const keepsIn = (file: FileModels): readonly Keep[] => file.flatMap(keepsOf);

/** Finds spawns by where their result is kept. */
class SpawnIndex {
  readonly #spawns: readonly Spawn[];
  readonly #keeps: readonly Keep[];
  readonly #byRoot = new Map<string, Spawn[]>();
  readonly #byOwner = new Map<string, Spawn[]>();

  constructor(files: readonly FileModels[], gathered: Gathered) {
    this.#spawns = gathered.from(files, spawnsIn);
    this.#keeps = gathered.from(files, keepsIn);
    for (const spawn of this.#spawns) {
      if (spawn.handle) push(this.#byRoot, spawn.handle.root, spawn);
      if (spawn.owner) push(this.#byOwner, pathKey(spawn.owner), spawn);
    }
    for (const { handle, at } of this.#keeps) {
      for (const spawn of this.at(handle)) push(this.#byRoot, at.root, { ...spawn, handle: at });
    }
  }

  /** The index of other files: this one where they make and keep the same. */
  of(files: readonly FileModels[], gathered: Gathered): SpawnIndex {
    const isSame = sameAnswer(gathered.from(files, spawnsIn), this.#spawns);
    return isSame && sameAnswer(gathered.from(files, keepsIn), this.#keeps) ? this : new SpawnIndex(files, gathered);
  }

  at(handle: Path): readonly Spawn[] {
    const candidates = this.#byRoot.get(handle.root) ?? [];
    return unique(candidates.filter((spawn) => spawn.handle && matches(spawn.handle.steps, handle.steps)));
  }

  ownedBy(owner: Path): readonly Spawn[] {
    return unique(this.#byOwner.get(pathKey(owner)) ?? []);
  }
}

function matches(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index] || step === "*" || b[index] === "*");
}

function unique(spawns: readonly Spawn[]): readonly Spawn[] {
  const byId = new Map(spawns.map((spawn) => [spawn.id, spawn]));
  return byId.size === spawns.length ? spawns : [...byId.values()];
}

function push(map: Map<string, Spawn[]>, key: string, spawn: Spawn): void {
  const list = map.get(key);
  if (list) list.push(spawn);
  else map.set(key, [spawn]);
}
