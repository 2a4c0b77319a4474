import { type HeldLock, type Lockset, locksets, type Return } from "../facts/locksets.js";
import { channelKey, type Meets, type Order, orders, START } from "../facts/order.js";
import { type RunningEffect, running } from "../facts/running.js";
import type { Call, Channel, Demand, Event, Spawn } from "../model/events.js";
import { eventsOf, type FunctionModel } from "../model/function-model.js";
import { END, isFamily, type Path, pathKey } from "../model/path.js";
import type { Site } from "../source/site.js";
import { bind } from "./binding.js";
import { Callees, type Neighbours } from "./callees.js";
import { contextsOf, sortedAfter, sortedRunning } from "./context.js";
import { isUnmet } from "./demands.js";
import { Entries } from "./entries.js";
import { Inclusion } from "./inclusion.js";
import {
  type AccessSummary,
  type Context,
  type FunctionSummary,
  KEPT,
  type PauseSummary,
  type SignalSummary,
  type SpawnSummary,
  type Trail,
} from "./summary.js";

/** Locksets of one function, and what they and the callees' summaries add up to. */
export interface FunctionFacts {
  readonly model: FunctionModel;
  readonly locks: readonly (Lockset | undefined)[];
  readonly running: readonly (ReadonlySet<string> | undefined)[];
  readonly summary: FunctionSummary;
}

const NO_EFFECT: RunningEffect = { started: [], joined: [], heard: [] };

export function summarise(model: FunctionModel, neighbours: Neighbours): FunctionFacts {
  return new Summarising(model, neighbours).run();
}

class Summarising {
  readonly #model: FunctionModel;
  readonly #neighbours: Neighbours;
  readonly #callees: Callees;
  readonly #entries = new Entries();
  readonly #inclusion: Inclusion;

  constructor(model: FunctionModel, neighbours: Neighbours) {
    this.#model = model;
    this.#neighbours = neighbours;
    this.#callees = new Callees(model, neighbours);
    this.#inclusion = new Inclusion(model, neighbours, this.#entries);
  }

