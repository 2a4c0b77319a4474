import type { Event } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import { solve } from "./dataflow.js";

/** What an event does to the set of threads that may be running. */
export interface RunningEffect {
  readonly started: readonly string[];
  readonly joined: readonly string[];
  /** Whose end a promise tells from here on. */
  readonly heard: readonly string[];
}

interface State {
  readonly alive: ReadonlySet<string>;
  /** Threads whose end whoever awaits something may be waiting for. */
  readonly heard: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The threads, by spawn, that the function may have started and not yet joined before every node.
 * The lattice is the set of spawns under inclusion: a thread that may run is one that must be reckoned with.
 */
export function running(
  model: FunctionModel,
  effectOf: (event: Event, alive: ReadonlySet<string>) => RunningEffect | undefined,
): readonly (ReadonlySet<string> | undefined)[] {
  const states = solve<State>(model.nodes, {
    entry: { alive: NONE, heard: NONE },
    after(event, before) {
      if (event.kind === "await") return before.heard.size === 0 ? before : settled(before);
      const effect = effectOf(event, before.alive);
      return effect ? changed(before, effect) : before;
    },
    join,
    equals: (a, b) => sameSet(a.alive, b.alive) && sameSet(a.heard, b.heard),
  });
  return states.map((state) => state?.alive);
}

function settled({ alive, heard }: State): State {
  return { alive: new Set([...alive].filter((spawn) => !heard.has(spawn))), heard };
}

function changed({ alive, heard }: State, effect: RunningEffect): State {
  const next = new Set(alive);
  for (const spawn of effect.joined) next.delete(spawn);
  for (const spawn of effect.started) next.add(spawn);
  return { alive: next, heard: effect.heard.length === 0 ? heard : new Set([...heard, ...effect.heard]) };
}

/** The same state where the other one adds nothing, so that comparing it costs nothing either. */
function join(a: State, b: State): State {
  const [alive, heard] = [union(a.alive, b.alive), union(a.heard, b.heard)];
  return alive === a.alive && heard === a.heard ? a : { alive, heard };
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  if (a.size >= b.size && isWithin(b, a)) return a;
  return isWithin(a, b) ? b : new Set([...a, ...b]);
}

function isWithin(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  if (part === whole) return true;
  for (const spawn of part) if (!whole.has(spawn)) return false;
  return true;
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && isWithin(b, a);
}
