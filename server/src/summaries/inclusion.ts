import type { Argument, Call } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import type { Path } from "../model/path.js";
import { type Binding, bind, bindArgument, bindGiven } from "./binding.js";
import type { Neighbours } from "./callees.js";
import { isBare, sortedAfter, union, within } from "./context.js";
import { isUnmet } from "./demands.js";
import type { Entries } from "./entries.js";
import { type Context, type FunctionSummary, type InvokeSummary, KEPT, type Trail } from "./summary.js";

/** Of a longer way through the code the last calls are told: the ones around the place itself. */
const MAX_CALLS = 6;
/** A function in a collection is called by every event of a program; from further away nobody looks. */
const MAX_CALLS_TO_KEPT = 3;

/** Takes what callees do over into the summary of the caller: in its terms, and in the circumstances of the call. */
export class Inclusion {
  readonly #model: FunctionModel;
  readonly #neighbours: Neighbours;
  readonly #entries: Entries;

  constructor(model: FunctionModel, neighbours: Neighbours, entries: Entries) {
    this.#model = model;
    this.#neighbours = neighbours;
    this.#entries = entries;
  }

  add(summary: FunctionSummary, binding: Binding, call: Call, trail: Trail, context: Context): void {
    this.#include(summary, binding, call, trail, context);
    for (const invoke of summary.invokes) this.#includeInvoke(invoke, binding, call, trail, context);
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
      [...inner.chosen, ...inner.assumed].every(({ by }) => isFixed(by, binding));
    for (const access of summary.accesses) {
      if (passes(access, access.object)) {
        this.#entries.accesses.add(access);
        continue;
      }
      const object = bind(access.object, binding);
      const inner = object && within(access, context, binding, call);
      if (inner) this.#entries.accesses.add({ ...access, ...via(access), ...inner, object });
    }
    for (const acquire of summary.acquires) {
      if (passes(acquire, acquire.lock)) {
        this.#entries.acquires.add(acquire);
        continue;
      }
      const lock = bind(acquire.lock, binding);
      if (!lock) continue;
      // Where nobody awaits the promise, the caller goes on: what it holds, it does not hold while it waits.
      const isDetached = acquire.async && (!call.awaited || acquire.later);
      const outer = isDetached ? { ...context, held: [], later: true } : context;
      const inner = within(acquire, outer, binding, call);
      if (!inner) continue;
      const sorted = [...acquire.sortedAfter, ...sortedAfter(outer, lock)];
      const later = inner.later || isDetached;
      this.#entries.acquires.add({ ...acquire, ...via(acquire), ...inner, later, lock, sortedAfter: sorted });
    }
    for (const pause of summary.pauses) {
      if (pause.on ? passes(pause, pause.on) : addsNothing && pause.calls.length >= MAX_CALLS) {
        this.#entries.pauses.add(pause);
        continue;
      }
      const on = pause.on && bind(pause.on, binding);
      // Where nobody awaits the promise, the caller goes on.
      const outer = pause.stops || call.awaited ? context : { ...context, held: [] };
      const inner = within(pause, outer, binding, call);
      if (inner && (on || pause.for === "told")) this.#entries.pauses.add({ ...pause, ...via(pause), ...inner, on });
    }
    for (const signal of summary.signals) {
      if (signal.on ? passes(signal, signal.on) : addsNothing && signal.calls.length >= MAX_CALLS) {
        this.#entries.signals.add(signal);
        continue;
      }
      const on = signal.on && bind(signal.on, binding);
      const inner = within(signal, context, binding, call);
      if (inner) this.#entries.signals.add({ ...signal, ...via(signal), ...inner, on });
    }
    for (const count of summary.counts) {
      const on = bind(count.on, binding);
      const inner = on && within(count, context, binding, call);
      if (inner) this.#entries.counts.add({ ...count, ...via(count), ...inner, on });
    }
    for (const demand of summary.demands) {
      const lock = bind(demand.lock, binding);
      const inner = lock && within(demand, context, binding, call);
      if (!inner) continue;
      const object = demand.object && bind(demand.object, binding);
      const bound = { ...demand, ...via(demand), ...inner, lock, object };
      if (isUnmet(bound, this.#model)) this.#entries.demands.add(bound);
    }
    for (const confinement of summary.confinements) {
      const inner = within(confinement, context, binding, call);
      // Of a longer way only the end matters: the call that leads there.
      const calls = confinement.calls.length > 0 ? confinement.calls : [trail.site];
      if (inner) this.#entries.confinements.add({ ...confinement, ...inner, calls });
    }
    for (const spawn of summary.spawns) {
      const isAlone = !spawn.running.includes(spawn.spawn.id);
      const given = (argument: Argument): Argument => bindGiven(argument, binding, summary.id, isAlone);
      this.#entries.spawns.add({
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
    if (!inner) return;
    if (invoke.parameter.startsWith(KEPT)) {
      const { site, calls, functionId } = invoke;
      if (calls.length >= MAX_CALLS_TO_KEPT) return;
      this.#entries.invokes.add({ ...invoke, ...inner, site, calls: [trail.site, ...calls], functionId });
      return;
    }
    const args = invoke.args.map((argument) => bindArgument(argument, binding));
    const awaited = invoke.awaited && call.awaited;
    if (!given) {
      // The parameter of a function around the callee: whoever calls that one knows.
      this.#entries.invokes.add({ ...trail, ...inner, parameter: invoke.parameter, args, awaited });
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
      this.#entries.invokes.add({ ...trail, ...inner, parameter: given.path.root, args, awaited });
    }
  }
}

/** Whether the path means the same in the caller. */
function isFixed(path: Path, binding: Binding): boolean {
  return path.root !== "this" && !binding.args.has(path.root);
}
