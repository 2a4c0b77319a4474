import { checkedTimeout, checkOptions } from "../../deadline.js";
import type { NameOptions } from "../../names.js";
import type { Prioritized } from "../../priority-queue.js";
import { checkedRemotePool } from "../engine/pool-options.js";
import { type ResultMessage, TASK_DELIVERIES, type TaskMessage, tasksName } from "../engine/remote-crew.js";
import { adoptEngine, checkedCount, checkedMaxsize, defineEngine, Manager } from "../manager/manager.js";
import type { ManagerCondition } from "../manager/manager-condition.js";
import type { ManagerLock } from "../manager/manager-lock.js";
import { shownAddress } from "../shown-address.js";
import { DRIVERS, type DriverName } from "./driver.js";
import type { DurableQueue } from "./durable-queue.js";
import type { LeasedLock, LeasedRLock } from "./leased-lock.js";
import type { LeasedSemaphore } from "./leased-semaphore.js";
import type { OwnedQueue } from "./owned.js";
import { clientOfProxy, type RedisClient, type RedisPlace, redisClientOf } from "./redis-client.js";
import { RemotePool } from "./remote-pool.js";

/** Options of `Manager.connect("redis://…")`. */
export interface RedisOptions {
  /** Which package speaks with the server; by default the one that is installed, `redis` first. */
  readonly driver?: "redis" | "ioredis" | undefined;
  /** Milliseconds for which locks, permits and items are a client's own without being renewed; 15,000 by default. */
  readonly lease?: number | undefined;
  /** Milliseconds that a call which waits for nothing else waits for the server; 10,000 by default. */
  readonly patience?: number | undefined;
  /** For `rediss:`: options of `tls.connect` that can be sent to another thread, as `ca`, `cert` and `key`. */
  readonly tls?: object | undefined;
}

/** Options of what is had for a lease. */
export interface LeaseOptions extends NameOptions {
  /** Milliseconds; by default those of the connection. Whoever makes the object says how long. */
  readonly lease?: number | undefined;
}

/** Options of a queue in Redis. */
export interface DurableQueueOptions extends LeaseOptions {
  /** How often an item is handed out before it is put aside, 5 times by default: it may be what its takers die of. */
  readonly maxDeliveries?: number | undefined;
}

/** Options of a pool in Redis. */
export interface RemotePoolOptions {
  /** By which its workers find it, "default" by default. */
  readonly name?: string | undefined;
  /** How many workers there are thought to be, for the size of chunks; by default as many as this machine has cores. */
  readonly workers?: number | undefined;
  /** How many workers may end in the middle of a task before it fails; 2 by default. */
  readonly retries?: number | undefined;
  /** Milliseconds after which a task of a worker that ended is another's; by default as of the connection. Whoever is first says how long, pool or worker. */
  readonly lease?: number | undefined;
}

declare module "../manager/manager.js" {
  interface Engines {
    /** A server of Redis. */
    readonly redis: EngineTypes<RedisManager, RedisOptions>;
    /** The same by TLS. */
    readonly rediss: EngineTypes<RedisManager, RedisOptions>;
  }
}

const LEASE = 15_000;
const SHORTEST_LEASE = 100;
const PATIENCE = 10_000;
const DELIVERIES = 5;

/**
 * Redis 6.2 or newer in place of a manager's server: the same objects, for all programs that use the server, and with
 * other promises, which each class states. Made by `Manager.connect("redis://…")`. Objects with a name stay in Redis; those
 * without one go some minutes after the last client that had them.
 * @see Python has none.
 */
export class RedisManager extends Manager {
  readonly #client: RedisClient;

  /** @internal */
  constructor(client: RedisClient) {
    super();
    this.#client = client;
  }

  /** A lock. Blocks for the moment it takes to make it. */
  override lock(options?: LeaseOptions): LeasedLock {
    return this.#make("leased lock", options) as LeasedLock;
  }

  /** A lock that its holder may take again. Blocks for the moment it takes to make it. */
  override rlock(options?: LeaseOptions): LeasedRLock {
    return this.#make("leased rlock", options) as LeasedRLock;
  }

  /** A condition that goes with `lock`, a lock of the same server, by default with a new RLock. Blocks for the moment it takes to make it. */
  override condition(lock?: ManagerLock, options?: NameOptions): ManagerCondition {
    if (options !== undefined) checkOptions(options, '{ name: "jobs" }');
    const own = lock ?? this.rlock(options?.name === undefined ? undefined : { name: `${options.name}:lock` });
    const { client, id } = clientOfProxy(own);
    if (client !== this.#client) throw new TypeError("A condition in Redis goes with a lock of the same server.");
    const { kind, name, lease } = client.subjectOf(id);
    return this.#client.make(
      "leased condition",
      { lock: name, lockKind: kind, lease },
      [],
      options?.name,
    ) as ManagerCondition;
  }

  /** `value` permits to begin with. Blocks for the moment it takes to make it. @throws RangeError `value` is no whole number from 0 up */
  override semaphore(value = 1, options?: LeaseOptions): LeasedSemaphore {
    return this.#semaphore("leased semaphore", value, -1, options);
  }

  /** A semaphore that never has more permits than it begins with. Blocks for the moment it takes to make it. */
  override boundedSemaphore(value = 1, options?: LeaseOptions): LeasedSemaphore {
    return this.#semaphore("leased bounded semaphore", value, value, options);
  }

