import type { Acquire, Assign, Assume, Call, Event, Release, Require } from "../model/events.js";
import { type Path, pathKey } from "../model/path.js";
import type { Site } from "../source/site.js";

/** A lock that is held, and where it was taken. */
export interface HeldLock {
  readonly lock: Path;
  readonly site: Site;
  /** `caller`: an annotation says so. */
  readonly by: Acquire["by"] | "caller";
  readonly reentrant: boolean;
  /** Taken by a promise: other tasks of this thread that want it wait by a promise too. */
  readonly async: boolean;
  /** Held together with others that read. */
  readonly reads: boolean;
}

/** What a call does to the caller's locks, in the caller's terms. */
export interface LockEffect {
  readonly acquired: readonly HeldLock[];
  /** Held if the call returns something true. */
  readonly acquiredIf: readonly HeldLock[];
  /** Of those that are held: whose guard the call returns. */
  readonly guarded: readonly HeldLock[];
  readonly released: readonly Path[];
  /** Whether it releases some lock without saying which. */
  readonly releasesUnnamed: boolean;
}

/**
 * The lattice: for each valuation of the conditions that decide about locks, what must and may be held there.
 * Order: fewer `must`, more `may` is higher. More valuations than `MAX_VALUATIONS` are merged into one.
 */
export type State = ReadonlyMap<string, Disjunct>;

export interface Disjunct {
  readonly valuation: ReadonlyMap<string, boolean>;
  readonly must: ReadonlyMap<string, HeldLock>;
  readonly may: ReadonlyMap<string, HeldLock>;
  /** Locks of `must` that were held when they were taken again: what a release goes back to, innermost last. */
  readonly outer: ReadonlyMap<string, readonly HeldLock[]>;
  /** Acquired if the condition turns out true. */
  readonly pending: ReadonlyMap<string, readonly HeldLock[]>;
  /** The locks, by key, that are given back when the guard is disposed of: none any more once it was. */
  readonly guards: ReadonlyMap<string, readonly string[]>;
  /** Given back, on every way of this valuation, and not asked for again: where. */
  readonly released: ReadonlyMap<string, Site>;
  /** Asked for and not got, on every way of this valuation. */
  readonly refused: ReadonlyMap<string, HeldLock>;
  readonly unknown: boolean;
}

const UNNAMED = "?";
const MAX_VALUATIONS = 8;
/** A lock taken again more often than this is taken again in a loop. */
const MAX_DEPTH = 4;
const NO_OUTER: ReadonlyMap<string, readonly HeldLock[]> = new Map();
const NO_LOCKS: ReadonlyMap<string, HeldLock> = new Map();
const NO_SITES: ReadonlyMap<string, Site> = new Map();
const NO_VALUES: ReadonlyMap<string, boolean> = new Map();
/** The conditions that are kept apart: those that are asked for, by what they ask the caller for. */
export type Tracked = ReadonlyMap<string, Path | undefined>;

/** Nothing is held, and nothing known of any condition. */
export const NOTHING_KNOWN: Disjunct = {
  valuation: NO_VALUES,
  must: NO_LOCKS,
  may: NO_LOCKS,
  outer: NO_OUTER,
  pending: new Map(),
  guards: new Map(),
  released: NO_SITES,
  refused: NO_LOCKS,
  unknown: false,
};

/** An acquire that throws may have the lock all the same: it was abandoned by a thread that died. */
export function afterThrow(event: Event, before: State): State {
  if (event.kind !== "acquire" || event.by !== "manual") return before;
  return mapState(before, (disjunct) => ({ ...disjunct, unknown: true })) ?? before;
}

export function applied(disjunct: Disjunct, effect: LockEffect, { result, site }: Call): Disjunct {
  let at = disjunct;
  for (const lock of effect.released) at = release(at, lock, site);
  if (effect.releasesUnnamed) at = releaseUnnamed(at);
  for (const held of effect.acquired) at = hold(at, held);
  if (result === undefined) return at;
  if (effect.acquiredIf.length > 0) at = ask(at, result, effect.acquiredIf);
  return effect.guarded.length > 0 ? guard(at, result, effect.guarded) : at;
}

