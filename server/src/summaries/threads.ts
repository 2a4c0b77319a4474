import { chosenKey } from "../facts/order.js";
import { type Channel, TRUTHY } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import { oncePer } from "../model/once-per.js";
import { contains, END, type Path, pathKey, TURN } from "../model/path.js";
import { type Binding, bind, bindChannels, bindDecisions, bindLocks, descend } from "./binding.js";
import { spawnedIn } from "./connections.js";
import { inFunctions, type ProgramFacts } from "./program-facts.js";
import type { FunctionFacts } from "./summarise.js";
import type {
  AccessSummary,
  AcquireSummary,
  ConfinedSummary,
  Context,
  CountSummary,
  FunctionSummary,
  PauseSummary,
  SignalSummary,
  SpawnSummary,
} from "./summary.js";

/** Something that runs: the code that starts a program, or a thread, task or worker it brings to life. */
export interface Thread {
  /** The spawn, or the entry function. */
  readonly id: string;
  /** What to call it in messages. */
  readonly name: string;
  readonly spawn: SpawnSummary | undefined;
  /** Whether two of it may run at once. */
  readonly overlapsItself: boolean;
  readonly accesses: readonly AccessSummary[];
  readonly acquires: readonly AcquireSummary[];
  /** Where it waits for other threads. */
  readonly pauses: readonly PauseSummary[];
  /** Where it tells other threads something, and what. */
  readonly signals: readonly SignalSummary[];
  /** Where it changes what threads count together, or waits until that is zero. */
  readonly counts: readonly CountSummary[];
  readonly notifies: readonly Channel[];
  /** The functions it comes to that annotations keep to some threads. */
  readonly confinements: readonly ConfinedSummary[];
}

/** One run of a program: an entry, and all that comes to life in it. Objects of different programs never meet. */
export interface Execution {
  readonly entry: Thread;
  readonly threads: readonly Thread[];
  /** Whether the code of every thread is known. */
  readonly isComplete: boolean;
}

/** Threads that start threads that start threads: deeper than this nobody looks. */
const MAX_DEPTH = 4;

const starting = inFunctions((facts) => (facts.summary.spawns.length > 0 ? [facts] : []));

/** The programs among the functions: bodies of `main`, modules, and functions that nothing calls. */
export const findExecutions = oncePer((facts: ProgramFacts): readonly Execution[] => {
  const spawned = spawnedIn(facts);
  const entries = starting(facts).filter(
    ({ model: { id, entry } }) => entry !== undefined || !(facts.called.has(id) || spawned.has(id)),
  );
  return entries.map(({ model, summary }) => executionOf(model, summary, facts));
});

/** What executions were made of, to be used again as long as none of it has changed. */
const kept = new WeakMap<FunctionSummary, { readonly execution: Execution; readonly rests: Rests }>();
type Rests = ReadonlyMap<string, FunctionFacts | undefined>;

/** The same object as before where nothing it rests on has changed. */
function executionOf(model: FunctionModel, summary: FunctionSummary, facts: ProgramFacts): Execution {
  const known = kept.get(summary);
  if (known && [...known.rests].every(([id, rest]) => facts.get(id) === rest)) return known.execution;
  const rests = new Map<string, FunctionFacts | undefined>();
  const factsOf = (id: string): FunctionFacts | undefined => {
    rests.set(id, facts.get(id));
    return facts.get(id);
  };
  const execution = putTogether(model, summary, factsOf);
  kept.set(summary, { execution, rests });
  return execution;
}

type FactsOf = (id: string) => FunctionFacts | undefined;

