import { Unsupported } from "../../errors.js";
import type { AsyncWaitOptions } from "../../event.js";
import { checkedQueueTimeout } from "../../queue.js";
import { Delivery } from "../engine/delivery.js";
import { QueueProxy } from "../manager/queue-proxy.js";
import { defineProxy, type Remote, remoteOf } from "../manager/remote.js";
import type { ProcessQueueOptions } from "../queue.js";
import { clientOfProxy, type RabbitClient } from "./rabbit-client.js";
import { deadLettersOf, type Handed, PRIORITY_QUEUE, QUEUE, type QueueSubject } from "./rabbit-messages.js";

/** Gives and takes what only the queue has. */
type Report = (as: "done" | "giveBack" | "setAside") => void;

/**
 * An item of a queue in RabbitMQ that was taken with `receive`, until it is reported: `Delivery`'s methods, and `setAside`.
 * If the connection is lost before that, the item comes again, and to report this one does nothing.
 * @see Python has none; deliveries are of message queues.
 */
export class RabbitDelivery<T> extends Delivery<T> {
  readonly #report: Report;

  /** @internal */
  constructor(item: T, deliveries: number, report: Report) {
    super(item, deliveries, { finish: () => report("done"), giveBack: () => report("giveBack") });
    this.#report = report;
  }

  /** Puts it among the dead letters of its queue. One that has none, as a priority queue, drops it. Does not wait for the server. */
  setAside(): void {
    this.#report("setAside");
  }
}

/**
 * A queue in RabbitMQ, for all programs that use the server: `QueueProxy`'s methods, and its errors, but for `join` and
 * `shutdown`, which are `Unsupported`. `put` returns when the server has confirmed that it has the item. An item that was
 * taken stays there until it is reported with `taskDone`, and is handed out again, at once, when its taker's connection ends:
 * at least once. What went out `maxDeliveries` times, and what nobody can read, goes to the queue of `deadLetters`.
 * `taskDone` reports the item that this thread took first and has not reported; `receive` gives items that are reported one
 * by one.
 *
 * What RabbitMQ cannot promise: a `maxsize` is one about which it stops taking items, and a `put` that found the queue full
 * asks again from time to time, so that others may come before it. An item that was given back counts as handed out, and so
 * does one that lay at a client by its `prefetch`. A priority queue is on one server, counts no deliveries, and has no dead
 * letters. An item that is not reported for as long as the server's `consumer_timeout`, half an hour by default, comes again.
 * @see Python's `multiprocessing.managers.SyncManager.Queue`.
 */
export class RabbitQueue<T> extends QueueProxy<T> {
  /** Takes the next item, to be reported by itself; blocks while there is none. @throws Empty none in time @throws SerializationError nobody can read it; it is among the dead letters */
  receive(options?: ProcessQueueOptions): RabbitDelivery<T> {
    const timeout = options?.blocking === false ? 0 : checkedQueueTimeout(options?.timeout);
    const side = sideOf(this);
    return deliveryOf(side, remoteOfQueue(this).call("receive", [timeout]) as Handed);
  }

  /** Like `receive` without blocking the thread. An aborted wait takes nothing. */
  async receiveAsync(options?: AsyncWaitOptions): Promise<RabbitDelivery<T>> {
    const timeout = checkedQueueTimeout(options?.timeout);
    const [remote, side] = [remoteOfQueue(this), sideOf(this)];
    return deliveryOf(side, (await remote.callAsync("receive", [timeout], { signal: options?.signal })) as Handed);
  }

  /** The queue of the items that went out too often, or that nobody can read: taken and reported as those of any other. Does not block. @throws Unsupported it is one itself, or a priority queue */
  deadLetters(): RabbitQueue<T> {
    const { client, id } = clientOfProxy(this);
    const subject = client.subjectOf(id);
    if (subject.maxDeliveries > 0) return client.proxy(deadLettersOf(subject)) as RabbitQueue<T>;
    throw new Unsupported("RabbitMQ has dead letters of queues that count deliveries: of queue(), and not of others.");
  }

  /** Reports the item that this thread took first as dealt with. Does not wait for the server. @throws StateError this thread has none */
  override taskDone(): void {
    super.taskDone();
  }
}

/** This thread's side of a queue. */
interface Side {
  readonly client: RabbitClient;
  readonly queue: QueueSubject;
}

/** Also for items that are here when the proxy is closed. */
function sideOf(proxy: object): Side {
  const { client, id } = clientOfProxy(proxy);
  return { client, queue: client.subjectOf(id) };
}

function deliveryOf<T>({ client, queue }: Side, handed: Handed): RabbitDelivery<T> {
  const item = client.read(queue, handed) as T;
  return new RabbitDelivery(item, handed.deliveries, (as) => client.report(queue, handed.id, as));
}

function remoteOfQueue(queue: object): Remote {
  return remoteOf(queue) as Remote;
}

defineProxy(RabbitQueue, QUEUE, PRIORITY_QUEUE);
