import type { Lockset } from "../facts/locksets.js";
import { type Chosen, channelKey, chosenKey, type Order, START } from "../facts/order.js";
import type { Call, Channel } from "../model/events.js";
import { oncePer } from "../model/once-per.js";
import { type Path, pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import { type Binding, bindChannels, bindDecisions, bindLocks } from "./binding.js";
import type { Context, Trail } from "./summary.js";

/** What may run, in one order. Most events of a function change nothing about it. */
export const sortedRunning = oncePer((running: ReadonlySet<string>): readonly string[] => [...running].sort());

/** The circumstances of an event of the function itself: one for each way that the caller decides about. */
export function contextsOf(
  lockset: Lockset,
  before: ReadonlySet<string>,
  order: Order,
): readonly [Context, ...Context[]] {
  const common = {
    running: sortedRunning(before),
    later: false,
    confined: lockset.confined,
    waited: [...order.waited.values()],
    phases: [...order.phases].sort(),
    chosen: [...order.chosen.values()],
    sorted: order.sorted,
  };
  const contexts = lockset.ways.map(
    ({ must, unknown, assumed }): Context => ({ ...common, held: [...must.values()], uncertain: unknown, assumed }),
  );
  return contexts as [Context, ...Context[]];
}

/** Nothing is held and nothing runs: what happens in the callee happens here in the same circumstances. */
export function isBare(context: Context): boolean {
  return (
    context.held.length === 0 &&
    !context.uncertain &&
    context.running.length === 0 &&
    context.confined === undefined &&
    context.waited.length === 0 &&
    context.phases.every((phase) => phase === START) &&
    context.chosen.length === 0 &&
    context.assumed.length === 0
  );
}

/** The callee's circumstances seen from the call; undefined where what the caller gives keeps it from getting there. */
export function within(inner: Context, outer: Context, binding: Binding, call: Call): Context | undefined {
  const decisions = bindDecisions(inner, binding);
  if (!decisions) return undefined;
  const { held, lost } = bindLocks(inner.held, binding);
  const now = call.when === "now";
  const keys = new Set(held.map((each) => pathKey(each.lock)));
  const added = now ? outer.held.filter((each) => !keys.has(pathKey(each.lock))) : [];
  return {
    held: [...added, ...held],
    uncertain: inner.uncertain || lost || decisions.isOpen || (now && outer.uncertain) || call.when === "unknown",
    running: union(inner.running, outer.running),
    later: inner.later || !now,
    confined: inner.confined ?? outer.confined,
    waited: joinChannels(
      joinChannels(bindChannels(inner.waited, binding), outer.waited),
      call.after ? [call.after] : [],
    ),
    phases: inner.phases.includes(START)
      ? union(
          inner.phases.filter((phase) => phase !== START),
          outer.phases,
        )
      : inner.phases,
    chosen: joinChoices(decisions.chosen, outer.chosen),
    assumed: joinChoices(decisions.assumed, outer.assumed),
    sorted: inner.sorted,
  };
}

/** The places where locks are held that a comparison has put in their order with this one: all are the caller's. */
export function sortedAfter(context: Context, lock: Path): readonly string[] {
  if (!context.sorted || !isGiven(lock)) return [];
  return context.held.filter((held) => isGiven(held.lock)).map(({ site }) => siteKey(site));
}

function isGiven({ root }: Path): boolean {
  return root === "this" || root.startsWith("param:");
}

function joinChannels(a: readonly Channel[], b: readonly Channel[]): readonly Channel[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Map([...a, ...b].map((on) => [channelKey(on), on])).values()];
}

function joinChoices(a: readonly Chosen[], b: readonly Chosen[]): readonly Chosen[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Map([...a, ...b].map((choice) => [chosenKey(choice), choice])).values()];
}

export function union(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Set([...a, ...b])].sort();
}

/** Equal for the same event in the same circumstances. */
export function contextKey(item: Trail & Context): string {
  return `${siteKey(item.site)}|${circumstances(item)}`;
}

/** Equal for the same circumstances, wherever. */
export function circumstances(context: Context): string {
  const held = context.held.map((each) => pathKey(each.lock)).sort();
  const decisions = [...context.chosen.map(chosenKey), "|", ...context.assumed.map(chosenKey)];
  const order = [...context.waited.map(channelKey), ...context.phases, ...decisions];
  const { uncertain, running, later, confined } = context;
  return [held.join(), uncertain, running.join(), later, confined, order.join()].join("|");
}
