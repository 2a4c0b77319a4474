import type { LockOrder, StaticFinding } from "../protocol.js";
import { visible } from "./frame.js";
import type { Style } from "./pretty.js";
import { jsonSite, siteText } from "./trace-site.js";
import { count, table } from "./trace-text.js";

/** Locks by their place in `locks`; `origin` is null where the source was not looked at. */
export function lockOrderAsJson({ locks, edges }: LockOrder, isChecked: boolean): object {
  return {
    locks: locks.map(({ name, count, made }) => ({ name, count, made: jsonSite(made) })),
    edges: edges.map(({ from, to, origin, held, taken, thread, times, ring }) => ({
      ...{ from, to, origin: isChecked ? origin : null, held: jsonSite(held), taken: jsonSite(taken) },
      ...{ thread: thread ?? null, times, ring: ring ?? null },
    })),
  };
}

/** The order in which locks are taken, a row for each two. */
export function lockOrderAsText({ locks, edges }: LockOrder, isChecked: boolean, style: Style): string {
  const nameOf = (lock: number): string => locks[lock]?.name ?? "";
  const rings = [...new Set(edges.flatMap(({ ring }) => ring ?? []))];
  return table(
    style,
    "Lock held",
    ["taken meanwhile", "times", ...(isChecked ? ["seen"] : []), "in a ring", "held since", "taken at"],
    edges.map(({ from, to, origin, held, taken, times, ring }) => [
      ...[nameOf(from), nameOf(to), times === 0 ? "-" : count(times)],
      ...(isChecked ? [origin === "static" ? "static only" : origin] : []),
      ring === undefined ? "-" : `ring ${rings.indexOf(ring) + 1}`,
      ...[siteText(held) ?? "-", siteText(taken) ?? "-"],
    ]),
  );
}

/** What only the analysis finds. */
export function unseenAsText(unseen: readonly StaticFinding[], style: Style): string {
  const told = unseen.map(({ ruleId, message, places }) => {
    const lines = places.map((place) => `    ${visible(place.what)} at ${siteText(place)}`);
    return [`  ${visible(message)} (${ruleId}, static only)`, ...lines].join("\n");
  });
  return [style.strong("Found in the source only"), ...told].join("\n");
}