function putTogether(model: FunctionModel, summary: FunctionSummary, facts: FactsOf): Execution {
  const threads = new Map<string, Thread>();
  let isComplete = true;
  const visit = (spawns: readonly SpawnSummary[], depth: number): void => {
    for (const spawn of spawns) {
      if (spawn.confined === "worker" && depth === 0) continue;
      const target = targetSummary(spawn, facts);
      if (!target) isComplete = false;
      if (!target || depth >= MAX_DEPTH) continue;
      const thread = threadOf(spawn, target, facts);
      const key = `${thread.id}|${spawn.args.map((argument) => argument.path && pathKey(argument.path)).join()}`;
      const known = threads.get(key);
      // Brought to life on two ways through the code: two of it may run.
      threads.set(key, known ? { ...known, overlapsItself: known.overlapsItself || mayMeet(known, thread) } : thread);
      if (!known) visit(target.spawns, depth + 1);
    }
  };
  visit(summary.spawns, 0);
  const entry: Thread = {
    id: model.id,
    name: "the main thread",
    spawn: undefined,
    overlapsItself: false,
    accesses: summary.accesses.filter((access) => access.confined !== "worker").map(settled),
    acquires: summary.acquires.filter((acquire) => acquire.confined !== "worker").map(settled),
    pauses: summary.pauses.filter((pause) => pause.confined !== "worker").map(settled),
    signals: summary.signals.filter((signal) => signal.confined !== "worker").map(settled),
    counts: summary.counts.filter((count) => count.confined !== "worker").map(settled),
    notifies: summary.notifies,
    confinements: summary.confinements.filter(({ confined }) => confined !== "worker"),
  };
  return { entry, threads: [...threads.values()], isComplete };
}

function mayMeet(a: Thread, b: Thread): boolean {
  if (a.spawn?.spawn.turns !== undefined) return false;
  return a.id === b.id && (b.spawn?.running.includes(a.id) ?? false);
}

function targetSummary(spawn: SpawnSummary, facts: FactsOf): FunctionSummary | undefined {
  const target = targetOf(spawn);
  return target === undefined ? undefined : facts(target)?.summary;
}

/** The function with which it begins, by id. */
function targetOf({ spawn: { target } }: SpawnSummary): string | undefined {
  if (target.kind === "function") return target.id;
  return target.kind === "module" ? `${target.file}#` : undefined;
}

/** The function with which a thread begins, by id: that of the program, or the one it was made with. */
export function startOf({ id, spawn }: Thread): string {
  return (spawn && targetOf(spawn)) ?? id;
}

/** The thread's doings in the terms of the program: what it was given is what the other side gave. */
function threadOf(spawn: SpawnSummary, target: FunctionSummary, facts: FactsOf): Thread {
  const parameters = facts(target.id)?.model.parameters ?? [];
  const args = new Map(
    parameters.flatMap((root, index) => (spawn.args[index] ? [[root, spawn.args[index]] as const] : [])),
  );
  if (spawn.data && spawn.spawn.target.kind === "module") args.set(`data:${spawn.spawn.target.file}`, spawn.data);
  const aliases = facts(spawn.functionId)?.model.aliases ?? new Map();
  const binding: Binding = { args, receiver: spawn.handle, aliases, sameThread: false };
  const accesses = target.accesses.flatMap((access) => {
    if (access.confined === "main" || !crosses(access, binding)) return [];
    const object = bind(access.object, binding);
    const context = object && rebound(access, binding);
    return context ? [{ ...access, object, ...context, own: ownOf(access, binding) }] : [];
  });
  const acquires = target.acquires.flatMap((acquire) => {
    const lock = acquire.confined === "main" ? undefined : bind(acquire.lock, binding);
    const context = lock && rebound(acquire, binding);
    return context ? [{ ...acquire, lock, ...context }] : [];
  });
  const told = <T extends Context & { readonly on: Channel }>(items: readonly T[]): T[] =>
    items
      .filter(({ confined }) => confined !== "main")
      .flatMap((item) => {
        const context = rebound(item, binding);
        return context ? [{ ...item, ...context, on: item.on && bind(item.on, binding) }] : [];
      });
  const { target: what, noun, id } = spawn.spawn;
  const name = what.kind === "function" ? what.name : what.kind === "module" ? baseName(what.file) : noun;
  return {
    id,
    name,
    spawn,
    overlapsItself: spawn.running.includes(id) && spawn.spawn.turns === undefined,
    accesses,
    acquires,
    pauses: told(target.pauses),
    signals: told(target.signals),
    counts: told(target.counts).flatMap(({ on, ...count }) => (on ? [{ ...count, on }] : [])),
    notifies: [...bindChannels(target.notifies, binding), END],
    confinements: target.confinements.filter((each) => each.confined !== "main" && rebound(each, binding)),
  };
}

