import type { Node } from "../model/function-model.js";
import type { Putting, Taken } from "../model/queue.js";
import type { FileQueues, QueueFunction, QueueThread } from "../model/queue-function.js";
import type { Site } from "../source/site.js";
import { classesOf } from "./unfinished-queues.js";

/** A thread that waits for room in a queue whose only consumer has left its loop, and is waited for itself. */
export interface AbandonedProducer {
  readonly taken: Taken;
  readonly put: Putting;
  readonly thread: QueueThread;
  /** Where its end is waited for: a join, or the end of the program. */
  readonly stuck: Site;
  readonly isJoined: boolean;
}

/**
 * Consumers that leave a loop for another reason than what the last item says, and neither take what is left nor shut
 * the queue. What others can take or shut, or get hold of by other ways, is theirs to mind.
 */
export function abandonedProducers(files: readonly FileQueues[]): readonly AbandonedProducer[] {
  const bounded = files.flatMap((file) => [...file.bounded]);
  if (bounded.length === 0) return [];
  const functions = files.flatMap((file) => file.functions);
  const sameAs = classesOf(files.flatMap(({ same }) => same));
  const limited = new Set(bounded.map(sameAs));
  const handed = new Set(functions.flatMap(({ hands }) => [...hands].map(sameAs)));
  const minds = mindersOf(functions, sameAs);
  const repeated = new Map<string, readonly Putting[]>();
  for (const fn of functions) repeated.set(fn.key, [...(repeated.get(fn.key) ?? []), ...repeatedPuts(fn)]);
  return functions.flatMap((consumer) => {
    if (consumer.threads.length === 0) return [];
    const queues = new Set(consumer.nodes.flatMap(({ event }) => (event.kind === "taken" ? [event.queue] : [])));
    const puts = consumer.threads.flatMap((thread) =>
      (repeated.get(thread.target) ?? []).map((put) => ({ thread, put, own: sameAs(put.queue) })),
    );
    return [...queues].flatMap((queue) => {
      const own = sameAs(queue);
      const isOthers = [...(minds.get(own) ?? [])].some((fn) => fn !== consumer);
      if (!limited.has(own) || handed.has(own) || isOthers) return [];
      const [first, ...more] = puts.filter((each) => each.own === own);
      return first && more.every(({ thread }) => thread === first.thread) ? abandonedIn(consumer, queue, first) : [];
    });
  });
}

/** By queue, the functions that take items of it, or tell that no more are wanted. */
function mindersOf(
  functions: readonly QueueFunction[],
  sameAs: (queue: string) => string,
): ReadonlyMap<string, ReadonlySet<QueueFunction>> {
  const found = new Map<string, Set<QueueFunction>>();
  for (const fn of functions) {
    for (const { event } of fn.nodes) {
      if (event.kind !== "taken" && event.kind !== "shut") continue;
      const own = sameAs(event.queue);
      found.set(own, (found.get(own) ?? new Set()).add(fn));
    }
  }
  return found;
}

/** Where a function puts one item after the other, however many. */
function repeatedPuts({ nodes }: QueueFunction): readonly Putting[] {
  return nodes.flatMap(({ event }, index) =>
    event.kind === "putting" && reached(nodes, index, () => false).has(index) ? [event] : [],
  );
}

function abandonedIn(
  consumer: QueueFunction,
  queue: string,
  { thread, put }: { readonly thread: QueueThread; readonly put: Putting },
): readonly AbandonedProducer[] {
  const { nodes, isEntry } = consumer;
  // The head of a loop is where the next item is taken, or where a count says that these were all.
  const stops = ({ event }: Node): boolean =>
    event.kind === "loop" ||
    event.kind === "counted" ||
    ((event.kind === "taken" || event.kind === "shut" || event.kind === "finished") && event.queue === queue) ||
    (event.kind === "thread-joined" && event.thread === thread.thread);
  for (const [index, { event }] of nodes.entries()) {
    if (event.kind !== "taken" || event.queue !== queue || !reached(nodes, index, () => false).has(index)) continue;
    const ends = [...reached(nodes, index, stops)].map((at) => nodes[at]!.event);
    const join = ends.find((end) => end.kind === "thread-joined" && end.thread === thread.thread);
    if (join) return [{ taken: event, put, thread, stuck: join.site, isJoined: true }];
    const exit =
      isEntry && !thread.isDaemon ? ends.find((end) => end.kind === "exit" && end.how === "normal") : undefined;
    if (exit) return [{ taken: event, put, thread, stuck: exit.site, isJoined: false }];
  }
  return [];
}

/** The nodes that control comes to after one without an unexpected exception, those that stop it among them. */
function reached(nodes: readonly Node[], from: number, stops: (node: Node) => boolean): ReadonlySet<number> {
  const found = new Set<number>();
  const pending = [...(nodes[from]?.next ?? [])];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    const node = nodes[at]!;
    if (stops(node)) continue;
    const isThrown = node.event.kind === "rethrow" && node.event.isThrow;
    pending.push(...node.next, ...(isThrown ? node.onThrow : []));
  }
  return found;
}
