import type { Event } from "../model/events.js";
import type { Ask, LifeEvent } from "../model/life.js";
import type { LifeFunction } from "../model/life-function.js";
import { siteKey } from "../source/site.js";
import { type Dataflow, solve } from "./dataflow.js";

/** What a function does with owned objects at one place, and what control depends on there. */
export interface Step {
  readonly index: number;
  readonly event: LifeEvent;
  /** The conditions that have decided that control comes here: not those whose other way leads here as well. */
  readonly asked: readonly Ask[];
  /** Own fields that have just been given a value. */
  readonly filled: readonly string[];
  /** Whether an exception would be caught in the function itself. */
  readonly isCaught: boolean;
}

type Known = ReadonlyMap<string, Ask | string>;

const LIFE: ReadonlySet<string> = new Set(["ask", "fill", "invoke", "reach", "make", "heed"]);
const NOTHING: Known = new Map();

const known = new WeakMap<LifeFunction, readonly Step[]>();

/** The steps of a function, in the order of its graph. The same function has the same steps. */
export function stepsOf(fn: LifeFunction): readonly Step[] {
  const steps = known.get(fn) ?? computeSteps(fn);
  known.set(fn, steps);
  return steps;
}

function computeSteps({ nodes }: LifeFunction): readonly Step[] {
  const before = solve(nodes, asked);
  const thrown = nodes.findIndex(({ event }) => event.kind === "exit" && event.how === "throw");
  return nodes.flatMap(({ event, onThrow }, index) => {
    const state = before[index];
    if (!state || !isLife(event)) return [];
    const all = [...state.values()];
    return {
      index,
      event,
      asked: all.filter((each) => typeof each !== "string"),
      filled: all.filter((each) => typeof each === "string"),
      isCaught: onThrow.some((to) => to !== thrown),
    };
  });
}

function isLife(event: Event): event is LifeEvent {
  return LIFE.has(event.kind);
}

const asked: Dataflow<Known> = {
  entry: NOTHING,
  after(event, before) {
    // What is known of both ways of a condition is known of none: the keys differ, and the join drops them.
    if (event.kind === "ask") return new Map(before).set(`${event.says}@${siteKey(event.site)}`, event);
    if (event.kind === "fill" && event.isOwn && event.gives !== "nothing") {
      return new Map(before).set(`fill ${event.member}`, event.member);
    }
    return before;
  },
  join(a, b) {
    const both = new Map([...a].filter(([key]) => b.has(key)));
    return both.size === a.size ? a : both;
  },
  equals: (a, b) => a === b || (a.size === b.size && [...a.keys()].every((key) => b.has(key))),
};

/** Whether control may come from one node to another. */
export function mayPrecede({ nodes }: LifeFunction, from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const next of [...nodes[at]!.next, ...nodes[at]!.onThrow]) {
      if (next === to) return true;
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
    }
  }
  return false;
}
