import type { Lockset } from "../facts/locksets.js";
import { channelKey, chosenKey, type Order, START } from "../facts/order.js";
import type { Call, Channel } from "../model/events.js";
import { pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import { type Binding, bindChannels, bindChosen, bindLocks } from "./binding.js";
import type { Context, Trail } from "./summary.js";

/** The circumstances of an event of the function itself. */
export function contextOf(lockset: Lockset, before: ReadonlySet<string>, order: Order): Context {
  return {
    held: [...lockset.must.values()],
    uncertain: lockset.unknown,
    running: [...before].sort(),
    later: false,
    confined: lockset.confined,
    waited: [...order.waited.values()],
    phases: [...order.phases].sort(),
    chosen: [...order.chosen.values()].map(({ by, value }) => ({ by, value })),
  };
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
    context.chosen.length === 0
  );
}

/** The callee's circumstances seen from the call. */
export function within(inner: Context, outer: Context, binding: Binding, call: Call): Context {
  const { held, lost } = bindLocks(inner.held, binding);
  const now = call.when === "now";
  const keys = new Set(held.map((each) => pathKey(each.lock)));
  const added = now ? outer.held.filter((each) => !keys.has(pathKey(each.lock))) : [];
  return {
    held: [...added, ...held],
    uncertain: inner.uncertain || lost || (now && outer.uncertain) || call.when === "unknown",
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
    chosen: [...bindChosen(inner.chosen, binding), ...outer.chosen],
  };
}

function joinChannels(a: readonly Channel[], b: readonly Channel[]): readonly Channel[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Map([...a, ...b].map((on) => [channelKey(on), on])).values()];
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
  const order = [...context.waited.map(channelKey), ...context.phases, ...context.chosen.map(chosenKey)];
  const { uncertain, running, later, confined } = context;
  return [held.join(), uncertain, running.join(), later, confined, order.join()].join("|");
}
