import type { ModuleState, ModuleVariable, StateUse } from "../model/module-state.js";
import { siteKey } from "../source/site.js";
import { inFunctions, type ProgramFacts } from "./program-facts.js";
import { type Execution, startOf, type Thread } from "./threads.js";

/** A variable of a module by which two threads seem to tell each other something, although each has its own. */
export interface UnsharedState {
  readonly thread: Thread;
  readonly variable: ModuleVariable;
  /** What the thread does with its own one. */
  readonly here: StateUse;
  /** What the code that started it does with the other one. */
  readonly there: StateUse;
}

/** What the search asks about the program. */
export interface StateSource {
  /** Those of all files that may name a variable of which the program knows. To find them every file is read. */
  readonly states: () => readonly ModuleState[];
  readonly facts: ProgramFacts;
  stateOf(file: string): ModuleState;
  /** The modules that a module loads. */
  loads(file: string): readonly string[];
}

/**
 * Variables that only a thread reads and only its starter changes, or the other way round: what is read is what the
 * module's own loading has put there, always. State that both sides read and change is one of each, as is meant.
 */
export function findUnsharedState(executions: readonly Execution[], source: StateSource): readonly UnsharedState[] {
  // Most programs have one thread, and nobody asks what their modules keep.
  if (!executions.some(({ threads }) => threads.some((thread) => hasOwnStart(thread, source)))) return [];
  const uses = usesOfChanging(source.states());
  if (uses.size === 0) return [];
  const search = new Search(source, uses);
  return executions.flatMap((execution) => search.of(execution));
}

const written = new WeakMap<ModuleState, ReadonlySet<string>>();

/** The variables that a file changes. Most files change none, and that is known as long as their texts stay. */
function writtenIn(state: ModuleState): ReadonlySet<string> {
  let keys = written.get(state);
  if (keys === undefined) {
    keys = new Set(state.uses.flatMap(({ key, does }) => (does === "write" ? [key] : [])));
    written.set(state, keys);
  }
  return keys;
}

/** By variable, what the program does with it; of those that somebody changes, and somebody reads. */
function usesOfChanging(states: readonly ModuleState[]): ReadonlyMap<string, readonly StateUse[]> {
  const uses = new Map(states.flatMap((state) => [...writtenIn(state)].map((key): [string, StateUse[]] => [key, []])));
  if (uses.size === 0) return uses;
  for (const use of states.flatMap((state) => state.uses)) uses.get(use.key)?.push(use);
  for (const [key, all] of uses) if (!all.some(({ does }) => does === "read")) uses.delete(key);
  return uses;
}

/** Whether somebody starts the thread, in a module that is known. */
function hasOwnStart(thread: Thread, { facts }: StateSource): boolean {
  const start = startOf(thread);
  return thread.spawn !== undefined && start !== thread.id && facts.get(start) !== undefined;
}

class Search {
  readonly #source: StateSource;
  readonly #uses: ReadonlyMap<string, readonly StateUse[]>;
  readonly #captured: ReadonlySet<string>;
  readonly #sides = new Map<string, Side>();

  constructor(source: StateSource, uses: ReadonlyMap<string, readonly StateUse[]>) {
    this.#source = source;
    this.#uses = uses;
    this.#captured = new Set(capturedIn(source.facts));
  }

  of(execution: Execution): readonly UnsharedState[] {
    return execution.threads.flatMap((thread) => {
      if (!hasOwnStart(thread, this.#source)) return [];
      return this.#unsharedWith(thread, this.#side(startOf(thread), "worker"), this.#side(execution.entry.id, "main"));
    });
  }

  #side(start: string, who: Side["who"]): Side {
    const key = `${who} ${start}`;
    const side = this.#sides.get(key) ?? sideOf([start], who, this.#source);
    this.#sides.set(key, side);
    return side;
  }

  #unsharedWith(thread: Thread, own: Side, main: Side): readonly UnsharedState[] {
    const isNear = (file: string): boolean => own.files.has(file) || main.files.has(file);
    return [...new Set([...own.files, ...main.files])].flatMap((file) =>
      this.#source.stateOf(file).variables.flatMap((variable) => {
        if (this.#captured.has(siteKey(variable.site))) return [];
        const all = (this.#uses.get(variable.key) ?? []).filter(({ site }) => isNear(site.file));
        const found = readsInVain(all, own, main) ?? readsInVain(all, main, own);
        if (!found) return [];
        const [here, there] = found.side === own ? [found.read, found.write] : [found.write, found.read];
        return [{ thread, variable, here, there }];
      }),
    );
  }
}

/** The code that one side runs. */
interface Side {
  readonly who: "main" | "worker";
  /** Functions that calls lead to. */
  readonly functions: ReadonlySet<string>;
  /** Files of which more may run than is known. */
  readonly open: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

function sideOf(starts: readonly string[], who: Side["who"], { facts, loads }: StateSource): Side {
  const files = new Set(starts.map(fileOf));
  for (const file of files) for (const loaded of loads(file)) files.add(loaded);
  const functions = new Set([...starts, ...[...files].map((file) => `${file}#`)]);
  const open = new Set<string>();
  for (const id of functions) {
    const known = facts.get(id);
    if (!known) {
      open.add(fileOf(id));
      continue;
    }
    for (const [index, { event }] of known.model.nodes.entries()) {
      const confined = event.kind === "call" ? known.locks[index]?.confined : undefined;
      if (event.kind !== "call" || (confined && confined !== who)) continue;
      if (event.callee.kind === "function") functions.add(event.callee.id);
      for (const { callback } of event.args) if (callback !== undefined) functions.add(callback);
    }
  }
  return { who, functions, open, files };
}

function fileOf(id: string): string {
  return id.slice(0, id.indexOf("#"));
}

/** The variables that functions given to threads leave behind, of which another rule tells. */
const capturedIn = inFunctions(({ model }) => model.captures.map(({ declaration }) => siteKey(declaration)));

/** A read of one side alone, where all changes are made by the other side alone. */
function readsInVain(
  uses: readonly StateUse[],
  reader: Side,
  writer: Side,
): { readonly side: Side; readonly read: StateUse; readonly write: StateUse } | undefined {
  const changes = uses.filter(
    (use) =>
      (use.does === "write" || use.does === "give") &&
      !(isLoading(use) && mayBeOf(use, reader) && mayBeOf(use, writer)),
  );
  const write = changes.find((use) => use.does === "write" && isSurely(use, writer));
  if (!write || changes.some((use) => mayBeOf(use, reader) || !mayBeOf(use, writer))) return undefined;
  if (uses.some((use) => use.does === "ask" && mayBeOf(use, reader))) return undefined;
  const read = uses.find((use) => use.does === "read" && isSurely(use, reader) && !mayBeOf(use, writer));
  return read && { side: reader, read, write };
}

/** Whether it is done when the module is loaded. */
function isLoading({ functions, only }: StateUse): boolean {
  return functions.length === 0 && only === undefined;
}

function isSurely({ functions, only, site }: StateUse, side: Side): boolean {
  if (functions.length === 0) return (only ?? side.who) === side.who && side.files.has(site.file);
  return functions.some((id) => side.functions.has(id));
}

function mayBeOf(use: StateUse, side: Side): boolean {
  return isSurely(use, side) || (use.functions.length > 0 && side.open.has(use.site.file));
}
