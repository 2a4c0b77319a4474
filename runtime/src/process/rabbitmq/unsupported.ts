/** What RabbitMQ cannot do, why, and what can. */
import { Unsupported } from "../../errors.js";

const LOCKS =
  'RabbitMQ has no locks that end with whoever holds them and can be told apart afterwards: use Manager.connect("redis://…"), or a Manager of Heddle';
const VALUES =
  'RabbitMQ keeps messages until somebody takes them, and nothing to look at or change: use Manager.connect("redis://…"), or a Manager of Heddle';

const REASONS: Readonly<Record<string, string>> = {
  lock: LOCKS,
  rlock: LOCKS,
  semaphore: LOCKS,
  boundedSemaphore: LOCKS,
  condition: LOCKS,
  event: VALUES,
  barrier: VALUES,
  list: VALUES,
  dict: VALUES,
  namespace: VALUES,
  value: VALUES,
  array: VALUES,
  lifoQueue:
    'RabbitMQ hands items out in the order in which they came: use queue(), priorityQueue(), or lifoQueue() of Manager.connect("redis://…")',
};

/** The error for what a manager is asked for. */
export function unsupportedByManager(method: string, [kind]: readonly unknown[]): Unsupported {
  if (method === "make") {
    const reason = REASONS[String(kind)];
    if (reason !== undefined) return new Unsupported(`There is no ${String(kind)}() in RabbitMQ. ${reason}.`);
    return new Unsupported(
      `RabbitMQ makes no instances of ${String(kind)}: it runs no code of yours. Use a Manager of Heddle.`,
    );
  }
  if (method === "shutdown") {
    return new Unsupported("RabbitMQ is not this program's to shut down: close() ends the connection.");
  }
  return new Unsupported("RabbitMQ does not count its queues by program: they belong to all that use it.");
}

const JOIN =
  "RabbitMQ does not tell how many items were taken and not reported: let whoever does them put an answer into a second " +
  "queue, and count those.";

/** The error for what a queue is asked for, if RabbitMQ's cannot do it. */
export function unsupportedByQueue(method: string): Unsupported | undefined {
  if (method === "join") return new Unsupported(JOIN);
  if (method !== "shutdown") return undefined;
  return new Unsupported(
    "RabbitMQ's queues are not shut down for all who use them: put an item for each taker that says that there are no " +
      "more.",
  );
}
