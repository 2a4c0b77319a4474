import type { DurableQueue, FileQueues, QueueFunction } from "../model/queue-function.js";
import type { Site } from "../source/site.js";
import { isAhead } from "./unreported-items.js";

/** An item that is to be reported by itself, and is not, on some way. */
export interface UnreportedDelivery {
  /** The function that takes it. */
  readonly name: string;
  /** The variable that has it; undefined: nobody has it. */
  readonly variable: string | undefined;
  readonly text: string;
  readonly site: Site;
  /** Where it is reported, or handed on, on other ways. */
  readonly uses: readonly Site[];
  readonly declared: DurableQueue;
}

/** Each place that takes items, once. */
export function unreportedDeliveries({ functions, durable }: FileQueues): readonly UnreportedDelivery[] {
  return functions.flatMap((fn) => unreportedIn(fn, durable));
}

function unreportedIn({ name, nodes }: QueueFunction, durable: FileQueues["durable"]): readonly UnreportedDelivery[] {
  const found = new Map<number, UnreportedDelivery>();
  for (const [index, { event }] of nodes.entries()) {
    const declared = event.kind === "delivered" ? durable.get(event.queue) : undefined;
    if (event.kind !== "delivered" || !declared || found.has(event.site.start)) continue;
    const { delivery, text, site } = event;
    const isUse = (at: number): boolean => {
      const each = nodes[at]!.event;
      return delivery !== undefined && each.kind === "delivery-used" && each.delivery === delivery;
    };
    const uses = nodes.flatMap(({ event: each }, at) => (isUse(at) ? [each.site] : []));
    // The last one before the end may have said that it is the last, if others are reported.
    const isLeft = (at: number): boolean => {
      const each = nodes[at]!.event;
      if (each.kind === "exit") return uses.length === 0 && each.how === "normal";
      return each.kind === "delivered" && each.delivery === delivery && (delivery !== undefined || at === index);
    };
    if (!isAhead(nodes, index, isLeft, isUse)) continue;
    const variable = delivery === undefined ? undefined : text;
    found.set(site.start, { name, variable, text, site, uses, declared });
  }
  return [...found.values()];
}
