import type { Event } from "../model/events.js";
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
  const known = new Map<string, Reports>();
  for (const [index, { event }] of nodes.entries()) {
    if (event.kind !== "taken" || shares.has(event.queue) || found.has(event.site.start)) continue;
    const reports = known.get(event.queue) ?? reportsOf(nodes, event.queue);
    known.set(event.queue, reports);
    if (reports.areCounted || !takesAgain(nodes, index, event, reports.sites.length > 0)) continue;
    found.set(event.site.start, { queue: event.queue, text: event.text, site: event.site, reports: reports.sites });
  }
  return [...found.values()];
}

interface Reports {
  readonly sites: readonly Site[];
  /** Whether a loop reports and takes nothing: as many, it may be, as were taken before. */
  readonly areCounted: boolean;
}

function reportsOf(nodes: QueueFunction["nodes"], queue: string): Reports {
  const places = nodes.flatMap(({ event }, index) =>
    event.kind === "reported" && event.queue === queue ? [{ index, site: event.site }] : [],
  );
  return {
    sites: places.map(({ site }) => site),
    areCounted: places.some(({ index }) => isAhead(nodes, index, (at) => at === index, isTake(nodes, queue))),
  };
}

function isTake(nodes: QueueFunction["nodes"], queue: string): (index: number) => boolean {
  return (index) => {
    const { event } = nodes[index]!;
    return event.kind === "taken" && event.queue === queue;
  };
}

/**
 * Whether the next item may be taken before the last one is reported. Who reports at all may take some in a row: then
 * only the way from a place back to itself tells.
 */
function takesAgain(nodes: QueueFunction["nodes"], from: number, { queue, site }: Taken, reports: boolean): boolean {
  const takes = isTake(nodes, queue);
  const isNext = (index: number): boolean => takes(index) && (!reports || isAt(nodes[index]!.event, site));
  return isAhead(nodes, from, isNext, (index) => {
    const { event } = nodes[index]!;
    return event.kind === "reported" && event.queue === queue;
  });
}

function isAt(event: Event, { start }: Site): boolean {
  return event.kind === "taken" && event.site.start === start;
}

/** Whether control may come from a node to one that is looked for, not beyond those that stop it. */
export function isAhead(
  nodes: QueueFunction["nodes"],
  from: number,
  isLookedFor: (index: number) => boolean,
  stops: (index: number) => boolean,
): boolean {
  const seen = new Set<number>();
  const pending = [...(nodes[from]?.next ?? [])];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (isLookedFor(at)) return true;
    if (stops(at)) continue;
    const { next, onThrow } = nodes[at]!;
    pending.push(...next, ...onThrow);
  }
  return false;
}