  /** A queue, first in first out, of up to `maxsize` items that nobody has taken, any number by default. Blocks for the moment it takes to make it. @throws RangeError a number is no whole one */
  override queue<T>(maxsize = 0, options?: DurableQueueOptions): DurableQueue<T> {
    return this.#queue("durable queue", maxsize, options) as DurableQueue<T>;
  }

  /** The same as `queue`. Blocks for the moment it takes to make it. */
  override joinableQueue<T>(maxsize = 0, options?: DurableQueueOptions): DurableQueue<T> {
    return this.queue(maxsize, options);
  }

  /** A queue from which the last item leaves first. Blocks for the moment it takes to make it. */
  override lifoQueue<T>(maxsize = 0, options?: DurableQueueOptions): DurableQueue<T> {
    return this.#queue("durable lifo queue", maxsize, options) as DurableQueue<T>;
  }

  /** A queue from which the smallest item leaves first, of equal ones the first that came; numbers before texts. Blocks for the moment it takes to make it. */
  override priorityQueue<T extends Prioritized>(maxsize = 0, options?: DurableQueueOptions): DurableQueue<T> {
    return this.#queue("durable priority queue", maxsize, options) as DurableQueue<T>;
  }

  /**
   * A pool whose workers wait at this server: `heddle worker --url redis://… --module work.js`. Blocks for the moment it takes
   * to make it. `workers` says how many there are thought to be, as the option of that name.
   * @throws RangeError a number is no whole one
   * @throws Unsupported an option is for workers that the pool starts
   */
  override pool(workers?: number | RemotePoolOptions, options?: RemotePoolOptions): RemotePool {
    const { name, size, retries, options: own } = checkedRemotePool(workers, options);
    const tasks = this.queue<TaskMessage>(0, {
      name: tasksName(name),
      maxDeliveries: TASK_DELIVERIES,
      lease: own.lease,
    });
    const results = this.queue<ResultMessage>(0, { maxDeliveries: TASK_DELIVERIES });
    const { id } = clientOfProxy(results);
    const queue = this.#client.owned(id) as OwnedQueue;
    const finish = (item: unknown): void => queue.finish(item as Uint8Array);
    return new RemotePool({ client: this.#client, name, size, retries, tasks, results, finish });
  }

  /**
   * Ends this thread's connection. What it holds is others' at once, and what it took and did not report is handed out
   * again. The server goes on. Blocks until it has heard, for a second at most.
   */
  close(): void {
    this.#client.close();
  }

  /** `close()`, at the end of a block with `using`. */
  override [Symbol.dispose](): void {
    this.close();
  }

  /** `close()`, at the end of a block with `await using`. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #make(kind: string, options: LeaseOptions = {}, what: object = {}, initial: readonly unknown[] = []): object {
    checkOptions(options, '{ name: "jobs" }');
    const { name, lease } = options;
    return this.#client.make(
      kind,
      { ...what, ...(lease === undefined ? {} : { lease: checkedLease(lease) }) },
      initial,
      name,
    );
  }

  #semaphore(kind: string, value: number, most: number, options: LeaseOptions | undefined): LeasedSemaphore {
    const permits = checkedCount(value, "A semaphore begins with", 0);
    const field = (name: string): Uint8Array => new TextEncoder().encode(name);
    return this.#make(kind, options, {}, [field("v"), permits, field("m"), most]) as LeasedSemaphore;
  }

  #queue(kind: string, maxsize: number, options: DurableQueueOptions = {}): object {
    const maxDeliveries = checkedCount(options.maxDeliveries ?? DELIVERIES, "An item is handed out", 1);
    return this.#make(kind, options, { maxsize: checkedMaxsize(maxsize), maxDeliveries });
  }
}

function checkedLease(lease: number): number {
  if (Number.isInteger(lease) && lease >= SHORTEST_LEASE && checkedTimeout(lease) === lease) return lease;
  throw new RangeError(`A lease is a whole number of milliseconds from ${SHORTEST_LEASE} up, not ${String(lease)}.`);
}

/** What `Manager.connect` does with addresses of Redis. */
export function connectRedis(address: string, options: RedisOptions = {}): RedisManager {
  checkOptions(options, "{ lease: 15_000 }");
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === "" || !/^\/?\d*$/.test(url.pathname)) {
    throw new RangeError(
      `An address of Redis is redis://name:password@host:port/database, with / @ ? # % in a password as %2F %40 %3F %23 %25, not "${shownAddress(address)}".`,
    );
  }
  const { driver, lease = LEASE, patience = PATIENCE, tls } = options;
  if (driver !== undefined && !DRIVERS.includes(driver)) {
    throw new RangeError(`A driver for Redis is one of ${DRIVERS.join(", ")}, not ${JSON.stringify(driver)}.`);
  }
  if (!(Number.isInteger(patience) && patience >= 1 && checkedTimeout(patience) === patience)) {
    throw new RangeError(`The patience is a whole number of milliseconds from 1 up, not ${String(patience)}.`);
  }
  const place: RedisPlace = {
    url: address,
    driver: driver as DriverName | undefined,
    tls,
    patience,
    lease: checkedLease(lease),
  };
  const client = redisClientOf(place);
  client.connect();
  return adoptEngine(client, () => new RedisManager(client));
}

defineEngine("redis", connectRedis as never);
defineEngine("rediss", connectRedis as never);