/** One guard may be for several locks; one without a name counts as `UNNAMED`. */
function guard(disjunct: Disjunct, condition: string, held: readonly HeldLock[]): Disjunct {
  const keys = held.length === 0 ? [UNNAMED] : held.map(({ lock }) => pathKey(lock));
  return {
    ...disjunct,
    valuation: new Map([...disjunct.valuation, [condition, true]]),
    guards: new Map([...disjunct.guards, [condition, distinct(disjunct.guards.get(condition) ?? [], keys)]]),
  };
}

function distinct(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}

/** Nothing is known of the condition any more; a lock that it would have told of may be held, and no name leads to it. */
export function forget(disjunct: Disjunct, condition: string): Disjunct {
  const { valuation, pending, guards } = disjunct;
  if (!valuation.has(condition) && !pending.has(condition) && !guards.has(condition)) return disjunct;
  return {
    ...disjunct,
    valuation: without(valuation, condition),
    pending: without(pending, condition),
    guards: without(guards, condition),
    unknown: disjunct.unknown || pending.has(condition),
  };
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/** Without everything that is found at `root`, which names something else from now on. */
function withoutRoot<T>(map: ReadonlyMap<string, T>, root: string): ReadonlyMap<string, T> {
  return new Map([...map].filter(([key]) => key !== root && !key.startsWith(`${root}.`)));
}

export function assign(disjunct: Disjunct, event: Assign, tracked: Tracked): Disjunct {
  let at = forget(disjunct, event.condition);
  if (event.truth !== undefined && tracked.has(event.condition)) {
    at = { ...at, valuation: new Map([...at.valuation, [event.condition, event.truth]]) };
  }
  if (event.root === undefined) return at;
  // What is held keeps being held, but no name leads to it any more.
  const { root } = event;
  const must = withoutRoot(at.must, root);
  const outer = withoutRoot(at.outer, root);
  const released = withoutRoot(at.released, root);
  const refused = withoutRoot(at.refused, root);
  const isAt = (held: readonly HeldLock[]): boolean => held.some(({ lock }) => lock.root === root);
  const pending = new Map([...at.pending].filter(([, held]) => !isAt(held)));
  const unknown = at.unknown || must.size < at.must.size || pending.size < at.pending.size;
  return { ...at, must, outer, pending, released, refused, unknown };
}

/** Whoever gets the guard gives the lock back. */
export function give(disjunct: Disjunct, condition: string): Disjunct {
  const keys = disjunct.guards.get(condition);
  if (!keys) return disjunct;
  const handed = (locks: Disjunct["must"]): Disjunct["must"] =>
    new Map([...locks].map(([key, held]) => [key, keys.includes(key) ? { ...held, by: "handed" } : held]));
  return { ...disjunct, must: handed(disjunct.must), may: handed(disjunct.may) };
}

export function acquire(disjunct: Disjunct, event: Acquire): Disjunct {
  const { lock, site, by, reentrant, async, reads, condition } = event;
  const at = condition === undefined ? disjunct : forget(disjunct, condition);
  if (!lock)
    return event.guard === undefined ? { ...at, unknown: true } : guard({ ...at, unknown: true }, event.guard, []);
  const held: HeldLock = { lock, site, by, reentrant, async, reads };
  if (condition !== undefined) return ask(at, condition, [held]);
  return event.guard === undefined ? hold(at, held) : guard(hold(at, held), event.guard, [held]);
}

/** Held from the beginning. */
export function holdForCaller(disjunct: Disjunct, { lock, reads, site }: Require): Disjunct {
  return hold(disjunct, { lock, site, by: "caller", reentrant: false, async: false, reads });
}

/** Held if the condition turns out true; what became of the locks before says nothing any more. */
function ask(disjunct: Disjunct, condition: string, held: readonly HeldLock[]): Disjunct {
  const keys = held.map(({ lock }) => pathKey(lock));
  return {
    ...disjunct,
    pending: new Map([...disjunct.pending, [condition, held]]),
    released: keys.reduce(without, disjunct.released),
    refused: keys.reduce(without, disjunct.refused),
  };
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
    released: without(disjunct.released, key),
    refused: without(disjunct.refused, key),
  };
}