  run(): FunctionFacts {
    const model = this.#model;
    const locks = locksets(model, this.#callees.lockEffect);
    const live = running(model, (event, before) => this.#runningEffect(event, before));
    const order = orders(model, this.#callees.orderEffect);
    const notifies = new Map<string, Channel>();
    const starts: { handle: Path; site: Site }[] = [];
    const joins = new Map<string, Path>();
    const joined = new Set<string>();
    const listens = new Map<string, Channel>();
    const hears = new Map<string, Path>();
    const heard = new Set<string>();
    let suspends = false;
    for (const [index, { event }] of model.nodes.entries()) {
      const lockset = locks[index];
      const before = live[index];
      const ordered = order[index];
      if (!lockset || !before || !ordered) continue;
      const contexts = contextsOf(lockset, before, ordered);
      const [context] = contexts;
      const trail: Trail = { site: event.site, calls: [], functionId: model.id };
      const pause = (what: Omit<PauseSummary, keyof Trail | keyof Context>): void => {
        for (const each of contexts) this.#entries.pauses.add({ ...trail, ...each, ...what });
      };
      const signal = (what: Omit<SignalSummary, keyof Trail | keyof Context>): void => {
        for (const each of contexts) this.#entries.signals.add({ ...trail, ...each, ...what });
      };
      switch (event.kind) {
        case "access":
          for (const each of contexts) this.#entries.accesses.add({ ...trail, ...each, ...pick(event) });
          break;
        case "acquire": {
          const { lock, patience, reentrant, async, reads } = event;
          if (!lock) break;
          for (const each of contexts) {
            const sorted = sortedAfter(each, lock);
            this.#entries.acquires.add({
              ...trail,
              ...each,
              lock,
              patience,
              reentrant,
              async,
              reads,
              sortedAfter: sorted,
            });
          }
          break;
        }
        case "await":
          suspends = true;
          break;
        case "wait":
          if (event.pause) pause({ for: "told", on: event.on, ...event.pause });
          break;
        case "confine":
          this.#entries.confinements.add({ ...trail, ...context, confine: event });
          break;
        case "demand":
          for (const each of contexts) this.#demand(event, trail, each);
          break;
        case "notify":
          notifies.set(channelKey(event.on), event.on);
          signal({ on: event.on, wakes: event.wakes, one: event.one, underLock: event.underLock });
          break;
        case "count":
          for (const each of contexts) {
            const { does, of, on } = event;
            this.#entries.counts.add({ ...trail, ...each, does, of, on });
          }
          break;
        case "start":
          if (this.#neighbours.spawnsAt(event.handle).length === 0)
            starts.push({ handle: event.handle, site: event.site });
          else this.#start(event.handle, trail, context, before);
          break;
        case "join":
          if (event.handle) {
            const { handle, stops } = event;
            joins.set(pathKey(handle), handle);
            if (event.of !== "known") pause({ for: "ended", on: handle, stops, timed: false, underLock: false });
          }
          for (const id of this.#joinedBy(event.handle)) joined.add(id);
          break;
        case "listen":
          listens.set(channelKey(event.on), event.on);
          if (pathKey(event.on) === pathKey(END) && event.from) hears.set(pathKey(event.from), event.from);
          for (const id of this.#heardBy(event)) heard.add(id);
          break;
        case "spawn":
          if (event.startsNow) this.#addSpawn(event, trail, context, before);
          if (event.joinedNow && event.handle)
            pause({ for: "ended", on: event.handle, stops: true, timed: false, underLock: false });
          break;
        case "call":
          if (event.when === "now" && this.#callees.summary(event)?.suspends) suspends = true;
          for (const handle of this.#callees.joins(event)) joins.set(pathKey(handle), handle);
          for (const id of this.#callees.summary(event)?.joined ?? []) joined.add(id);
          for (const handle of this.#callees.hears(event)) hears.set(pathKey(handle), handle);
          for (const id of this.#heardIn(event)) heard.add(id);
          for (const on of this.#callees.notifies(event)) notifies.set(channelKey(on), on);
          for (const on of this.#callees.summary(event)?.listens ?? []) listens.set(channelKey(on), on);
          for (const each of contexts) this.#call(event, trail, each);
          this.#startForCallee(event, trail, context, before, starts);
          break;
        default:
          break;
      }
    }
    const exits = this.#exits(locks, live);
    const summary: FunctionSummary = {
      id: model.id,
      accesses: this.#entries.accesses.items,
      acquires: this.#entries.acquires.items,
      spawns: this.#entries.spawns.items,
      invokes: this.#entries.invokes.items,
      pauses: this.#entries.pauses.items,
      signals: this.#entries.signals.items,
      counts: this.#entries.counts.items,
      demands: this.#entries.demands.items,
      confinements: this.#entries.confinements.items,
      ...exits,
      ...this.#orderAtExits(order),
      notifies: [...notifies.values()],
      starts,
      joins: [...joins.values()],
      joined: [...joined].sort(),
      listens: [...listens.values()],
      hears: [...hears.values()],
      heard: [...heard].sort(),
      suspends,
      goesOn: this.#goesOn(),
    };
    return { model, locks, running: live, summary };
  }

  #goesOn(): boolean {
    const model = this.#model;
    if (model.isAsync && eventsOf(model, "await").length > 0) return true;
    return eventsOf(model, "call").some(
      (call) => call.when === "now" && call.awaited && this.#callees.summary(call)?.goesOn === true,
    );
  }

  #demand(demand: Demand, trail: Trail, context: Context): void {
    const { lock, object } = demand;
    if (!lock) return;
    const summary = { ...trail, ...context, lock, object, demand };
    if (isUnmet(summary, this.#model)) this.#entries.demands.add(summary);
  }

  #exits(
    locks: readonly (Lockset | undefined)[],
    live: readonly (ReadonlySet<string> | undefined)[],
  ): Pick<FunctionSummary, "acquired" | "acquiredIf" | "guarded" | "released" | "releasesUnnamed" | "leftRunning"> {
    const returns: Return[] = [];
    const left = new Set<string>();
    for (const [index, { event }] of this.#model.nodes.entries()) {
      const lockset = locks[index];
      if (event.kind !== "exit" || event.how !== "normal" || !lockset) continue;
      returns.push(...lockset.returns);
      for (const spawn of live[index] ?? []) left.add(spawn);
    }
    return { ...locksAtReturns(returns), ...this.#foreignReleases(locks), leftRunning: [...left].sort() };
  }

  /** What holds at every normal exit. */
  #orderAtExits(order: readonly (Order | undefined)[]): Pick<FunctionSummary, "waits" | "meets"> {
    let waits: ReadonlyMap<string, Channel> | undefined;
    const phases = new Set<string>();
    for (const [index, { event }] of this.#model.nodes.entries()) {
      const at = order[index];
      if (event.kind !== "exit" || event.how !== "normal" || !at) continue;
      waits = waits ? new Map([...waits].filter(([key]) => at.waited.has(key))) : at.waited;
      for (const phase of at.phases) phases.add(phase);
    }
    const meets: Meets = !phases.has(START) && phases.size > 0 ? "always" : phases.size > 1 ? "sometimes" : "never";
    return { waits: [...(waits?.values() ?? [])], meets };
  }

  /** Locks that are released where they are not held: the caller's. */
  #foreignReleases(locks: readonly (Lockset | undefined)[]): Pick<FunctionSummary, "released" | "releasesUnnamed"> {
    const released = new Map<string, Path>();
    let releasesUnnamed = false;
    for (const [index, { event }] of this.#model.nodes.entries()) {
      const lockset = locks[index];
      if (!lockset) continue;
      const effect = event.kind === "call" && event.when === "now" ? this.#callees.lockEffect(event) : undefined;
      const isOwn = event.kind === "release" && event.by === "call";
      if (effect?.releasesUnnamed || (isOwn && !event.lock)) {
        releasesUnnamed ||= !lockset.unknown && lockset.may.size === 0;
      }
      const gone = isOwn && event.lock ? [event.lock] : (effect?.released ?? []);
      for (const lock of gone) {
        const held = lockset.may.get(pathKey(lock));
        if (!held || held.by === "caller") released.set(pathKey(lock), lock);
      }
    }
    return { released: [...released.values()], releasesUnnamed };
  }

  #runningEffect(event: Event, before: ReadonlySet<string>): RunningEffect | undefined {
    switch (event.kind) {
      case "spawn":
        return event.startsNow && !event.joinedNow ? { ...NO_EFFECT, started: [event.id] } : undefined;
      case "start":
        return { ...NO_EFFECT, started: this.#neighbours.spawnsAt(event.handle).map((spawn) => spawn.id) };
      case "join":
        return { ...NO_EFFECT, joined: this.#isAny(event) ? [...before] : this.#joinedBy(event.handle) };
      case "listen":
        return { ...NO_EFFECT, heard: this.#isAny(event) ? [...before] : this.#heardBy(event) };
      case "call":
        return this.#callRunningEffect(event);
      default:
        return undefined;
    }
  }

  #callRunningEffect(event: Call): RunningEffect | undefined {
    const summary = this.#callees.summary(event);
    if (!summary) return undefined;
    const starts = summary.starts.flatMap(({ handle }) => {
      const bound = bind(handle, this.#callees.binding(event));
      return bound ? this.#neighbours.spawnsAt(bound).map((spawn) => spawn.id) : [];
    });
    const isNow = event.when === "now";
    const joined = isNow ? this.#callees.joins(event).flatMap((handle) => this.#joinedBy(handle)) : [];
    return {
      started: [...summary.leftRunning, ...starts],
      joined: isNow ? [...summary.joined, ...joined] : [],
      heard: this.#heardIn(event),
    };
  }

  /** The spawns whose end an event listens for. */
  #heardBy({ on, from }: Event & { kind: "listen" }): string[] {
    return pathKey(on) === pathKey(END) && from ? this.#neighbours.spawnsAt(from).map(({ id }) => id) : [];
  }

  #heardIn(call: Call): string[] {
    const handles = this.#callees.hears(call);
    const known = handles.flatMap((handle) => this.#neighbours.spawnsAt(handle).map(({ id }) => id));
    return [...(this.#callees.summary(call)?.heard ?? []), ...known];
  }

  /** Whether the handle leads to a thread that nobody saw come to life: any of those that run. */
  #isAny(event: Event & { kind: "join" | "listen" }): boolean {
    const handle = event.kind === "join" ? event.handle : event.from;
    if (event.kind === "join" ? event.of === "promise" : pathKey(event.on) !== pathKey(END)) return false;
    if (!handle) return true;
    const isGiven = handle.root === "this" || handle.root.startsWith("param:");
    return !isGiven && this.#joinedBy(handle).length === 0;
  }

  #joinedBy(handle: Path | undefined): string[] {
    if (!handle) return [];
    const spawns = [...this.#neighbours.spawnsAt(handle), ...this.#neighbours.spawnsOf(handle)];
    return spawns.map((spawn) => spawn.id);
  }

  #start(handle: Path, trail: Trail, context: Context, before: ReadonlySet<string>): void {
    for (const spawn of this.#neighbours.spawnsAt(handle)) {
      // A loop over a collection comes by here for every thread in it, not several times for one of them.
      const alive = isFamily(handle) ? new Set([...before].filter((id) => id !== spawn.id)) : before;
      this.#entries.spawns.add(this.#spawnSummary(spawn, trail, context, alive, isFamily(handle) && spawn.repeats));
    }
  }

  #addSpawn(spawn: Spawn, trail: Trail, context: Context, before: ReadonlySet<string>): void {
    this.#entries.spawns.add(this.#spawnSummary(spawn, trail, context, before, spawn.many));
  }

  #spawnSummary(
    spawn: Spawn,
    trail: Trail,
    context: Context,
    before: ReadonlySet<string>,
    many: boolean,
  ): SpawnSummary {
    return {
      ...trail,
      spawn,
      args: spawn.args,
      data: spawn.data,
      handle: spawn.handle,
      running: many ? [...new Set([...before, spawn.id])].sort() : sortedRunning(before),
      confined: context.confined,
    };
  }

  /** What the callee does, told in this function's terms and circumstances. */
  #call(event: Call, trail: Trail, context: Context): void {
    const awaited = event.awaited && this.#model.isAsync;
    if (event.callee.kind === "parameter") {
      this.#entries.invokes.add({ ...trail, ...context, parameter: event.callee.root, args: event.args, awaited });
      return;
    }
    if (event.callee.kind === "kept") {
      const parameter = KEPT + event.callee.collection;
      this.#entries.invokes.add({ ...trail, ...context, parameter, args: [], awaited });
      return;
    }
    const summary = this.#callees.summary(event);
    if (summary) this.#inclusion.add(summary, this.#callees.binding(event), event, trail, context);
  }

  /** What the callee starts of what it was given. */
  #startForCallee(
    event: Call,
    trail: Trail,
    context: Context,
    before: ReadonlySet<string>,
    starts: { handle: Path; site: Site }[],
  ): void {
    for (const { handle, site } of this.#callees.summary(event)?.starts ?? []) {
      const bound = bind(handle, this.#callees.binding(event));
      if (!bound) continue;
      if (this.#neighbours.spawnsAt(bound).length === 0) starts.push({ handle: bound, site });
      else this.#start(bound, { ...trail, site, calls: [event.site] }, context, before);
    }
  }
}

function pick(
  event: Event & { kind: "access" },
): Pick<AccessSummary, "object" | "cell" | "access" | "atomic" | "inSteps" | "holder" | "own"> {
  const { object, cell, access, atomic, inSteps, holder } = event;
  return { object, cell, access, atomic, inSteps, holder, own: undefined };
}

/** What is held on every way out, or on those on which what is returned is true. */
function locksAtReturns(returns: readonly Return[]): Pick<FunctionSummary, "acquired" | "acquiredIf" | "guarded"> {
  const taken = returns.map((each) => ({ ...each, must: withoutCallers(each.must) }));
  const acquired = heldByAll(taken.map(({ must }) => must));
  const ifTrue = taken.flatMap(({ must, truth, ifTrue }) =>
    truth === false ? [] : [new Map([...must, ...ifTrue.map((held) => [pathKey(held.lock), held] as const)])],
  );
  const acquiredIf = new Map([...heldByAll(ifTrue)].filter(([key]) => !acquired.has(key)));
  const guarded = [...acquired].filter(([key]) => returns.every((each) => each.guarded.includes(key)));
  return {
    acquired: [...acquired.values()],
    acquiredIf: [...acquiredIf.values()],
    guarded: guarded.map(([, held]) => held),
  };
}

/** What the function itself took. */
function withoutCallers(held: ReadonlyMap<string, HeldLock>): ReadonlyMap<string, HeldLock> {
  const isAnyCallers = [...held.values()].some(({ by }) => by === "caller");
  return isAnyCallers ? new Map([...held].filter(([, { by }]) => by !== "caller")) : held;
}

function heldByAll(ways: readonly ReadonlyMap<string, HeldLock>[]): ReadonlyMap<string, HeldLock> {
  const [first, ...rest] = ways;
  return new Map([...(first ?? [])].filter(([key]) => rest.every((way) => way.has(key))));
}
