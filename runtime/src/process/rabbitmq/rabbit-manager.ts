import { checkedTimeout, checkOptions } from "../../deadline.js";
import { Unsupported } from "../../errors.js";
import type { NameOptions } from "../../names.js";
import type { Prioritized } from "../../priority-queue.js";
import { checkedRemotePool } from "../engine/pool-options.js";
import { TASK_DELIVERIES, type TaskMessage, tasksName } from "../engine/remote-crew.js";
import { adoptEngine, checkedCount, checkedMaxsize, defineEngine, Manager } from "../manager/manager.js";
import { shownAddress } from "../shown-address.js";
import { clientOfProxy, type RabbitClient, rabbitClientOf } from "./rabbit-client.js";
import { MOST_PRIORITIES, PRIORITY_QUEUE, QUEUE } from "./rabbit-messages.js";
import { RabbitPool } from "./rabbit-pool.js";
import type { RabbitQueue } from "./rabbit-queue.js";

/** Options of `Manager.connect("amqp://…")`. */
export interface RabbitOptions {
  /** Milliseconds that a call which waits for nothing else waits for the server; 10,000 by default. */
  readonly patience?: number | undefined;
  /** Milliseconds of silence after which a connection is taken for lost, by the client and by the server; whole seconds, 15,000 by default. */
  readonly heartbeat?: number | undefined;
  /** For `amqps:`: options of `tls.connect` that can be sent to another thread, as `ca`, `cert` and `key`. */
  readonly tls?: object | undefined;
}

/** Options of a priority queue in RabbitMQ. */
export interface RabbitPriorityQueueOptions extends NameOptions {
  /** How many priorities there are, 10 by default and 255 at most: whole numbers from 0 up, of which the smallest leaves first. */
  readonly priorities?: number | undefined;
  /** How many items are handed to this client before it asks for them, none by default: faster, and nobody else has them meanwhile. */
  readonly prefetch?: number | undefined;
}

/** Options of a queue in RabbitMQ. */
export interface RabbitQueueOptions extends NameOptions {
  /** How often an item is handed out before it goes to the dead letters, 5 times by default: it may be what its takers die of. */
  readonly maxDeliveries?: number | undefined;
  /** How many items are handed to this client before it asks for them, none by default: faster, and nobody else has them meanwhile. */
  readonly prefetch?: number | undefined;
}

/** Options of a pool in RabbitMQ. */
export interface RabbitPoolOptions {
  /** By which its workers find it, "default" by default. */
  readonly name?: string | undefined;
  /** How many workers there are thought to be, for the size of chunks; by default as many as this machine has cores. */
  readonly workers?: number | undefined;
  /** How many workers may end in the middle of a task before it fails; 2 by default. */
  readonly retries?: number | undefined;
}

declare module "../manager/manager.js" {
  interface Engines {
    /** A server of RabbitMQ. */
    readonly amqp: EngineTypes<RabbitManager, RabbitOptions>;
    /** The same by TLS. */
    readonly amqps: EngineTypes<RabbitManager, RabbitOptions>;
  }
}

const PATIENCE = 10_000;
const HEARTBEAT = 15_000;
const SHORTEST_HEARTBEAT = 1000;
const LONGEST_HEARTBEAT = 65_535_000;
const DELIVERIES = 5;
const PRIORITIES = 10;
const MOST_PREFETCH = 50_000;
/** A pool's results are for nobody else. */
const RESULTS_PREFETCH = 100;

/**
 * RabbitMQ 3.10 or newer in place of a manager's server: queues, and pools, for all programs that use the server. Made by
 * `Manager.connect("amqp://…")`. Everything else that a manager has is `Unsupported`, with the reason. Queues with a name
 * stay in RabbitMQ; those without one go some minutes after the last client that had them.
 * @see Python has none.
 */
export class RabbitManager extends Manager {
  readonly #client: RabbitClient;

  /** @internal */
  constructor(client: RabbitClient) {
    super();
    this.#client = client;
  }

  /**
   * A queue, first in first out, of up to about `maxsize` items that nobody has taken, any number by default. Blocks for the
   * moment it takes to make it.
   * @throws RangeError a number is no whole one
   * @throws StateError the server has a queue by the name with other options
   */
  override queue<T>(maxsize = 0, options: RabbitQueueOptions = {}): RabbitQueue<T> {
    checkOptions(options, '{ name: "jobs" }');
    const maxDeliveries = checkedCount(options.maxDeliveries ?? DELIVERIES, "An item is handed out", 1);
    return this.#make<T>(QUEUE, { maxsize, maxDeliveries, priorities: 0 }, options);
  }

