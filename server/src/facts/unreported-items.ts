import type { Taken } from "../model/queue.js";
import type { QueueFunction } from "../model/queue-function.js";
import type { Site } from "../source/site.js";

/** Items that a function takes out of a queue, and on some way takes the next one without having reported them. */
export interface Unreported {
  readonly queue: string;
  readonly text: string;
  readonly site: Site;
  /** Where the function reports items on other ways. */
  readonly reports: readonly Site[];
}

/** Each place that takes items, once. What an exception ends, and the last item before the end, are not looked at. */
export function unreportedItems({ nodes, shares }: QueueFunction): readonly Unreported[] {
  const found = new Map<number, Unreported>();
  for (const [index, { event }] of nodes.entries()) {
    if (event.kind !== "taken" || shares.has(event.queue) || found.has(event.site.start)) continue;
    if (!takesAgain(nodes, index, event)) continue;
    const reports = nodes.flatMap(({ event: other }) =>
      other.kind === "reported" && other.queue === event.queue ? [other.site] : [],
    );
    found.set(event.site.start, { queue: event.queue, text: event.text, site: event.site, reports });
  }
  return [...found.values()];
}

/** Whether the next item may be taken before the last one is reported. */
function takesAgain(nodes: QueueFunction["nodes"], from: number, { queue }: Taken): boolean {
  const seen = new Set<number>();
  const pending = [...(nodes[from]?.next ?? [])];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const { event, next, onThrow } = nodes[at]!;
    if (event.kind === "taken" && event.queue === queue) return true;
    if (event.kind === "reported" && event.queue === queue) continue;
    pending.push(...next, ...onThrow);
  }
  return false;
}
