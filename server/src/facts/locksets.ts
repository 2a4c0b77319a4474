import { type Call, type Event, ON_MAIN_THREAD, TRUTHY } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import type { Path } from "../model/path.js";
import type { Site } from "../source/site.js";
import { type Dataflow, solve } from "./dataflow.js";
import {
  acquire,
  afterThrow,
  applied,
  assign,
  assume,
  type Disjunct,
  equalStates,
  forget,
  give,
  type HeldLock,
  holdForCaller,
  joinDisjuncts,
  joinStates,
  type LockEffect,
  mapState,
  NOTHING_KNOWN,
  releaseBy,
  type State,
  type Tracked,
} from "./lock-state.js";
import { type Chosen, chosenKey } from "./order.js";

export type { HeldLock, LockEffect } from "./lock-state.js";

/** The locks held before one event. */
export interface Lockset {
  /** Held on every way here: these protect. */
  readonly must: ReadonlyMap<string, HeldLock>;
  /** Held on some way here: these may leak. */
  readonly may: ReadonlyMap<string, HeldLock>;
  /** Given back before, on every way here, and not taken again. */
  readonly released: ReadonlyMap<string, Site>;
  /** Asked for and not got, on some way here. */
  readonly refused: ReadonlyMap<string, HeldLock>;
  /** Whether a lock may be held that the engine cannot name. */
  readonly unknown: boolean;
  /** Which threads get here, where the code asks. */
  readonly confined: "main" | "worker" | undefined;
  /** The same for each way that the caller decides about, where what is held depends on it. */
  readonly ways: readonly Way[];
  /** Where the function returns: what that tells the caller. */
  readonly returns: readonly Return[];
}

/** The locks that are held if what the caller gave is as assumed. */
export interface Way {
  readonly must: ReadonlyMap<string, HeldLock>;
  readonly unknown: boolean;
  readonly assumed: readonly Chosen[];
}

/** The locks that are held where a function returns something that is true, or false, or nobody knows. */
export interface Return {
  readonly must: ReadonlyMap<string, HeldLock>;
  readonly truth: boolean | undefined;
  /** Held as well if it is true. */
  readonly ifTrue: readonly HeldLock[];
  /** Whose guard is returned. */
  readonly guarded: readonly string[];
}

/** What a call does to locks, or undefined where it does nothing. */
export type EffectOf = (call: Call) => LockEffect | undefined;

/** More ways than this are told as one. */
const MAX_WAYS = 4;
const NOTHING_HELD: Lockset = {
  must: NOTHING_KNOWN.must,
  may: NOTHING_KNOWN.must,
  released: NOTHING_KNOWN.released,
  refused: NOTHING_KNOWN.refused,
  unknown: false,
  confined: undefined,
  ways: [{ must: NOTHING_KNOWN.must, unknown: false, assumed: [] }],
  returns: [{ must: NOTHING_KNOWN.must, truth: undefined, ifTrue: [], guarded: [] }],
};

/** The locks held before every node of a function, undefined where it is never reached. */
export function locksets(model: FunctionModel, effectOf: EffectOf): readonly (Lockset | undefined)[] {
  if (!model.nodes.some(({ event }) => mattersToLocks(event, effectOf))) {
    return model.nodes.map(() => NOTHING_HELD);
  }
  const tracked = decidingConditions(model, effectOf);
  const flow: Dataflow<State> = {
    entry: new Map([["", NOTHING_KNOWN]]),
    after: (event, before) => after(event, before, tracked, effectOf),
    afterThrow,
    join: joinStates,
    equals: equalStates,
  };
  return solve(model.nodes, flow).map((state, index) => state && summarise(state, model.nodes[index]!.event, tracked));
}

function mattersToLocks(event: Event, effectOf: EffectOf): boolean {
  if (event.kind === "acquire" || event.kind === "release" || event.kind === "require") return true;
  if (event.kind === "assume") return event.condition === ON_MAIN_THREAD;
  return event.kind === "call" && effectOf(event) !== undefined;
}

