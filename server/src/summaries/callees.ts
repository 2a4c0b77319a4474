import type { EffectOf, HeldLock, LockEffect } from "../facts/locksets.js";
import type { OrderEffect } from "../facts/order.js";
import { type Argument, type Call, type Channel, type Spawn, UNKNOWN } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import type { Path } from "../model/path.js";
import { type Binding, bind, bindChannels, bindLocks } from "./binding.js";
import type { FunctionSummary } from "./summary.js";

/** What summarising one function asks about the others. */
export interface Neighbours {
  summary(id: string): FunctionSummary | undefined;
  parameters(id: string): readonly string[];
  /** The spawns whose result can be reached by this handle. */
  spawnsAt(handle: Path): readonly Spawn[];
  /** The spawns that belong to this pool. */
  spawnsOf(owner: Path): readonly Spawn[];
}

/** What the functions that one function calls do, in its terms. */
export class Callees {
  readonly #model: FunctionModel;
  readonly #neighbours: Neighbours;
  readonly #bindings = new Map<Call, Binding>();

  constructor(model: FunctionModel, neighbours: Neighbours) {
    this.#model = model;
    this.#neighbours = neighbours;
  }

  summary(call: Call): FunctionSummary | undefined {
    return call.callee.kind === "function" ? this.#neighbours.summary(call.callee.id) : undefined;
  }

  binding(call: Call): Binding {
    const known = this.#bindings.get(call);
    if (known) return known;
    const parameters = call.callee.kind === "function" ? this.#neighbours.parameters(call.callee.id) : [];
    const args = new Map<string, Argument>();
    parameters.forEach((root, index) => {
      const argument = call.args[index];
      args.set(root, argument ?? UNKNOWN);
    });
    const binding: Binding = { args, receiver: call.receiver, aliases: this.#model.aliases, sameThread: true };
    this.#bindings.set(call, binding);
    return binding;
  }

  readonly lockEffect: EffectOf = (call: Call): LockEffect | undefined => {
    const summary = this.summary(call);
    if (!summary || !changesLocks(summary)) return undefined;
    const binding = this.binding(call);
    const bound = (locks: readonly HeldLock[]): HeldLock[] =>
      bindLocks(locks, binding).held.map((each) => ({ ...each, site: call.site }));
    return {
      acquired: bound(summary.acquired),
      acquiredIf: bound(summary.acquiredIf),
      guarded: bound(summary.guarded),
      released: summary.released.flatMap((path) => bind(path, binding) ?? []),
      releasesUnnamed: summary.releasesUnnamed,
    };
  };

  readonly orderEffect = (call: Call): OrderEffect | undefined => {
    const summary = this.summary(call);
    if (!summary) return undefined;
    const { waits, listens, meets, suspends } = summary;
    if (waits.length === 0 && listens.length === 0 && meets === "never") return undefined;
    // Who does not await the promise goes on before what is waited for has come.
    const waited = suspends && !call.awaited ? [] : bindChannels(waits, this.binding(call));
    return { waits: waited, listens, meets };
  };

  joins(call: Call): readonly Path[] {
    const summary = this.summary(call);
    return summary?.joins.flatMap((handle) => bind(handle, this.binding(call)) ?? []) ?? [];
  }

  /** The threads whose end it listens for. */
  hears(call: Call): readonly Path[] {
    return this.summary(call)?.hears.flatMap((handle) => bind(handle, this.binding(call)) ?? []) ?? [];
  }

  notifies(call: Call): readonly Channel[] {
    const summary = this.summary(call);
    return summary ? bindChannels(summary.notifies, this.binding(call)) : [];
  }
}

function changesLocks({ acquired, acquiredIf, released, releasesUnnamed }: FunctionSummary): boolean {
  return acquired.length > 0 || acquiredIf.length > 0 || released.length > 0 || releasesUnnamed;
}