export function releaseBy(disjunct: Disjunct, event: Release): Disjunct {
  const keys = event.guard === undefined ? undefined : disjunct.guards.get(event.guard);
  if (keys && event.guard !== undefined) {
    const released = keys.reduce((at, key) => releaseKey(at, key, event.site), disjunct);
    return { ...released, guards: new Map([...released.guards, [event.guard, []]]) };
  }
  if (event.lock) return release(disjunct, event.lock, event.site);
  if (event.by === "call") return releaseUnnamed(disjunct);
  return event.guard === undefined ? { ...disjunct, unknown: false } : disjunct;
}

/** Gives back the lock that has no name; where there is none, it may have been any of the others. */
function releaseUnnamed(disjunct: Disjunct): Disjunct {
  const { must, may } = disjunct;
  const kept = (locks: Disjunct["must"]): Disjunct["must"] => new Map([...locks].filter(([, { by }]) => isScoped(by)));
  if (disjunct.unknown) {
    return {
      ...disjunct,
      unknown: false,
      may: new Map([...may].filter(([key, { by }]) => must.has(key) || isScoped(by))),
    };
  }
  const left = kept(must);
  return left.size === must.size && may.size === must.size
    ? disjunct
    : { ...disjunct, must: left, may: kept(may), outer: NO_OUTER, unknown: left.size < must.size };
}

function isScoped(by: HeldLock["by"]): boolean {
  return by === "scope" || by === "section";
}

function release(disjunct: Disjunct, lock: Path, site: Site): Disjunct {
  const key = pathKey(lock);
  const isPending = [...disjunct.pending.values()].some((held) => held.some((each) => pathKey(each.lock) === key));
  // What is released without being held by name was the lock that had none.
  if (!disjunct.may.has(key) && !isPending) return { ...disjunct, unknown: false };
  return releaseKey(disjunct, key, site);
}

function releaseKey(disjunct: Disjunct, key: string, site: Site): Disjunct {
  if (key === UNNAMED) return { ...disjunct, unknown: false };
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
  const pending = new Map([...disjunct.pending].filter(([, held]) => !held.some((each) => pathKey(each.lock) === key)));
  const released = before ? disjunct.released : new Map([...disjunct.released, [key, site] as const]);
  return { ...disjunct, must, may, outer, pending, released };
}

export function assume(disjunct: Disjunct, event: Assume): Disjunct | undefined {
  const known = disjunct.valuation.get(event.condition);
  if (known !== undefined && known !== event.value) return undefined;
  const valuation = new Map([...disjunct.valuation, [event.condition, event.value]]);
  const held = disjunct.pending.get(event.condition);
  if (!held) return { ...disjunct, valuation };
  const decided = { ...disjunct, valuation, pending: without(disjunct.pending, event.condition) };
  if (event.value) return held.reduce(hold, decided);
  return {
    ...decided,
    refused: new Map([...disjunct.refused, ...held.map((each) => [pathKey(each.lock), each] as const)]),
  };
}

export function mapState(state: State, change: (disjunct: Disjunct) => Disjunct | undefined): State | undefined {
  const changed: Disjunct[] = [];
  for (const disjunct of state.values()) {
    const result = change(disjunct);
    if (result) changed.push(result);
  }
  return changed.length === 0 ? undefined : collect(changed);
}

function collect(disjuncts: readonly Disjunct[]): State {
  const state = byValuation(disjuncts);
  if (state.size <= MAX_VALUATIONS) return state;
  const fewer = withoutIdle(state);
  if (fewer.size <= MAX_VALUATIONS) return fewer;
  const merged = [...fewer.values()].map((disjunct): Disjunct => ({ ...disjunct, valuation: NO_VALUES }));
  return new Map([["", merged.reduce(joinDisjuncts)]]);
}