/** The circumstances in the terms of the program; undefined where what the thread was given keeps it from there. */
function rebound(
  context: Context,
  binding: Binding,
): Pick<Context, "held" | "uncertain" | "waited" | "assumed"> | undefined {
  const decisions = bindDecisions(context, binding);
  if (!decisions) return undefined;
  const { held, lost } = bindLocks(context.held, binding);
  const isOpen = decisions.isOpen || decisions.assumed.length > 0;
  const uncertain = context.uncertain || lost || isOpen;
  return { held, uncertain, waited: bindChannels(context.waited, binding), assumed: [] };
}

/** What nobody gave the code that starts the program, nobody knows. */
function settled<T extends Context>(item: T): T {
  return item.assumed.length === 0 ? item : { ...item, uncertain: true, assumed: [] };
}

/** What tells the threads of one spawn apart: an object of its own for each, or a value by which one of them is chosen. */
function ownOf(access: AccessSummary, binding: Binding): string | undefined {
  const varies = (path: Path): boolean => {
    const given = binding.args.get(path.root);
    return given !== undefined && descend(given, path.steps).value.each;
  };
  if (varies(access.object)) return "each";
  const choice = access.chosen.find(
    ({ by, value, is }) => is && value !== TRUTHY && (pathKey(by) === pathKey(TURN) || varies(by)),
  );
  return choice && chosenKey(choice);
}

/** Whether both sides see one memory: what is copied on its way into a thread is nobody else's. */
function crosses(access: AccessSummary, binding: Binding): boolean {
  const given = binding.args.get(access.object.root);
  if (!given) return access.holder.shared === "yes";
  const { value } = descend(given, access.object.steps);
  if (value.crosses === "copied") return false;
  return access.holder.shared === "yes" || value.crosses === "shared";
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

/** Whether two threads of one program may run at the same time. */
function mayOverlap(a: Thread, b: Thread): boolean {
  if (a === b) return a.overlapsItself;
  if (!a.spawn || !b.spawn) return false;
  if (a.spawn.spawn.turns !== undefined && a.spawn.spawn.turns === b.spawn.spawn.turns) return false;
  if (a.id === b.id) return a.overlapsItself || mayMeet(a, b) || mayMeet(b, a);
  return a.spawn.running.includes(b.id) || b.spawn.running.includes(a.id);
}

/** Whether the event comes after something that `teller` tells, which is no certainty but no evidence either. */
function isTold(teller: Thread, { waited }: Context): boolean {
  return waited.some((on) => teller.notifies.some((told) => !on || !told || contains(on, told)));
}

/** Whether a barrier stands between two events of threads that run the same function. */
function areApart(a: Thread, at: Context, b: Thread, bt: Context): boolean {
  return a.spawn !== undefined && a.id === b.id && !at.phases.some((phase) => bt.phases.includes(phase));
}

/** Why one event never happens while the other does: what tells, what they meet at, when the threads live. */
export type Apartness = "told" | "barrier" | "lifetime";

/** What keeps an event of one thread and one of another apart; undefined where they may happen at the same time. */
export function apartness(a: Thread, at: Context, b: Thread, bt: Context): Apartness | undefined {
  if (!mayRunTogether(a, at, b, bt)) return "lifetime";
  if (isTold(a, bt) || isTold(b, at)) return "told";
  return areApart(a, at, b, bt) ? "barrier" : undefined;
}

function mayRunTogether(a: Thread, at: Context, b: Thread, bt: Context): boolean {
  if (a.spawn && b.spawn) return mayOverlap(a, b);
  // A listener of the main thread runs at a time nobody knows, which is no evidence.
  if (!a.spawn && !b.spawn) return false;
  const [context, other] = a.spawn ? [bt, a] : [at, b];
  return !context.later && context.running.includes(other.id);
}

/** Whether something one thread does may happen while the other runs. */
export function mayCoincide(a: Thread, at: Context, b: Thread, bt: Context): boolean {
  return apartness(a, at, b, bt) === undefined;
}
