import { oncePer } from "../model/once-per.js";
import { isFamily, type Path, pathKey } from "../model/path.js";
import { siteKey } from "../source/site.js";
import type { CountSummary } from "./summary.js";
import { apartness, type Execution, type Thread } from "./threads.js";

/** A count that a thread raises itself, although somebody may already look whether it is zero when the thread begins. */
export interface LateCount {
  readonly counter: Thread;
  readonly raise: CountSummary;
  readonly waiter: Thread;
  readonly drain: CountSummary;
}

/**
 * Waits for a count at zero that nobody has raised before: all who do are threads that may only be about to begin. What
 * counts nothing down is no count of what is left to do.
 */
export const findLateCounts = oncePer((execution: Execution): readonly LateCount[] => {
  const threads = [execution.entry, ...execution.threads];
  return threads.flatMap((waiter) =>
    waiter.counts.flatMap((drain) => (isOpen(drain) ? [] : lateFor(waiter, drain, threads))),
  );
});

/** Whether it is not known that the wait is for this count. */
function isOpen({ does, on, uncertain, later }: CountSummary): boolean {
  return does !== "drain" || isFamily(on) || uncertain || later;
}

function lateFor(waiter: Thread, drain: CountSummary, threads: readonly Thread[]): readonly LateCount[] {
  const key = pathKey(drain.on);
  const changes = threads.flatMap((counter) =>
    counter.counts.flatMap((change) =>
      change.does !== "drain" && pathKey(change.on) === key ? [{ counter, change }] : [],
    ),
  );
  const raises = changes.flatMap(({ counter, change }) =>
    change.does === "raise" ? [{ counter, raise: change, waiter, drain }] : [],
  );
  if (raises.length === changes.length || threads.some((thread) => setsBefore(thread, waiter, drain.on))) return [];
  const isLate = ({ counter, raise }: LateCount): boolean =>
    counter !== waiter && counter.spawn !== undefined && apartness(counter, raise, waiter, drain) === undefined;
  return raises.every(isLate) ? raises.filter(({ raise }) => !raise.later && !raise.uncertain) : [];
}

/** Whether the one who waits, or the code that starts the program, gives the count a value by other means. */
function setsBefore(thread: Thread, waiter: Thread, on: Path): boolean {
  if (thread !== waiter && thread.spawn !== undefined) return false;
  const counted = new Set(thread.counts.map(({ site }) => siteKey(site)));
  return thread.accesses.some(({ object, cell, access, site }) => {
    if (access === "read" || counted.has(siteKey(site))) return false;
    const own = pathKey(object);
    if (cell.kind === "value") return own === pathKey(on);
    return cell.kind === "index" ? `${own}.${cell.index}` === pathKey(on) : pathKey(on).startsWith(`${own}.`);
  });
}
