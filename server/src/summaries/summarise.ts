import { type HeldLock, type Lockset, locksets } from "../facts/locksets.js";
import { channelKey, type Meets, type Order, orders, START } from "../facts/order.js";
import { running } from "../facts/running.js";
import type { Call, Channel, Event, FunctionModel, Spawn } from "../model/events.js";
import { isFamily, type Path, pathKey } from "../model/path.js";
import type { Site } from "../source/site.js";
import { bind } from "./binding.js";
import { Callees, type Neighbours } from "./callees.js";
import { contextOf } from "./context.js";
import { Entries } from "./entries.js";
import { Inclusion } from "./inclusion.js";
import type { AccessSummary, Context, FunctionSummary, SpawnSummary, Trail } from "./summary.js";

/** Locksets of one function, and what they and the callees' summaries add up to. */
export interface FunctionFacts {
  readonly model: FunctionModel;
  readonly locks: readonly (Lockset | undefined)[];
  readonly running: readonly (ReadonlySet<string> | undefined)[];
  readonly summary: FunctionSummary;
}

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
    let suspends = false;
    for (const [index, { event }] of model.nodes.entries()) {
      const lockset = locks[index];
      const before = live[index];
      const ordered = order[index];
      if (!lockset || !before || !ordered) continue;
      const context = contextOf(lockset, before, ordered);
      const trail: Trail = { site: event.site, calls: [], functionId: model.id };
      switch (event.kind) {
        case "access":
          this.#entries.accesses.add({ ...trail, ...context, ...pick(event) });
          break;
        case "acquire": {
          const { lock, patience, reentrant, async, reads } = event;
          if (lock) this.#entries.acquires.add({ ...trail, ...context, lock, patience, reentrant, async, reads });
          break;
        }
        case "await":
          suspends = true;
          break;
        case "wait":
          if (event.pause) {
            const { stops, timed, underLock } = event.pause;
            this.#entries.pauses.add({ ...trail, ...context, for: "told", on: event.on, stops, timed, underLock });
          }
          break;
        case "notify":
          notifies.set(channelKey(event.on), event.on);
          this.#entries.signals.add({
            ...trail,
            ...context,
            on: event.on,
            wakes: event.wakes,
            underLock: event.underLock,
          });
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
            this.#entries.pauses.add({
              ...trail,
              ...context,
              for: "ended",
              on: handle,
              stops,
              timed: false,
              underLock: false,
            });
          }
          break;
        case "spawn":
          if (event.startsNow) this.#addSpawn(event, trail, context, before);
          if (event.joinedNow && event.handle)
            this.#entries.pauses.add({
              ...trail,
              ...context,
              for: "ended",
              on: event.handle,
              stops: true,
              timed: false,
              underLock: false,
            });
          break;
        case "call":
          if (event.when === "now" && this.#callees.summary(event)?.suspends) suspends = true;
          for (const handle of this.#callees.joins(event)) joins.set(pathKey(handle), handle);
          for (const on of this.#callees.notifies(event)) notifies.set(channelKey(on), on);
          this.#call(event, trail, context, before, starts);
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
      ...exits,
      ...this.#orderAtExits(order),
      notifies: [...notifies.values()],
      starts,
      joins: [...joins.values()],
      suspends,
    };
    return { model, locks, running: live, summary };
  }

  #exits(
    locks: readonly (Lockset | undefined)[],
    live: readonly (ReadonlySet<string> | undefined)[],
  ): Pick<FunctionSummary, "acquired" | "released" | "leftRunning"> {
    let acquired: ReadonlyMap<string, HeldLock> | undefined;
    const left = new Set<string>();
    for (const [index, { event }] of this.#model.nodes.entries()) {
      const lockset = locks[index];
      if (event.kind !== "exit" || event.how !== "normal" || !lockset) continue;
      acquired = acquired ? new Map([...acquired].filter(([key]) => lockset.must.has(key))) : lockset.must;
      for (const spawn of live[index] ?? []) left.add(spawn);
    }
    return {
      acquired: [...(acquired?.values() ?? [])],
      released: this.#releasedForeign(locks),
      leftRunning: [...left].sort(),
    };
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
  #releasedForeign(locks: readonly (Lockset | undefined)[]): Path[] {
    const released = new Map<string, Path>();
    for (const [index, { event }] of this.#model.nodes.entries()) {
      const lockset = locks[index];
      if (!lockset) continue;
      const gone =
        event.kind === "release" && event.lock
          ? [event.lock]
          : event.kind === "call"
            ? (this.#callees.lockEffect(event)?.released ?? [])
            : [];
      for (const lock of gone) if (!lockset.may.has(pathKey(lock))) released.set(pathKey(lock), lock);
    }
    return [...released.values()];
  }

  #runningEffect(event: Event, before: ReadonlySet<string>): { started: string[]; joined: string[] } | undefined {
    switch (event.kind) {
      case "spawn":
        return event.startsNow && !event.joinedNow ? { started: [event.id], joined: [] } : undefined;
      case "start":
        return { started: this.#neighbours.spawnsAt(event.handle).map((spawn) => spawn.id), joined: [] };
      case "join":
        return { started: [], joined: event.handle ? this.#joinedBy(event.handle) : [...before] };
      case "call": {
        const summary = this.#callees.summary(event);
        if (!summary) return undefined;
        const starts = summary.starts.flatMap(({ handle }) => {
          const bound = bind(handle, this.#callees.binding(event));
          return bound ? this.#neighbours.spawnsAt(bound).map((spawn) => spawn.id) : [];
        });
        const joined =
          event.when === "now" ? this.#callees.joins(event).flatMap((handle) => this.#joinedBy(handle)) : [];
        return { started: [...summary.leftRunning, ...starts], joined };
      }
      default:
        return undefined;
    }
  }

  #joinedBy(handle: Path): string[] {
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
    const alive = new Set(before);
    if (many) alive.add(spawn.id);
    return {
      ...trail,
      spawn,
      args: spawn.args,
      data: spawn.data,
      handle: spawn.handle,
      running: [...alive].sort(),
      confined: context.confined,
    };
  }

  /** What the callee does, told in this function's terms and circumstances. */
  #call(
    event: Call,
    trail: Trail,
    context: Context,
    before: ReadonlySet<string>,
    starts: { handle: Path; site: Site }[],
  ): void {
    if (event.callee.kind === "parameter") {
      this.#entries.invokes.add({
        ...trail,
        ...context,
        parameter: event.callee.root,
        args: event.args,
        awaited: event.awaited && this.#model.isAsync,
      });
      return;
    }
    const summary = this.#callees.summary(event);
    if (!summary) return;
    const binding = this.#callees.binding(event);
    this.#inclusion.add(summary, binding, event, trail, context);
    for (const { handle, site } of summary.starts) {
      const bound = bind(handle, binding);
      if (!bound) continue;
      if (this.#neighbours.spawnsAt(bound).length === 0) starts.push({ handle: bound, site });
      else this.#start(bound, { ...trail, site, calls: [event.site] }, context, before);
    }
  }
}

function pick(
  event: Event & { kind: "access" },
): Pick<AccessSummary, "object" | "cell" | "access" | "atomic" | "holder" | "own"> {
  const { object, cell, access, atomic, holder } = event;
  return { object, cell, access, atomic, holder, own: undefined };
}
