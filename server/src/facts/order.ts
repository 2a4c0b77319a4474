import type { Call, Channel, Choice, FunctionModel } from "../model/events.js";
import { pathKey } from "../model/path.js";
import { type Site, siteKey } from "../source/site.js";
import { solve } from "./dataflow.js";

/** What a call does to the order among threads, in the caller's terms. */
export interface OrderEffect {
  readonly waits: readonly Channel[];
  readonly meets: Meets;
}

/** Whether a barrier is passed. */
export type Meets = "always" | "sometimes" | "never";

/**
 * What has come before an event: what other threads told and what decided, on every way there, and the last barrier, on
 * any. The lattice is fewer channels and choices, more phases: who may not have waited is ordered with nobody, and who
 * may be in a phase is in it.
 */
export interface Order {
  readonly waited: ReadonlyMap<string, Channel>;
  /** The places where a barrier may have been passed last; `START` where none was. */
  readonly phases: ReadonlySet<string>;
  /** What certainly has a certain value. */
  readonly chosen: ReadonlyMap<string, Chosen>;
}

/** A value that decided about the way here. */
export type Chosen = Pick<Choice, "by" | "value">;

/** Before the first barrier. */
export const START = "";
const AT_START: Order = { waited: new Map(), phases: new Set([START]), chosen: new Map() };

/** The order before every node of a function, undefined where it is never reached. */
export function orders(
  model: FunctionModel,
  effectOf: (call: Call) => OrderEffect | undefined,
): readonly (Order | undefined)[] {
  const matters = model.nodes.some(
    ({ event }) =>
      event.kind === "wait" ||
      event.kind === "meet" ||
      event.kind === "choice" ||
      (event.kind === "call" && effectOf(event) !== undefined),
  );
  if (!matters) return model.nodes.map(() => AT_START);
  return solve<Order>(model.nodes, {
    entry: AT_START,
    after(event, before) {
      if (event.kind === "wait") return waitedFor(before, [event.on]);
      if (event.kind === "meet") return met(before, event.site, "always");
      if (event.kind === "choice") {
        return { ...before, chosen: new Map([...before.chosen, [chosenKey(event), event]]) };
      }
      const effect = event.kind === "call" && event.when === "now" ? effectOf(event) : undefined;
      return effect ? met(waitedFor(before, effect.waits), event.site, effect.meets) : before;
    },
    join: (a, b) => ({
      waited: new Map([...a.waited].filter(([key]) => b.waited.has(key))),
      phases: new Set([...a.phases, ...b.phases]),
      chosen: new Map([...a.chosen].filter(([key]) => b.chosen.has(key))),
    }),
    equals: (a, b) =>
      a.waited.size === b.waited.size && a.phases.size === b.phases.size && a.chosen.size === b.chosen.size,
  });
}

function waitedFor(before: Order, channels: readonly Channel[]): Order {
  if (channels.length === 0) return before;
  return { ...before, waited: new Map([...before.waited, ...channels.map((on) => [channelKey(on), on] as const)]) };
}

function met(before: Order, site: Site, meets: Meets): Order {
  if (meets === "never") return before;
  return { ...before, phases: new Set([...(meets === "always" ? [] : before.phases), siteKey(site)]) };
}

export function chosenKey({ by, value }: Chosen): string {
  return `${pathKey(by)}=${value}`;
}

/** Equal for channels that are the same; every unknown one counts as one. */
export function channelKey(on: Channel): string {
  return on ? pathKey(on) : "?";
}
