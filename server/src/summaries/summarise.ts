import { type EffectOf, type HeldLock, type LockEffect, type Lockset, locksets } from "../facts/locksets.js";
import { channelKey, type Meets, type Order, type OrderEffect, orders, START } from "../facts/order.js";
import { running } from "../facts/running.js";
import type { Argument, Call, Channel, Event, FunctionModel, Spawn } from "../model/events.js";
import { isFamily, type Path, pathKey } from "../model/path.js";
import type { Site } from "../source/site.js";
import { type Binding, bind, bindArgument, bindChannels, bindGiven, bindLocks } from "./binding.js";
import { contextKey, contextOf, isBare, union, within } from "./context.js";
import {
  type AccessSummary,
  type AcquireSummary,
  type Context,
  type FunctionSummary,
  type InvokeSummary,
  MAX_ENTRIES,
  type SpawnSummary,
  type Trail,
} from "./summary.js";

/** What summarising one function asks about the others. */
export interface Neighbours {
  summary(id: string): FunctionSummary | undefined;
  parameters(id: string): readonly string[];
  /** The spawns whose result can be reached by this handle. */
  spawnsAt(handle: Path): readonly Spawn[];
  /** The spawns that belong to this pool. */
  spawnsOf(owner: Path): readonly Spawn[];
}

/** Locksets of one function, and what they and the callees' summaries add up to. */
export interface FunctionFacts {
  readonly model: FunctionModel;
  readonly locks: readonly (Lockset | undefined)[];
  readonly running: readonly (ReadonlySet<string> | undefined)[];
  readonly summary: FunctionSummary;
}

/** Of a longer way through the code the last calls are told: the ones around the place itself. */
const MAX_CALLS = 6;

const NOTHING_GIVEN: Argument = {
  path: undefined,
  crosses: "unknown",
  callback: undefined,
  each: false,
  members: undefined,
};

export function summarise(model: FunctionModel, neighbours: Neighbours): FunctionFacts {
  return new Summarising(model, neighbours).run();
}

class Summarising {
  readonly #model: FunctionModel;
  readonly #neighbours: Neighbours;
  readonly #bindings = new Map<Call, Binding>();

  readonly #accesses = new Unique<AccessSummary>(accessKey);
  readonly #acquires = new Unique<AcquireSummary>(acquireKey);
  readonly #spawns = new Unique<SpawnSummary>((s) => `${s.spawn.id}|${s.running.join()}|${argumentsKey(s.args)}`);
  readonly #invokes = new Unique<InvokeSummary>((i) => `${i.parameter}|${contextKey(i)}`);

  constructor(model: FunctionModel, neighbours: Neighbours) {
    this.#model = model;
    this.#neighbours = neighbours;
  }

