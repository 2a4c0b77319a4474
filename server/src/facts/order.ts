import { type Call, type Channel, type Choice, TRUTHY } from "../model/events.js";
import type { FunctionModel } from "../model/function-model.js";
import { pathKey } from "../model/path.js";
import { type Site, siteKey } from "../source/site.js";
import { solve } from "./dataflow.js";

/** What a call does to the order among threads, in the caller's terms. */
export interface OrderEffect {
  readonly waits: readonly Channel[];
  /** What an `await` after it may wait for. */
  readonly listens: readonly Channel[];
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
  /** What an `await` may wait for, from here on. */
  readonly listened: ReadonlyMap<string, Channel>;
  /** The places where a barrier may have been passed last; `START` where none was. */
  readonly phases: ReadonlySet<string>;
  /** What certainly has a certain value. */
  readonly chosen: ReadonlyMap<string, Chosen>;
  /** Whether it was certainly compared how two values lie that the function was given. */
  readonly sorted: boolean;
}

/** A value that decided about the way here. */
export type Chosen = Pick<Choice, "by" | "value" | "is">;

/** Before the first barrier. */
export const START = "";
const AT_START: Order = {
  waited: new Map(),
  listened: new Map(),
  phases: new Set([START]),
  chosen: new Map(),
  sorted: false,
};

/** The order before every node of a function, undefined where it is never reached. */
export function orders(
  model: FunctionModel,
  effectOf: (call: Call) => OrderEffect | undefined,
): readonly (Order | undefined)[] {
  const matters = model.nodes.some(
    ({ event }) =>
      event.kind === "wait" ||
      event.kind === "listen" ||
      event.kind === "meet" ||
      event.kind === "choice" ||
      (event.kind === "assume" && (event.by !== undefined || event.sorts)) ||
      (event.kind === "call" && effectOf(event) !== undefined),
  );
  if (!matters) return model.nodes.map(() => AT_START);
  return solve<Order>(model.nodes, {
    entry: AT_START,
    after(event, before) {
      if (event.kind === "wait") return waitedFor(before, [event.on]);
      if (event.kind === "listen") return listenedTo(before, [event.on]);
      if (event.kind === "await") return waitedFor(before, [...before.listened.values()]);
      if (event.kind === "meet") return met(before, event.site, "always");
      if (event.kind === "choice") return chose(before, event);
      if (event.kind === "assume") {
        const { by, value, sorts } = event;
        const at = by ? chose(before, { by, value: TRUTHY, is: value }) : before;
        return sorts ? { ...at, sorted: true } : at;
      }
      const effect = event.kind === "call" ? effectOf(event) : undefined;
      if (!effect) return before;
      const at = listenedTo(before, effect.listens);
      return event.kind === "call" && event.when === "now"
        ? met(waitedFor(at, effect.waits), event.site, effect.meets)
        : at;
    },
    join: (a, b) => ({
      waited: new Map([...a.waited].filter(([key]) => b.waited.has(key))),
      listened: b.listened.size === 0 ? a.listened : new Map([...a.listened, ...b.listened]),
      phases: new Set([...a.phases, ...b.phases]),
      chosen: new Map([...a.chosen].filter(([key]) => b.chosen.has(key))),
      sorted: a.sorted && b.sorted,
    }),
    equals: (a, b) =>
      a.waited.size === b.waited.size &&
      a.listened.size === b.listened.size &&
      a.phases.size === b.phases.size &&
      a.chosen.size === b.chosen.size &&
      a.sorted === b.sorted,
  });
}

function chose(before: Order, { by, value, is }: Chosen): Order {
  const chosen = { by, value, is };
  return { ...before, chosen: new Map([...before.chosen, [chosenKey(chosen), chosen]]) };
}

function waitedFor(before: Order, channels: readonly Channel[]): Order {
  if (channels.length === 0) return before;
  return { ...before, waited: new Map([...before.waited, ...channels.map((on) => [channelKey(on), on] as const)]) };
}

function listenedTo(before: Order, channels: readonly Channel[]): Order {
  if (channels.length === 0) return before;
  return { ...before, listened: new Map([...before.listened, ...channels.map((on) => [channelKey(on), on] as const)]) };
}

function met(before: Order, site: Site, meets: Meets): Order {
  if (meets === "never") return before;
  return { ...before, phases: new Set([...(meets === "always" ? [] : before.phases), siteKey(site)]) };
}

export function chosenKey({ by, value, is }: Chosen): string {
  return `${pathKey(by)}${is ? "=" : "!="}${value}`;
}

/** Equal for channels that are the same; every unknown one counts as one. */
export function channelKey(on: Channel): string {
  return on ? pathKey(on) : "?";
}
