import {
  type Acquire,
  type Assume,
  type Call,
  type Event,
  type FunctionModel,
  ON_MAIN_THREAD,
} from "../model/events.js";
import { type Path, pathKey } from "../model/path.js";
import type { Site } from "../source/site.js";
import { type Dataflow, solve } from "./dataflow.js";

/** A lock that is held, and where it was taken. */
export interface HeldLock {
  readonly lock: Path;
  readonly site: Site;
  readonly by: Acquire["by"];
  readonly reentrant: boolean;
  /** Taken by a promise: other tasks of this thread that want it wait by a promise too. */
  readonly async: boolean;
  /** Held together with others that read. */
  readonly reads: boolean;
}

/** What a call does to the caller's locks, in the caller's terms. */
export interface LockEffect {
  readonly acquired: readonly HeldLock[];
  readonly released: readonly Path[];
}

/** The locks held before one event. */
export interface Lockset {
  /** Held on every way here: these protect. */
  readonly must: ReadonlyMap<string, HeldLock>;
  /** Held on some way here: these may leak. */
  readonly may: ReadonlyMap<string, HeldLock>;
  /** Whether a lock may be held that the engine cannot name. */
  readonly unknown: boolean;
  /** Which threads get here, where the code asks. */
  readonly confined: "main" | "worker" | undefined;
}

/** What a call does to locks, or undefined where it does nothing. */
export type EffectOf = (call: Call) => LockEffect | undefined;

/**
 * The lattice: for each valuation of the conditions that decide about locks, what must and may be held there.
 * Order: fewer `must`, more `may` is higher. More valuations than `MAX_VALUATIONS` are merged into one.
 */
type State = ReadonlyMap<string, Disjunct>;

interface Disjunct {
  readonly valuation: ReadonlyMap<string, boolean>;
  readonly must: ReadonlyMap<string, HeldLock>;
  readonly may: ReadonlyMap<string, HeldLock>;
  /** Locks of `must` that were held when they were taken again: what a release goes back to, innermost last. */
  readonly outer: ReadonlyMap<string, readonly HeldLock[]>;
  /** Acquired if the condition turns out true. */
  readonly pending: ReadonlyMap<string, HeldLock>;
  readonly unknown: boolean;
}

const MAX_VALUATIONS = 8;
/** A lock taken again more often than this is taken again in a loop. */
const MAX_DEPTH = 4;
const NO_OUTER: ReadonlyMap<string, readonly HeldLock[]> = new Map();
const NO_LOCKS: ReadonlyMap<string, HeldLock> = new Map();
const NO_VALUES: ReadonlyMap<string, boolean> = new Map();
const NOTHING_HELD: Lockset = { must: NO_LOCKS, may: NO_LOCKS, unknown: false, confined: undefined };

/** The locks held before every node of a function, undefined where it is never reached. */
export function locksets(model: FunctionModel, effectOf: EffectOf): readonly (Lockset | undefined)[] {
  if (!model.nodes.some(({ event }) => mattersToLocks(event, effectOf))) {
    return model.nodes.map(() => NOTHING_HELD);
  }
  const tracked = decidingConditions(model);
  const initial: Disjunct = {
    valuation: NO_VALUES,
    must: NO_LOCKS,
    may: NO_LOCKS,
    outer: NO_OUTER,
    pending: NO_LOCKS,
    unknown: false,
  };
  const flow: Dataflow<State> = {
    entry: new Map([["", initial]]),
    after: (event, before) => after(event, before, tracked, effectOf),
    afterThrow,
    join: joinStates,
    equals: equalStates,
  };
  return solve(model.nodes, flow).map((state) => state && summarise(state));
}

function mattersToLocks(event: Event, effectOf: EffectOf): boolean {
  if (event.kind === "acquire" || event.kind === "release") return true;
  if (event.kind === "assume") return event.condition === ON_MAIN_THREAD;
  return event.kind === "call" && effectOf(event) !== undefined;
}