function byValuation(disjuncts: readonly Disjunct[]): Map<string, Disjunct> {
  const state = new Map<string, Disjunct>();
  for (const disjunct of disjuncts) {
    const key = valuationKey(disjunct.valuation);
    const known = state.get(key);
    state.set(key, known ? joinDisjuncts(known, disjunct) : disjunct);
  }
  return state;
}

/** Forgets conditions that make no difference to locks so far, as long as that leaves fewer valuations. */
function withoutIdle(state: State): State {
  let left = state;
  const conditions = new Set([...state.values()].flatMap(({ valuation }) => [...valuation.keys()]));
  for (const condition of conditions) {
    const groups = new Map<string, Disjunct>();
    const isIdle = [...left.values()].every((disjunct) => {
      const valuation = without(disjunct.valuation, condition);
      const key = valuationKey(valuation);
      const known = groups.get(key);
      if (!known) groups.set(key, { ...disjunct, valuation });
      return !known || isSameHolding(known, disjunct);
    });
    if (isIdle && groups.size < left.size) left = groups;
  }
  return left;
}

function valuationKey(valuation: ReadonlyMap<string, boolean>): string {
  if (valuation.size === 0) return "";
  return [...valuation]
    .map(([condition, value]) => `${condition}=${value}`)
    .sort()
    .join("&");
}

export function joinStates(a: State, b: State): State {
  return collect([...a.values(), ...b.values()]);
}

export function joinDisjuncts(a: Disjunct, b: Disjunct): Disjunct {
  const pending = shared(a.pending, b.pending, (one, other) => keysOf(one) === keysOf(other));
  return {
    valuation: a.valuation,
    must: shared(a.must, b.must),
    may: new Map([...b.may, ...a.may]),
    outer: joinOuter(a.outer, b.outer),
    pending,
    guards: joinGuards(a.guards, b.guards),
    released: shared(a.released, b.released),
    refused: shared(a.refused, b.refused),
    // Whether the condition tells of a lock, and of which, depends on the way here.
    unknown: a.unknown || b.unknown || pending.size < Math.max(a.pending.size, b.pending.size),
  };
}

/** What is in both. */
function shared<T>(
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  isSame: (one: T, other: T) => boolean = () => true,
): ReadonlyMap<string, T> {
  if (a.size === 0) return a;
  return new Map(
    [...a].filter(([key, value]) => {
      const other = b.get(key);
      return other !== undefined && isSame(value, other);
    }),
  );
}

/** A guard is for whatever it is for on either way: giving back what is not held does nothing. */
function joinGuards(a: Disjunct["guards"], b: Disjunct["guards"]): Disjunct["guards"] {
  if (b.size === 0) return a;
  return new Map([...b, ...[...a].map(([guard, keys]) => [guard, distinct(keys, b.get(guard) ?? [])] as const)]);
}

function keysOf(held: readonly HeldLock[]): string {
  return held
    .map(({ lock }) => pathKey(lock))
    .sort()
    .join();
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

export function equalStates(a: State, b: State): boolean {
  if (a.size !== b.size) return false;
  for (const [key, left] of a) {
    const right = b.get(key);
    if (!right || !isSameHolding(left, right)) return false;
  }
  return true;
}

/** Whether all that concerns locks is the same. */
function isSameHolding(a: Disjunct, b: Disjunct): boolean {
  if (a.unknown !== b.unknown) return false;
  if (!sameKeys(a.must, b.must) || !sameKeys(a.may, b.may)) return false;
  if (!sameKeys(a.released, b.released) || !sameKeys(a.refused, b.refused)) return false;
  if (!sameKeys(a.pending, b.pending) || !sameDepths(a.outer, b.outer)) return false;
  return (
    sameKeys(a.guards, b.guards) && [...a.guards].every(([key, keys]) => keys.length === b.guards.get(key)?.length)
  );
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
