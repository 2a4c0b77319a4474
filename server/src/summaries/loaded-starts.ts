import type { Spawn } from "../model/events.js";
import type { Site } from "../source/site.js";
import { spawnsOf } from "./call-graph.js";
import { inFunctions, type ProgramFacts } from "./program-facts.js";
import type { FunctionFacts } from "./summarise.js";

/** A thread that a module starts whenever it is loaded, although threads load it. */
export interface LoadedStart {
  readonly noun: "thread" | "pool" | "worker";
  /** What the user calls the thread or the pool. */
  readonly text: string;
  readonly site: Site;
  /** The calls from the module's own code to it. */
  readonly calls: readonly Site[];
  /** What brings the thread to life that loads the module. */
  readonly loader: Spawn;
  /** Whether that is this very start: each thread starts the next one. */
  readonly isItself: boolean;
}

type Facts = ProgramFacts;
/** The modules that a module loads. */
type Loads = (file: string) => readonly string[];
/** Whether code decides by what it runs as whether it comes to a place. */
type Asks = (site: Site, isWorker: boolean) => boolean;

/** Calls into calls: deeper than this nobody looks. */
const MAX_DEPTH = 4;

const modules = inFunctions((facts) => (facts.model.entry === "module" ? [facts] : []));
const spawns = inFunctions(({ model }) => spawnsOf(model));

/** The first start of each module that threads load, where nothing keeps it to the main thread. */
export function findLoadedStarts(facts: Facts, loads: Loads, asks: Asks): readonly LoadedStart[] {
  const found: LoadedStart[] = [];
  let loaders: Loaders | undefined;
  for (const each of modules(facts)) {
    const start = firstStart(each, facts, asks, (spawn) => {
      loaders ??= new Loaders(facts, loads);
      return loaders.of(each.model.site.file, spawn);
    });
    if (start) found.push(start);
  }
  return found;
}

/** By module, who makes threads load it. */
class Loaders {
  readonly #loads: Loads;
  readonly #byTarget = new Map<string, Spawn>();

  constructor(facts: Facts, loads: Loads) {
    this.#loads = loads;
    for (const spawn of spawns(facts)) {
      const file = spawn.noun === "worker" ? undefined : fileOf(spawn);
      if (file !== undefined && !this.#byTarget.has(file)) this.#byTarget.set(file, spawn);
    }
  }

  /**
   * Who makes a thread load the module: a worker that it starts itself, or any thread of the library, which may start
   * none before it has loaded all that it needs.
   */
  of(module: string, worker: Spawn | undefined): Spawn | undefined {
    if (worker) {
      const file = fileOf(worker);
      return file !== undefined && this.#reaches(file, module) ? worker : undefined;
    }
    return [...this.#byTarget].find(([file]) => this.#reaches(file, module))?.[1];
  }

  #reaches(from: string, module: string): boolean {
    const reached = new Set([from]);
    for (const file of reached) {
      if (file === module) return true;
      for (const loaded of this.#loads(file)) reached.add(loaded);
    }
    return false;
  }
}

/** The file of the function or module that a thread runs. */
function fileOf({ target }: Spawn): string | undefined {
  if (target.kind === "module") return target.file;
  return target.kind === "function" ? target.id.slice(0, target.id.indexOf("#")) : undefined;
}

type LoaderOf = (worker: Spawn | undefined) => Spawn | undefined;

function firstStart(module: FunctionFacts, facts: Facts, asks: Asks, loaderOf: LoaderOf): LoadedStart | undefined {
  const visited = new Set<string>();
  const visit = ({ model, locks }: FunctionFacts, calls: readonly Site[]): LoadedStart | undefined => {
    if (visited.has(model.id) || calls.length > MAX_DEPTH) return undefined;
    visited.add(model.id);
    const early = model.entry === "module" ? undefined : beforeWaits(model);
    for (const [index, { event }] of model.nodes.entries()) {
      const lockset = locks[index];
      if (!lockset || lockset.confined === "main" || (early && !early.has(index))) continue;
      if (event.kind === "call") {
        const callee =
          event.when === "now" && event.callee.kind === "function" ? facts.get(event.callee.id) : undefined;
        const start = callee && callee.model.entry === undefined && visit(callee, [...calls, event.site]);
        if (start) return start;
        continue;
      }
      const started = startAt(event);
      const loader = started && loaderOf(started.worker);
      if (loader && ![...calls, event.site].some((site) => asks(site, started.worker !== undefined))) {
        const { noun, text } = started;
        return { noun, text, site: event.site, calls, loader, isItself: started.worker !== undefined };
      }
    }
    return undefined;
  };
  return visit(module, []);
}

type Event = FunctionFacts["model"]["nodes"][number]["event"];

function startAt(
  event: Event,
): (Pick<LoadedStart, "noun" | "text"> & { readonly worker: Spawn | undefined }) | undefined {
  if (event.kind === "start") return { noun: "thread", text: event.handle.text, worker: undefined };
  if (event.kind === "crew") return { noun: "pool", text: event.text, worker: undefined };
  const isWorker = event.kind === "spawn" && event.noun === "worker" && event.startsNow;
  return isWorker ? { noun: "worker", text: event.handle?.text ?? event.noun, worker: event } : undefined;
}

/** The nodes of a function that control comes to without a wait: what is behind one may run when all is loaded. */
function beforeWaits({ nodes }: FunctionFacts["model"]): ReadonlySet<number> {
  const reached = new Set([0]);
  for (const index of reached) {
    if (nodes[index]?.event.kind === "await") continue;
    for (const next of nodes[index]?.next ?? []) reached.add(next);
  }
  return reached;
}
