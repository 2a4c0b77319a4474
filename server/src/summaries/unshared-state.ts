import type { ModuleState, ModuleVariable, StateUse } from "../model/module-state.js";
import { siteKey } from "../source/site.js";
import type { FunctionFacts } from "./summarise.js";
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
  readonly facts: ReadonlyMap<string, FunctionFacts>;
  stateOf(file: string): ModuleState;
  /** The modules that a module loads. */
  loads(file: string): readonly string[];
}

/**
 * Variables that only a thread reads and only its starter changes, or the other way round: what is read is what the
 * module's own loading has put there, always. State that both sides read and change is one of each, as is meant.
 */
export function findUnsharedState(execution: Execution, source: StateSource): readonly UnsharedState[] {
  const main = sideOf([execution.entry.id], "main", source);
  return execution.threads.flatMap((thread) => {
    const start = startOf(thread);
    if (!thread.spawn || start === thread.id || !source.facts.has(start)) return [];
    return unsharedWith(thread, sideOf([start], "worker", source), main, source);
  });
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

function unsharedWith(thread: Thread, own: Side, main: Side, source: StateSource): readonly UnsharedState[] {
  const files = new Set([...own.files, ...main.files]);
  const states = [...files].map((file) => source.stateOf(file));
  const captured = capturedIn(source.facts, files);
  const uses = new Map<string, StateUse[]>();
  for (const use of states.flatMap((state) => state.uses)) {
    const known = uses.get(use.key);
    if (known) known.push(use);
    else uses.set(use.key, [use]);
  }
  return states.flatMap(({ variables }) =>
    variables.flatMap((variable) => {
      const all = uses.get(variable.key) ?? [];
      if (captured.has(siteKey(variable.site))) return [];
      const found = readsInVain(all, own, main) ?? readsInVain(all, main, own);
      if (!found) return [];
      const [here, there] = found.side === own ? [found.read, found.write] : [found.write, found.read];
      return [{ thread, variable, here, there }];
    }),
  );
}

/** The variables that functions given to threads leave behind, of which another rule tells. */
function capturedIn(facts: StateSource["facts"], files: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { model } of facts.values()) {
    if (files.has(model.site.file)) for (const { declaration } of model.captures) found.add(siteKey(declaration));
  }
  return found;
}

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
