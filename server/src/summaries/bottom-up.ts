import { isDeepStrictEqual } from "node:util";
import type { Spawn } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import { type Path, pathKey } from "../model/path.js";
import { calleesOf, components, keepsOf, spawnsOf } from "./call-graph.js";
import type { Neighbours } from "./callees.js";
import { type FunctionFacts, summarise } from "./summarise.js";
import { emptySummary, type FunctionSummary } from "./summary.js";

/** Recursion is cut off here: what three rounds have not found, a reader would not follow either. */
const MAX_ROUNDS = 3;

/** A question one summary asked, and the answer it got: the summary holds as long as the answers do. */
interface Question {
  readonly ask: (neighbours: Neighbours) => unknown;
  readonly answer: unknown;
}

interface Kept {
  readonly models: readonly FunctionModel[];
  readonly questions: readonly Question[];
  readonly facts: readonly FunctionFacts[];
}

/** Summaries from an earlier run, to be used again where nothing they rest on has changed. */
export class SummaryCache {
  readonly kept = new Map<string, Kept>();
  /** The last answer as a whole, for when nothing that matters has changed. */
  last: { readonly models: readonly FunctionModel[]; readonly facts: ReadonlyMap<string, FunctionFacts> } | undefined;

  copy(): SummaryCache {
    const copy = new SummaryCache();
    for (const [key, kept] of this.kept) copy.kept.set(key, kept);
    copy.last = this.last;
    return copy;
  }
}

/** Facts and summaries of all functions, callees first. `cache` is read and brought up to date. */
export function summariseAll(
  models: ReadonlyMap<string, FunctionModel>,
  cache: SummaryCache,
): ReadonlyMap<string, FunctionFacts> {
  const all = [...models.values()];
  const { last } = cache;
  if (last && last.models.length === all.length && last.models.every((model, index) => model === all[index])) {
    return last.facts;
  }
  const facts = new Map<string, FunctionFacts>();
  const spawns = new SpawnIndex(models);
  const used = new Set<string>();
  const known = new KnownNeighbours(models, facts, spawns);
  for (const component of components(models)) {
    const key = keyOf(component);
    used.add(key);
    let kept = cache.kept.get(key);
    const holds =
      kept?.models.every((model, index) => model === component[index]) &&
      kept.questions.every(({ ask, answer }) => sameAnswer(ask(known), answer));
    if (!kept || !holds) {
      const neighbours = new AskedNeighbours(known, new Set(component.map((model) => model.id)));
      const result = summariseComponent(component, neighbours, kept);
      kept = { models: component, questions: neighbours.questions, facts: result };
      cache.kept.set(key, kept);
    }
    for (const each of kept.facts) facts.set(each.model.id, each);
  }
  for (const key of cache.kept.keys()) if (!used.has(key)) cache.kept.delete(key);
  cache.last = { models: all, facts };
  return facts;
}

/** Nearly all components are one function. */
function keyOf(component: readonly FunctionModel[]): string {
  return component.length === 1 ? component[0]!.id : component.map(({ id }) => id).join("\n");
}

function summariseComponent(
  component: readonly FunctionModel[],
  neighbours: AskedNeighbours,
  kept: Kept | undefined,
): readonly FunctionFacts[] {
  const isRecursive = component.length > 1 || calleesOf(component[0]!).includes(component[0]!.id);
  let result: FunctionFacts[] = [];
  for (let round = 0; round < (isRecursive ? MAX_ROUNDS : 1); round++) {
    const before = neighbours.within;
    result = component.map((model) => summarise(model, neighbours));
    neighbours.within = new Map(result.map(({ summary }) => [summary.id, summary]));
    if (isRecursive && isDeepStrictEqual(before, neighbours.within)) break;
  }
  // A summary that came out as before keeps its identity, so that its callers need not be looked at.
  return result.map((each) => {
    const old = kept?.facts.find(({ summary }) => summary.id === each.summary.id);
    return old && isDeepStrictEqual(old.summary, each.summary) ? { ...each, summary: old.summary } : each;
  });
}

function sameAnswer(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => item === b[index]);
}

/** What is known of functions that were summarised before. */
class KnownNeighbours implements Neighbours {
  readonly #models: ReadonlyMap<string, FunctionModel>;
  readonly #facts: ReadonlyMap<string, FunctionFacts>;
  readonly #spawns: SpawnIndex;

  constructor(
    models: ReadonlyMap<string, FunctionModel>,
    facts: ReadonlyMap<string, FunctionFacts>,
    spawns: SpawnIndex,
  ) {
    this.#models = models;
    this.#facts = facts;
    this.#spawns = spawns;
  }

  summary(id: string): FunctionSummary | undefined {
    return this.#facts.get(id)?.summary;
  }

  parameters(id: string): readonly string[] {
    return this.#models.get(id)?.parameters ?? [];
  }

  spawnsAt(handle: Path): readonly Spawn[] {
    return this.#spawns.at(handle);
  }

  spawnsOf(owner: Path): readonly Spawn[] {
    return this.#spawns.of(owner);
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

  #note<T>(key: string, ask: (neighbours: Neighbours) => T, answer: T): T {
    if (!this.#questions.has(key)) this.#questions.set(key, { ask, answer });
    return answer;
  }

  summary(id: string): FunctionSummary | undefined {
    if (this.#members.has(id)) return this.within.get(id) ?? emptySummary(id);
    return this.#note(`summary ${id}`, (neighbours) => neighbours.summary(id), this.#known.summary(id));
  }

  parameters(id: string): readonly string[] {
    const answer = this.#known.parameters(id);
    return this.#members.has(id) ? answer : this.#note(`parameters ${id}`, (n) => n.parameters(id), answer);
  }

  spawnsAt(handle: Path): readonly Spawn[] {
    return this.#note(`at ${pathKey(handle)}`, (n) => n.spawnsAt(handle), this.#known.spawnsAt(handle));
  }

  spawnsOf(owner: Path): readonly Spawn[] {
    return this.#note(`of ${pathKey(owner)}`, (n) => n.spawnsOf(owner), this.#known.spawnsOf(owner));
  }
}

/** Finds spawns by where their result is kept. */
class SpawnIndex {
  readonly #byRoot = new Map<string, Spawn[]>();
  readonly #byOwner = new Map<string, Spawn[]>();

  constructor(models: ReadonlyMap<string, FunctionModel>) {
    for (const model of models.values()) {
      for (const spawn of spawnsOf(model)) {
        if (spawn.handle) push(this.#byRoot, spawn.handle.root, spawn);
        if (spawn.owner) push(this.#byOwner, pathKey(spawn.owner), spawn);
      }
    }
    for (const model of models.values()) {
      for (const { handle, at } of keepsOf(model)) {
        for (const spawn of this.at(handle)) push(this.#byRoot, at.root, { ...spawn, handle: at });
      }
    }
  }

  at(handle: Path): readonly Spawn[] {
    const candidates = this.#byRoot.get(handle.root) ?? [];
    return unique(candidates.filter((spawn) => spawn.handle && matches(spawn.handle.steps, handle.steps)));
  }

  of(owner: Path): readonly Spawn[] {
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