  /** The same as `queue`: `taskDone` is what acknowledges an item, and `join` is Unsupported. Blocks for the moment it takes to make it. */
  override joinableQueue<T>(maxsize = 0, options?: RabbitQueueOptions): RabbitQueue<T> {
    return this.queue(maxsize, options);
  }

  /**
   * A queue from which the item of the smallest priority leaves first, of equal ones the first that came: whole numbers, or
   * `[priority, …]`. Blocks for the moment it takes to make it. Its `put` is a RangeError for a priority that it does not have.
   * @throws RangeError a number is no whole one
   * @throws StateError the server has a queue by the name with other options
   */
  override priorityQueue<T extends Prioritized>(maxsize = 0, options: RabbitPriorityQueueOptions = {}): RabbitQueue<T> {
    checkOptions(options, "{ priorities: 10 }");
    if ("maxDeliveries" in options) {
      throw new Unsupported("RabbitMQ counts no deliveries in queues with priorities: leave maxDeliveries out.");
    }
    const priorities = checkedCount(options.priorities ?? PRIORITIES, "A priority queue has", 1);
    if (priorities > MOST_PRIORITIES) {
      throw new RangeError(
        `A priority queue in RabbitMQ has at most ${MOST_PRIORITIES} priorities, not ${priorities}.`,
      );
    }
    return this.#make<T>(PRIORITY_QUEUE, { maxsize, maxDeliveries: 0, priorities }, options);
  }

  /**
   * A pool whose workers wait at this server: `heddle worker --url amqp://… --module work.js`. Blocks for the moment it takes
   * to make it. `workers` says how many there are thought to be, as the option of that name.
   * @throws RangeError a number is no whole one
   * @throws Unsupported an option is for workers that the pool starts
   */
  override pool(workers?: number | RabbitPoolOptions, options?: RabbitPoolOptions): RabbitPool {
    const { name, size, retries } = checkedRemotePool(workers, options);
    const client = this.#client;
    const tasks = this.queue<TaskMessage>(0, { name: tasksName(name), maxDeliveries: TASK_DELIVERIES });
    const what = { kind: QUEUE, maxsize: 0, maxDeliveries: 0, priorities: 0, prefetch: RESULTS_PREFETCH } as const;
    const results = client.make(what, undefined) as RabbitQueue<never>;
    const queue = client.subjectOf(clientOfProxy(results).id);
    const finish = (item: unknown): void => client.report(queue, item, "done");
    return new RabbitPool({ client, name, size, retries, tasks, results, finish });
  }

  /**
   * Ends this thread's connection. What it took and did not report is handed out again, at once. The server goes on. Blocks
   * until it has heard, for a second at most.
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

  #make<T>(
    kind: typeof QUEUE | typeof PRIORITY_QUEUE,
    what: { readonly maxsize: number; readonly maxDeliveries: number; readonly priorities: number },
    { name, prefetch = 0 }: RabbitPriorityQueueOptions,
  ): RabbitQueue<T> {
    checkedCount(prefetch, "What is handed to a client before it asks are", 0);
    if (prefetch > MOST_PREFETCH) {
      throw new RangeError(`At most ${MOST_PREFETCH} items are handed to a client before it asks, not ${prefetch}.`);
    }
    const subject = { ...what, kind, maxsize: checkedMaxsize(what.maxsize), prefetch };
    return this.#client.make(subject, name) as RabbitQueue<T>;
  }
}

function checkedMilliseconds(value: number, what: string, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most && checkedTimeout(value) === value) return value;
  throw new RangeError(`${what} is a whole number of milliseconds from ${least} up, not ${String(value)}.`);
}

/** What `Manager.connect` does with addresses of RabbitMQ. */
export function connectRabbit(address: string, options: RabbitOptions = {}): RabbitManager {
  checkOptions(options, "{ patience: 10_000 }");
  if (!URL.canParse(address) || new URL(address).hostname === "") {
    throw new RangeError(
      `An address of RabbitMQ is amqp://name:password@host:port/vhost, with / @ ? # % in a password or vhost as %2F %40 %3F %23 %25, not "${shownAddress(address)}".`,
    );
  }
  const { patience = PATIENCE, heartbeat = HEARTBEAT, tls } = options;
  const client = rabbitClientOf({
    url: address,
    tls,
    patience: checkedMilliseconds(patience, "The patience", 1, Number.POSITIVE_INFINITY),
    heartbeat: checkedMilliseconds(heartbeat, "A heartbeat", SHORTEST_HEARTBEAT, LONGEST_HEARTBEAT),
  });
  client.connect();
  return adoptEngine(client, () => new RabbitManager(client));
}

defineEngine("amqp", connectRabbit as never);
defineEngine("amqps", connectRabbit as never);