/** Conditions worth telling apart: those that an acquire depends on, and those that are tested more than once. */
function decidingConditions(model: FunctionModel): ReadonlySet<string> {
  const sites = new Map<string, Set<number>>();
  const deciding = new Set<string>([ON_MAIN_THREAD]);
  for (const { event } of model.nodes) {
    if (event.kind === "acquire" && event.condition !== undefined) deciding.add(event.condition);
    if (event.kind !== "assume") continue;
    const starts = sites.get(event.condition) ?? new Set();
    starts.add(event.site.start);
    sites.set(event.condition, starts);
    if (starts.size > 1) deciding.add(event.condition);
  }
  return deciding;
}

function after(event: Event, before: State, tracked: ReadonlySet<string>, effectOf: EffectOf): State | undefined {
  switch (event.kind) {
    case "acquire":
      return mapState(before, (disjunct) => acquire(disjunct, event));
    case "release":
      return mapState(before, (disjunct) => release(disjunct, event.lock));
    case "assume":
      return tracked.has(event.condition) ? mapState(before, (disjunct) => assume(disjunct, event)) : before;
    case "loop":
      // The next iteration binds its constants anew; what they were says nothing about what they will be.
      return mapState(before, (disjunct) => ({ ...disjunct, valuation: onlyMainThread(disjunct.valuation) }));
    case "call": {
      const effect = event.when === "now" ? effectOf(event) : undefined;
      return effect ? mapState(before, (disjunct) => applied(disjunct, effect)) : before;
    }
    default:
      return before;
  }
}

/** An acquire that throws may have the lock all the same: it was abandoned by a thread that died. */
function afterThrow(event: Event, before: State): State {
  if (event.kind !== "acquire" || event.by !== "manual") return before;
  return mapState(before, (disjunct) => ({ ...disjunct, unknown: true })) ?? before;
}

function onlyMainThread(valuation: ReadonlyMap<string, boolean>): ReadonlyMap<string, boolean> {
  const value = valuation.get(ON_MAIN_THREAD);
  return value === undefined ? NO_VALUES : new Map([[ON_MAIN_THREAD, value]]);
}

function applied(disjunct: Disjunct, effect: LockEffect): Disjunct {
  let at = disjunct;
  for (const lock of effect.released) at = release(at, lock);
  for (const held of effect.acquired) at = hold(at, held);
  return at;
}

function acquire(disjunct: Disjunct, event: Acquire): Disjunct {
  if (!event.lock) return { ...disjunct, unknown: true };
  const held: HeldLock = {
    lock: event.lock,
    site: event.site,
    by: event.by,
    reentrant: event.reentrant,
    async: event.async,
    reads: event.reads,
  };
  if (event.condition === undefined) return hold(disjunct, held);
  const valuation = new Map(disjunct.valuation);
  valuation.delete(event.condition);
  return { ...disjunct, valuation, pending: new Map([...disjunct.pending, [event.condition, held]]) };
}

function hold(disjunct: Disjunct, held: HeldLock): Disjunct {
  const key = pathKey(held.lock);
  const before = disjunct.must.get(key);
  const stack = disjunct.outer.get(key) ?? [];
  return {
    ...disjunct,
    outer: before ? new Map([...disjunct.outer, [key, [...stack, before].slice(-MAX_DEPTH)]]) : disjunct.outer,
    must: new Map([...disjunct.must, [key, held]]),
    may: new Map([...disjunct.may, [key, held]]),
  };
}

function release(disjunct: Disjunct, lock: Path | undefined): Disjunct {
  if (!lock) return { ...disjunct, unknown: false };
  const key = pathKey(lock);
  const must = new Map(disjunct.must);
  const may = new Map(disjunct.may);
  const outer = new Map(disjunct.outer);
  const stack = outer.get(key) ?? [];
  const before = stack.at(-1);
  if (before) {
    must.set(key, before);
    may.set(key, before);
    outer.set(key, stack.slice(0, -1));
  } else {
    must.delete(key);
    may.delete(key);
  }
  const pending = new Map([...disjunct.pending].filter(([, held]) => pathKey(held.lock) !== key));
  // What is released without being held by name was the lock that had none.
  if (!disjunct.may.has(key) && pending.size === disjunct.pending.size) return { ...disjunct, unknown: false };
  return { ...disjunct, must, may, outer, pending };
}

