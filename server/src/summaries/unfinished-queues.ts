import { type Unreported, unreportedItems } from "../facts/unreported-items.js";
import type { DurableQueue, FileQueues, QueueFunction } from "../model/queue-function.js";

/** Items of which nobody reports that they are dealt with, although somebody waits for that, or they come again. */
export interface UnfinishedQueue {
  readonly items: Unreported;
  /** The function that takes them. */
  readonly name: string;
  /** Who waits for that; of a queue that gives an item out again that nobody reports, where it is declared. */
  readonly join: QueueFunction["joins"][number] | undefined;
  readonly declared: DurableQueue | undefined;
}

/**
 * Who waits for whose items: by the names that files have for one queue, and by its name in the program, as far as one
 * program loads both files.
 */
export function unfinishedQueues(
  files: readonly FileQueues[],
  areLoadedTogether: (one: string, other: string) => boolean,
): readonly UnfinishedQueue[] {
  const functions = files.flatMap((file) => file.functions);
  const joins = functions.flatMap((fn) => fn.joins);
  const isDurable = files.some(({ durable }) => durable.size > 0);
  if (joins.length === 0 && !isDurable) return [];
  const sameAs = classesOf(files.flatMap(({ same }) => same));
  const durable = new Map(
    files.flatMap((file) => [...file.durable].map(([key, declared]) => [sameAs(key), declared] as const)),
  );
  const minded = new Set(functions.flatMap((fn) => mindedBy(fn).map(sameAs)));
  return functions.flatMap((fn) =>
    unreportedItems(fn).flatMap((items) => {
      const queue = sameAs(items.queue);
      if (minded.has(queue)) return [];
      const declared = durable.get(queue);
      const waits = joins.find(
        (each) => sameAs(each.queue) === queue && areLoadedTogether(each.site.file, items.site.file),
      );
      const join = declared?.server === "RabbitMQ" ? undefined : waits; // which refuses to wait
      return join || declared ? [{ items, name: fn.name, join, declared }] : [];
    }),
  );
}

/** The queues whose items the function reports for others, or gives to somebody who may. */
function mindedBy({ nodes, shares }: QueueFunction): readonly string[] {
  const taken = new Set(nodes.flatMap(({ event }) => (event.kind === "taken" ? [event.queue] : [])));
  const reported = nodes.flatMap(({ event }) => (event.kind === "reported" ? [event.queue] : []));
  return [...reported.filter((queue) => !taken.has(queue)), ...[...shares].filter((queue) => taken.has(queue))];
}

/** For each key one that stands for all that mean the same. */
export function classesOf(pairs: readonly (readonly [string, string])[]): (key: string) => string {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    let at = key;
    for (let up = parents.get(at); up !== undefined && up !== at; up = parents.get(at)) at = up;
    return at;
  };
  for (const [a, b] of pairs) {
    const [x, y] = [rootOf(a), rootOf(b)];
    if (x !== y) parents.set(y, x);
  }
  return rootOf;
}
