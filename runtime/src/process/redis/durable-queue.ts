import { SerializationError } from "../../errors.js";
import type { AsyncWaitOptions } from "../../event.js";
import { checkedQueueTimeout } from "../../queue.js";
import { Delivery } from "../engine/delivery.js";
import { QueueProxy } from "../manager/queue-proxy.js";
import { defineProxy, type Remote, remoteOf } from "../manager/remote.js";
import type { ProcessQueueOptions } from "../queue.js";
import type { Handed, OwnedQueue } from "./owned.js";
import { clientOfProxy, type RedisClient } from "./redis-client.js";

/**
 * A queue in Redis, for all programs that use the server: `QueueProxy`'s methods, and its errors. An item that was taken
 * stays in Redis until it is reported with `taskDone`, and is handed out again if its taker dies or is cut off for longer
 * than the lease: at least once. What went out `maxDeliveries` times is put aside (`aside`). `taskDone` reports the item
 * that this thread took first and has not reported; `receive` gives items that are reported one by one.
 *
 * What Redis cannot promise: an item that was put is lost with the server's memory unless it keeps a log (`appendonly yes`;
 * with `appendfsync everysec` up to a second of it), and with a failover if the replica had not got it. A server whose clock
 * is set forward hands out items again whose takers live.
 * @see Python's `multiprocessing.managers.SyncManager.Queue` and `JoinableQueue`.
 */
export class DurableQueue<T> extends QueueProxy<T> {
  /** Takes the next item, to be reported by itself; blocks while there is none. @throws Empty none in time @throws ShutDown the queue was shut down, and is empty */
  receive(options?: ProcessQueueOptions): Delivery<T> {
    const timeout = options?.blocking === false ? 0 : checkedQueueTimeout(options?.timeout);
    const side = sideOf(this);
    return deliveryOf(side, remoteOfQueue(this).call("receive", [timeout]) as Handed);
  }

  /** Like `receive` without blocking the thread. An aborted wait takes nothing. */
  async receiveAsync(options?: AsyncWaitOptions): Promise<Delivery<T>> {
    const timeout = checkedQueueTimeout(options?.timeout);
    const [remote, side] = [remoteOfQueue(this), sideOf(this)];
    return deliveryOf(side, (await remote.callAsync("receive", [timeout], { signal: options?.signal })) as Handed);
  }

  /** The items that went out too often, the oldest first. Blocks for the moment it takes to ask. */
  aside(): T[] {
    return remoteOfQueue(this).call("aside") as T[];
  }

  /** Reports the item that this thread took first as dealt with. Does not wait for the server. @throws StateError this thread has none */
  override taskDone(): void {
    super.taskDone();
  }
}

/** This thread's side of a queue. */
interface Side {
  readonly client: RedisClient;
  readonly queue: OwnedQueue;
}

/** Also for items that are here when the proxy is closed. */
function sideOf(proxy: object): Side {
  const { client, id } = clientOfProxy(proxy);
  return { client, queue: client.owned(id) as OwnedQueue };
}

function deliveryOf<T>({ client, queue }: Side, { id, value, deliveries }: Handed): Delivery<T> {
  return new Delivery(readBy(client, value) as T, deliveries, {
    finish: () => queue.finish(id),
    giveBack: () => queue.giveBack(id),
  });
}

/** @throws SerializationError nobody could read it; the item stays in the queue, and this client's */
function readBy(client: RedisClient, value: Uint8Array): unknown {
  try {
    return client.unpack(value);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SerializationError(`An item of the queue cannot be read: ${why}`, { cause: error });
  }
}

function remoteOfQueue(queue: object): Remote {
  return remoteOf(queue) as Remote;
}

defineProxy(DurableQueue, "durable queue", "durable lifo queue", "durable priority queue");