function assume(disjunct: Disjunct, event: Assume): Disjunct | undefined {
  const known = disjunct.valuation.get(event.condition);
  if (known !== undefined && known !== event.value) return undefined;
  const valuation = new Map([...disjunct.valuation, [event.condition, event.value]]);
  const held = disjunct.pending.get(event.condition);
  if (!held) return { ...disjunct, valuation };
  const pending = new Map(disjunct.pending);
  pending.delete(event.condition);
  const decided = { ...disjunct, valuation, pending };
  return event.value ? hold(decided, held) : decided;
}

function mapState(state: State, change: (disjunct: Disjunct) => Disjunct | undefined): State | undefined {
  const changed: Disjunct[] = [];
  for (const disjunct of state.values()) {
    const result = change(disjunct);
    if (result) changed.push(result);
  }
  return changed.length === 0 ? undefined : collect(changed);
}

function collect(disjuncts: readonly Disjunct[]): State {
  const state = new Map<string, Disjunct>();
  for (const disjunct of disjuncts) {
    const key = valuationKey(disjunct.valuation);
    const known = state.get(key);
    state.set(key, known ? joinDisjuncts(known, disjunct) : disjunct);
  }
  if (state.size <= MAX_VALUATIONS) return state;
  const merged = [...state.values()].map((disjunct): Disjunct => ({ ...disjunct, valuation: NO_VALUES }));
  return new Map([["", merged.reduce(joinDisjuncts)]]);
}

function valuationKey(valuation: ReadonlyMap<string, boolean>): string {
  if (valuation.size === 0) return "";
  return [...valuation]
    .map(([condition, value]) => `${condition}=${value}`)
    .sort()
    .join("&");
}

function joinStates(a: State, b: State): State {
  return collect([...a.values(), ...b.values()]);
}

function joinDisjuncts(a: Disjunct, b: Disjunct): Disjunct {
  return {
    valuation: a.valuation,
    must: new Map([...a.must].filter(([key]) => b.must.has(key))),
    may: new Map([...b.may, ...a.may]),
    outer: joinOuter(a.outer, b.outer),
    pending: new Map([...b.pending, ...a.pending]),
    unknown: a.unknown || b.unknown,
  };
}

/** The lesser depth of both: what is held on every way. */
function joinOuter(a: Disjunct["outer"], b: Disjunct["outer"]): Disjunct["outer"] {
  if (a.size === 0 || b.size === 0) return NO_OUTER;
  const joined = new Map<string, readonly HeldLock[]>();
  for (const [key, stack] of a) {
    const depth = Math.min(stack.length, b.get(key)?.length ?? 0);
    if (depth > 0) joined.set(key, stack.slice(0, depth));
  }
  return joined;
}

function equalStates(a: State, b: State): boolean {
  if (a.size !== b.size) return false;
  for (const [key, left] of a) {
    const right = b.get(key);
    if (!right || left.unknown !== right.unknown) return false;
    if (!sameKeys(left.must, right.must) || !sameKeys(left.may, right.may)) return false;
    if (!sameKeys(left.pending, right.pending) || !sameDepths(left.outer, right.outer)) return false;
  }
  return true;
}

function sameDepths(a: Disjunct["outer"], b: Disjunct["outer"]): boolean {
  const depth = (outer: Disjunct["outer"], key: string): number => outer.get(key)?.length ?? 0;
  return [...a.keys(), ...b.keys()].every((key) => depth(a, key) === depth(b, key));
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) if (!b.has(key)) return false;
  return true;
}

function summarise(state: State): Lockset {
  const disjuncts = [...state.values()];
  const all = disjuncts.reduce(joinDisjuncts);
  const mains = new Set(disjuncts.map((disjunct) => disjunct.valuation.get(ON_MAIN_THREAD)));
  const only = mains.size === 1 ? [...mains][0] : undefined;
  const confined = only === undefined ? undefined : only ? "main" : "worker";
  return { must: all.must, may: all.may, unknown: all.unknown, confined };
}
