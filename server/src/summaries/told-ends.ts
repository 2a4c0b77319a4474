import type { FileQueues, QueueFunction } from "../model/queue-function.js";
import { siteKey } from "../source/site.js";
import { classesOf } from "./unfinished-queues.js";

/**
 * The places where threads are made that take items out of a queue until they are told to end: by an item that says so, or
 * because somebody shuts the queue. Whoever tells them minds their end, and need not be who starts them.
 */
export function endsToldByQueues(files: readonly FileQueues[]): ReadonlySet<string> {
  const functions = files.flatMap((file) => file.functions);
  const threads = functions.flatMap((fn) => fn.threads);
  if (threads.length === 0) return new Set();
  const sameAs = classesOf(files.flatMap(({ same }) => same));
  const shut = new Set(functions.flatMap((fn) => queuesIn(fn, "shut").map(sameAs)));
  const told = new Set(
    functions.flatMap((fn) => {
      const taken = queuesIn(fn, "taken").map(sameAs);
      return taken.some((queue) => shut.has(queue)) || queuesIn(fn, "finished").length > 0 ? [fn.key] : [];
    }),
  );
  return new Set(threads.flatMap(({ target, site }) => (told.has(target) ? [siteKey(site)] : [])));
}

function queuesIn({ nodes }: QueueFunction, kind: "taken" | "shut" | "finished"): readonly string[] {
  return nodes.flatMap(({ event }) => (event.kind === kind && "queue" in event ? [event.queue] : []));
}