  run(): FunctionFacts {
    const model = this.#model;
    const locks = locksets(model, this.#lockEffect);
    const live = running(model, (event, before) => this.#runningEffect(event, before));
    const order = orders(model, this.#orderEffect);
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
          this.#accesses.add({ ...trail, ...context, ...pick(event) });
          break;
        case "acquire": {
          const { lock, patience, reentrant, async } = event;
          if (lock) this.#acquires.add({ ...trail, ...context, lock, patience, reentrant, async });
          break;
        }
        case "await":
          suspends = true;
          break;
        case "notify":
          notifies.set(channelKey(event.on), event.on);
          break;
        case "start":
          if (this.#neighbours.spawnsAt(event.handle).length === 0)
            starts.push({ handle: event.handle, site: event.site });
          else this.#start(event.handle, trail, context, before);
          break;
        case "join":
          if (event.handle) joins.set(pathKey(event.handle), event.handle);
          break;
        case "spawn":
          if (event.startsNow) this.#addSpawn(event, trail, context, before);
          break;
        case "call":
          if (event.when === "now" && this.#calleeSummary(event)?.suspends) suspends = true;
          for (const handle of this.#calleeJoins(event)) joins.set(pathKey(handle), handle);
          for (const on of this.#calleeNotifies(event)) notifies.set(channelKey(on), on);
          this.#call(event, trail, context, before, starts);
          break;
        default:
          break;
      }
    }
    const exits = this.#exits(locks, live);
    const summary: FunctionSummary = {
      id: model.id,
      accesses: this.#accesses.items,
      acquires: this.#acquires.items,
      spawns: this.#spawns.items,
      invokes: this.#invokes.items,
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
            ? (this.#lockEffect(event)?.released ?? [])
            : [];
      for (const lock of gone) if (!lockset.may.has(pathKey(lock))) released.set(pathKey(lock), lock);
    }
    return [...released.values()];
  }

  #calleeSummary(call: Call): FunctionSummary | undefined {
    return call.callee.kind === "function" ? this.#neighbours.summary(call.callee.id) : undefined;
  }

  #binding(call: Call): Binding {
    const known = this.#bindings.get(call);
    if (known) return known;
    const parameters = call.callee.kind === "function" ? this.#neighbours.parameters(call.callee.id) : [];
    const args = new Map<string, Argument>();
    parameters.forEach((root, index) => {
      const argument = call.args[index];
      args.set(root, argument ?? NOTHING_GIVEN);
    });
    const binding: Binding = { args, receiver: call.receiver, aliases: this.#model.aliases, sameThread: true };
    this.#bindings.set(call, binding);
    return binding;
  }

  readonly #lockEffect: EffectOf = (call: Call): LockEffect | undefined => {
    const summary = this.#calleeSummary(call);
    if (!summary || (summary.acquired.length === 0 && summary.released.length === 0)) return undefined;
    const binding = this.#binding(call);
    const { held } = bindLocks(summary.acquired, binding);
    return {
      acquired: held.map((each) => ({ ...each, site: call.site })),
      released: summary.released.flatMap((path) => bind(path, binding) ?? []),
    };
  };

  readonly #orderEffect = (call: Call): OrderEffect | undefined => {
    const summary = this.#calleeSummary(call);
    if (!summary || (summary.waits.length === 0 && summary.meets === "never")) return undefined;
    return { waits: bindChannels(summary.waits, this.#binding(call)), meets: summary.meets };
  };

  #runningEffect(event: Event, before: ReadonlySet<string>): { started: string[]; joined: string[] } | undefined {
    switch (event.kind) {
      case "spawn":
        return event.startsNow && !event.joinedNow ? { started: [event.id], joined: [] } : undefined;
      case "start":
        return { started: this.#neighbours.spawnsAt(event.handle).map((spawn) => spawn.id), joined: [] };
      case "join":
        return { started: [], joined: event.handle ? this.#joinedBy(event.handle) : [...before] };
      case "call": {
        const summary = this.#calleeSummary(event);
        if (!summary) return undefined;
        const starts = summary.starts.flatMap(({ handle }) => {
          const bound = bind(handle, this.#binding(event));
          return bound ? this.#neighbours.spawnsAt(bound).map((spawn) => spawn.id) : [];
        });
        const joined = event.when === "now" ? this.#calleeJoins(event).flatMap((handle) => this.#joinedBy(handle)) : [];
        return { started: [...summary.leftRunning, ...starts], joined };
      }
      default:
        return undefined;
    }
  }

  #calleeJoins(call: Call): readonly Path[] {
    const summary = this.#calleeSummary(call);
    return summary?.joins.flatMap((handle) => bind(handle, this.#binding(call)) ?? []) ?? [];
  }

  #calleeNotifies(call: Call): readonly Channel[] {
    const summary = this.#calleeSummary(call);
    return summary ? bindChannels(summary.notifies, this.#binding(call)) : [];
  }

  #joinedBy(handle: Path): string[] {
    const spawns = [...this.#neighbours.spawnsAt(handle), ...this.#neighbours.spawnsOf(handle)];
    return spawns.map((spawn) => spawn.id);
  }

  #start(handle: Path, trail: Trail, context: Context, before: ReadonlySet<string>): void {
    for (const spawn of this.#neighbours.spawnsAt(handle)) {
      // A loop over a collection comes by here for every thread in it, not several times for one of them.
      const alive = isFamily(handle) ? new Set([...before].filter((id) => id !== spawn.id)) : before;
      this.#spawns.add(this.#spawnSummary(spawn, trail, context, alive, isFamily(handle) && spawn.repeats));
    }
  }

  #addSpawn(spawn: Spawn, trail: Trail, context: Context, before: ReadonlySet<string>): void {
    this.#spawns.add(this.#spawnSummary(spawn, trail, context, before, spawn.many));
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
      this.#invokes.add({ ...trail, ...context, parameter: event.callee.root, args: event.args });
      return;
    }
    const summary = this.#calleeSummary(event);
    if (!summary) return;
    const binding = this.#binding(event);
    this.#include(summary, binding, event, trail, context);
    for (const { handle, site } of summary.starts) {
      const bound = bind(handle, binding);
      if (!bound) continue;
      if (this.#neighbours.spawnsAt(bound).length === 0) starts.push({ handle: bound, site });
      else this.#start(bound, { ...trail, site, calls: [event.site] }, context, before);
    }
    for (const invoke of summary.invokes) this.#includeInvoke(invoke, binding, event, trail, context);
  }

  #include(summary: FunctionSummary, binding: Binding, call: Call, trail: Trail, context: Context): void {
    const via = <T extends Trail>(inner: T): Trail => ({
      site: inner.site,
      calls: inner.calls.length < MAX_CALLS ? [trail.site, ...inner.calls] : inner.calls,
      functionId: inner.functionId,
    });
    const addsNothing = call.when === "now" && isBare(context);
    const passes = (inner: Trail & Context, path: Path): boolean =>
      addsNothing &&
      inner.calls.length >= MAX_CALLS &&
      isFixed(path, binding) &&
      inner.held.every(({ lock }) => isFixed(lock, binding)) &&
      inner.waited.every((on) => !on || isFixed(on, binding)) &&
      inner.chosen.every(({ by }) => isFixed(by, binding));
    for (const access of summary.accesses) {
      if (passes(access, access.object)) {
        this.#accesses.add(access);
        continue;
      }
      const object = bind(access.object, binding);
      if (object) this.#accesses.add({ ...access, ...via(access), ...within(access, context, binding, call), object });
    }
    for (const acquire of summary.acquires) {
      if (passes(acquire, acquire.lock)) {
        this.#acquires.add(acquire);
        continue;
      }
      const lock = bind(acquire.lock, binding);
      if (!lock) continue;
      // Where nobody awaits the promise, the caller goes on: what it holds, it does not hold while it waits.
      const outer = acquire.async && !call.awaited ? { ...context, held: [] } : context;
      this.#acquires.add({ ...acquire, ...via(acquire), ...within(acquire, outer, binding, call), lock });
    }
    for (const spawn of summary.spawns) {
      const isAlone = !spawn.running.includes(spawn.spawn.id);
      const given = (argument: Argument): Argument => bindGiven(argument, binding, summary.id, isAlone);
      this.#spawns.add({
        ...spawn,
        ...via(spawn),
        args: spawn.args.map(given),
        data: spawn.data && given(spawn.data),
        handle: spawn.handle && bind(spawn.handle, binding),
        running: union(spawn.running, context.running),
        confined: spawn.confined ?? context.confined,
      });
    }
  }

  /** A callback that was given to the callee runs inside it, under the callee's locks. */
  #includeInvoke(invoke: InvokeSummary, binding: Binding, call: Call, trail: Trail, context: Context): void {
    const given = binding.args.get(invoke.parameter);
    const inner = within(invoke, context, binding, call);
    const args = invoke.args.map((argument) => bindArgument(argument, binding));
    if (!given) {
      // The parameter of a function around the callee: whoever calls that one knows.
      this.#invokes.add({ ...trail, ...inner, parameter: invoke.parameter, args });
      return;
    }
    if (given.callback !== undefined) {
      const summary = this.#neighbours.summary(given.callback);
      if (!summary) return;
      const roots = this.#neighbours.parameters(given.callback);
      const nested: Binding = {
        args: new Map(roots.flatMap((root, index) => (args[index] ? [[root, args[index]] as const] : []))),
        receiver: { root: "this", steps: [], text: "this" },
        aliases: this.#model.aliases,
        sameThread: true,
      };
      this.#include(summary, nested, call, trail, inner);
    } else if (given.path?.root.startsWith("param:") && given.path.steps.length === 0) {
      this.#invokes.add({ ...trail, ...inner, parameter: given.path.root, args });
    }
  }
}

function pick(
  event: Event & { kind: "access" },
): Pick<AccessSummary, "object" | "cell" | "access" | "atomic" | "holder" | "own"> {
  const { object, cell, access, atomic, holder } = event;
  return { object, cell, access, atomic, holder, own: undefined };
}

/** Whether the path means the same in the caller. */
function isFixed(path: Path, binding: Binding): boolean {
  return path.root !== "this" && !binding.args.has(path.root);
}

/** One item passes through the summaries of a whole chain of callers; its key is made once. */
function keptPerItem<T extends object>(keyOf: (item: T) => string): (item: T) => string {
  const keys = new WeakMap<T, string>();
  return (item) => {
    const known = keys.get(item);
    if (known !== undefined) return known;
    const key = keyOf(item);
    keys.set(item, key);
    return key;
  };
}

const accessKey = keptPerItem(
  (access: AccessSummary) =>
    `${pathKey(access.object)}|${JSON.stringify(access.cell)}|${access.access}|${contextKey(access)}`,
);

const acquireKey = keptPerItem(
  (acquire: AcquireSummary) => `${pathKey(acquire.lock)}|${acquire.patience}|${contextKey(acquire)}`,
);

function argumentsKey(args: readonly Argument[]): string {
  return args.map((argument) => (argument.path ? pathKey(argument.path) : "?")).join();
}

/** Keeps the first of every kind, in order, up to `MAX_ENTRIES`. */
class Unique<T> {
  readonly #seen = new Map<string, T>();
  readonly #key: (item: T) => string;

  constructor(key: (item: T) => string) {
    this.#key = key;
  }

  add(item: T): void {
    if (this.#seen.size >= MAX_ENTRIES) return;
    const key = this.#key(item);
    if (!this.#seen.has(key)) this.#seen.set(key, item);
  }

  get items(): readonly T[] {
    return [...this.#seen.values()];
  }
}