/** Conditions worth telling apart: those that an acquire depends on, and those that are asked for more than once. */
function decidingConditions(model: FunctionModel, effectOf: EffectOf): Tracked {
  const sites = new Map<string, Set<number>>();
  const known = new Set<string>();
  const given = new Map<string, Path>();
  const deciding = new Map<string, Path | undefined>([[ON_MAIN_THREAD, undefined]]);
  const add = (condition: string | undefined): void => {
    if (condition !== undefined) deciding.set(condition, given.get(condition));
  };
  for (const { event } of model.nodes) {
    if (event.kind === "assign" && event.truth !== undefined) known.add(event.condition);
    if (event.kind !== "assume") continue;
    const starts = sites.get(event.condition) ?? new Set();
    starts.add(event.site.start);
    sites.set(event.condition, starts);
    if (event.by) given.set(event.condition, event.by);
  }
  for (const [condition, starts] of sites) if (starts.size > 1 || known.has(condition)) add(condition);
  for (const { event } of model.nodes) {
    if (event.kind === "acquire") {
      add(event.condition);
      add(event.guard);
    } else if (event.kind === "call" && event.result !== undefined && effectOf(event)) add(event.result);
  }
  return deciding;
}

function after(event: Event, before: State, tracked: Tracked, effectOf: EffectOf): State | undefined {
  switch (event.kind) {
    case "acquire":
      return mapState(before, (disjunct) => acquire(disjunct, event));
    case "require":
      return mapState(before, (disjunct) => holdForCaller(disjunct, event));
    case "release":
      return mapState(before, (disjunct) => releaseBy(disjunct, event));
    case "give":
      return mapState(before, (disjunct) => give(disjunct, event.guard));
    case "assign":
      return mapState(before, (disjunct) => assign(disjunct, event, tracked));
    case "assume":
      return tracked.has(event.condition) ? mapState(before, (disjunct) => assume(disjunct, event)) : before;
    case "call": {
      const effect = event.when === "now" ? effectOf(event) : undefined;
      const { result } = event;
      const isKept = result !== undefined && tracked.has(result);
      if (!effect && !isKept) return before;
      return mapState(before, (disjunct) => {
        const at = isKept ? forget(disjunct, result) : disjunct;
        return effect ? applied(at, effect, event) : at;
      });
    }
    default:
      return before;
  }
}

function summarise(state: State, event: Event, tracked: Tracked): Lockset {
  const disjuncts = [...state.values()];
  const all = disjuncts.reduce(joinDisjuncts);
  const mains = new Set(disjuncts.map((disjunct) => disjunct.valuation.get(ON_MAIN_THREAD)));
  const only = mains.size === 1 ? [...mains][0] : undefined;
  const confined = only === undefined ? undefined : only ? "main" : "worker";
  const isExit = event.kind === "exit" && event.how === "normal";
  return {
    must: all.must,
    may: all.may,
    released: all.released,
    refused: new Map(disjuncts.flatMap((disjunct) => [...disjunct.refused])),
    unknown: all.unknown,
    confined,
    ways: waysOf(disjuncts, all, tracked),
    returns: isExit ? disjuncts.map((disjunct) => returned(disjunct, event.gives)) : [],
  };
}

/** One way for each thing that the caller decides, unless the same is held on all of them. */
function waysOf(disjuncts: readonly Disjunct[], all: Disjunct, tracked: Tracked): readonly Way[] {
  const one = [{ must: all.must, unknown: all.unknown, assumed: [] }];
  if (disjuncts.every(({ must, unknown }) => unknown === all.unknown && must.size === all.must.size)) return one;
  const groups = new Map<string, { at: Disjunct; assumed: readonly Chosen[] }>();
  for (const disjunct of disjuncts) {
    const assumed = [...disjunct.valuation].flatMap(([condition, is]) => {
      const by = tracked.get(condition);
      return by ? [{ by, value: TRUTHY, is }] : [];
    });
    const key = assumed.map(chosenKey).sort().join();
    const known = groups.get(key);
    groups.set(key, { assumed, at: known ? joinDisjuncts(known.at, disjunct) : disjunct });
  }
  if (groups.size === 1 || groups.size > MAX_WAYS) return one;
  return [...groups.values()].map(({ at: { must, unknown }, assumed }) => ({ must, unknown, assumed }));
}

function returned(disjunct: Disjunct, gives: string | boolean | undefined): Return {
  const { must, valuation, pending, guards } = disjunct;
  if (typeof gives !== "string") return { must, truth: gives, ifTrue: [], guarded: [] };
  return { must, truth: valuation.get(gives), ifTrue: pending.get(gives) ?? [], guarded: guards.get(gives) ?? [] };
}
