import type { Event, FunctionModel } from "../model/events.js";
import { solve } from "./dataflow.js";

/** What an event does to the set of threads that may be running. */
export interface RunningEffect {
  readonly started: readonly string[];
  readonly joined: readonly string[];
}

/**
 * The threads, by spawn, that the function may have started and not yet joined before every node.
 * The lattice is the set of spawns under inclusion: a thread that may run is one that must be reckoned with.
 */
export function running(
  model: FunctionModel,
  effectOf: (event: Event, before: ReadonlySet<string>) => RunningEffect | undefined,
): readonly (ReadonlySet<string> | undefined)[] {
  return solve<ReadonlySet<string>>(model.nodes, {
    entry: new Set(),
    after(event, before) {
      const effect = effectOf(event, before);
      if (!effect || (effect.started.length === 0 && effect.joined.length === 0)) return before;
      const next = new Set(before);
      for (const spawn of effect.joined) next.delete(spawn);
      for (const spawn of effect.started) next.add(spawn);
      return next;
    },
    join: (a, b) => (b.size === 0 ? a : a.size === 0 ? b : new Set([...a, ...b])),
    equals: (a, b) => a.size === b.size && [...b].every((spawn) => a.has(spawn)),
  });
}
