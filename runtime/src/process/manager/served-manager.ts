/** What makes all other objects in a manager's server. */
import type { ElementType, ValueType } from "../../elements.js";
import { startForServer } from "../process.js";
import type { Place } from "./manager-client.js";
import type { ManagerServer } from "./manager-server.js";
import { type Call, type Methods, Served } from "./served.js";
import { ServedArray, ServedDict, ServedList, ServedNamespace } from "./served-containers.js";
import { ServedInstance } from "./served-instance.js";
import { ServedCondition, ServedLock } from "./served-lock.js";
import { type PoolWish, ServedPool } from "./served-pool.js";
import { type QueueKind, ServedQueue } from "./served-queue.js";
import { type BarrierAction, ServedBarrier, ServedEvent, ServedSemaphore } from "./served-signals.js";

/** A class whose instances clients may have made. */
export interface ManagedType {
  readonly type: new (...args: readonly unknown[]) => object;
  /** The methods that they may call; undefined: all that do not begin with `_`. */
  readonly exposed: readonly string[] | undefined;
}

/** Longer ones no thread gives itself. */
const LONGEST_HOLDER = 1000;

type Numbers = number | readonly (number | bigint)[];

/** By the words of the proxies' kinds; what they are made from was checked where it comes from. */
const MAKERS: Readonly<Record<string, (...args: never[]) => Served>> = {
  list: (items: unknown[]) => new ServedList(items),
  dict: (entries: readonly (readonly [unknown, unknown])[]) => new ServedDict(entries),
  namespace: (attributes: object) => new ServedNamespace(attributes),
  value: (type: ValueType, initial: number | bigint) => new ServedArray("value", type, [initial]),
  array: (type: ElementType, numbers: Numbers) => new ServedArray("array", type, numbers),
  lock: () => new ServedLock(false),
  rlock: () => new ServedLock(true),
  condition: (lock?: ServedLock) => new ServedCondition(lock ?? new ServedLock(true)),
  semaphore: (value: number) => new ServedSemaphore(value, false),
  boundedSemaphore: (value: number) => new ServedSemaphore(value, true),
  event: () => new ServedEvent(),
  barrier: (parties: number, action: BarrierAction | undefined, timeout: number) =>
    new ServedBarrier(parties, action, timeout),
  queue: (maxsize: number) => new ServedQueue("queue" satisfies QueueKind, maxsize),
  lifoQueue: (maxsize: number) => new ServedQueue("lifoQueue", maxsize),
  priorityQueue: (maxsize: number) => new ServedQueue("priorityQueue", maxsize),
};

export class ServedManager extends Served {
  override readonly kind = "manager";
  override readonly methods: Methods<ServedManager> = MANAGER_METHODS;
  readonly server: ManagerServer;
  readonly shutdown: () => void;
  readonly #types: ReadonlyMap<string, ManagedType>;

  constructor(server: ManagerServer, types: ReadonlyMap<string, ManagedType>, shutdown: () => void) {
    super();
    this.server = server;
    this.shutdown = shutdown;
    this.#types = types;
  }

  make({ args: [kind, args, name] }: Call): Served {
    const make = (): Served => this.#maker(kind as string)(...(args as never[]));
    return name === undefined ? make() : this.server.objects.named(name as string, kind as string, make);
  }

  /** A pool that is this client's, and ends with it, and how many workers it has. Blocks until they have started. */
  pool({ client, args }: Call): readonly [ServedPool, number] {
    const [wish, place] = args as [PoolWish, Place];
    const pool = new ServedPool(wish, (worker) => this.server.toWorkers(place, () => startForServer(worker)));
    client.held.add(pool);
    return [pool, pool.size];
  }

  #maker(kind: string): (...args: never[]) => Served {
    const known = Object.hasOwn(MAKERS, kind) ? MAKERS[kind] : undefined;
    if (known !== undefined) return known;
    const own = this.#types.get(kind);
    if (own !== undefined) return (...args) => new ServedInstance(new own.type(...args), own.exposed);
    throw new TypeError(`This manager makes no "${kind}": it was not registered before the manager started.`);
  }
}

const MANAGER_METHODS: Methods<ServedManager> = {
  hello({ server }, { client, args: [holder] }) {
    if (typeof holder === "string") client.holder = holder.slice(0, LONGEST_HOLDER);
    return server.name;
  },
  bell: ({ server }, { client }) => server.addBell(client),
  make: (manager, call) => manager.make(call),
  pool: (manager, call) => manager.pool(call),
  objects: ({ server }) => server.objects.size,
  shutdown: ({ shutdown }) => shutdown(),
};
