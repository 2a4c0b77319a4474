import type { EffectOf, LockEffect } from "../facts/locksets.js";
import type { OrderEffect } from "../facts/order.js";
import type { Argument, Call, Channel, FunctionModel, Spawn } from "../model/events.js";
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

const NOTHING_GIVEN: Argument = {
  path: undefined,
  crosses: "unknown",
  callback: undefined,
  each: false,
  members: undefined,
};

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
      args.set(root, argument ?? NOTHING_GIVEN);
    });
    const binding: Binding = { args, receiver: call.receiver, aliases: this.#model.aliases, sameThread: true };
    this.#bindings.set(call, binding);
    return binding;
  }

  readonly lockEffect: EffectOf = (call: Call): LockEffect | undefined => {
    const summary = this.summary(call);
    if (!summary || (summary.acquired.length === 0 && summary.released.length === 0)) return undefined;
    const binding = this.binding(call);
    const { held } = bindLocks(summary.acquired, binding);
    return {
      acquired: held.map((each) => ({ ...each, site: call.site })),
      released: summary.released.flatMap((path) => bind(path, binding) ?? []),
    };
  };

  readonly orderEffect = (call: Call): OrderEffect | undefined => {
    const summary = this.summary(call);
    if (!summary || (summary.waits.length === 0 && summary.meets === "never")) return undefined;
    return { waits: bindChannels(summary.waits, this.binding(call)), meets: summary.meets };
  };

  joins(call: Call): readonly Path[] {
    const summary = this.summary(call);
    return summary?.joins.flatMap((handle) => bind(handle, this.binding(call)) ?? []) ?? [];
  }

  notifies(call: Call): readonly Channel[] {
    const summary = this.summary(call);
    return summary ? bindChannels(summary.notifies, this.binding(call)) : [];
  }
}
