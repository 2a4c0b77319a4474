import type { PoolOptions } from "../../any-pool.js";
import { checkedTimeout, checkOptions } from "../../deadline.js";
import type { ElementType, ValueOf, ValueType } from "../../elements.js";
import { codeOf } from "../../elements.js";
import { ConnectionClosedError } from "../../errors.js";
import type { NameOptions } from "../../names.js";
import type { Prioritized } from "../../priority-queue.js";
import { taskNameOf, unregistered } from "../../tasks.js";
import type { Process } from "../process.js";
import { addressOf, targetOf } from "./address.js";
import type { ArrayProxy, ValueProxy } from "./array-proxy.js";
import { checkKey, type DictProxy } from "./dict-proxy.js";
import type { ListProxy } from "./list-proxy.js";
import { clientOf, type ManagerClient, type Place } from "./manager-client.js";
import type { ManagerCondition } from "./manager-condition.js";
import type { ManagerLock, ManagerRLock } from "./manager-lock.js";
import { MANAGER } from "./manager-messages.js";
import { ManagerPool } from "./manager-pool.js";
import type { ManagerBarrier, ManagerEvent, ManagerSemaphore } from "./manager-signals.js";
import type { NamespaceProxy } from "./namespace-proxy.js";
import type { ObjectProxy } from "./object-proxy.js";
import type { QueueProxy } from "./queue-proxy.js";
import { type Caller, remoteOf } from "./remote.js";
import type { ManagedType } from "./served-manager.js";
import { checkTls, keyOf, type ManagerOptions, startServer } from "./server-start.js";

/** Options of `Manager.connect`. */
export interface ConnectOptions {
  /** The secret of the manager. */
  readonly authkey: string | Uint8Array;
  /** Connects by TLS: options of `tls.connect` that can be sent to another thread, as `ca` and `servername`; `{}` for none. */
  readonly tls?: object | undefined;
}

/** Options of `Manager.register`. */
export interface RegisterOptions {
  /** The methods that clients may call; by default all that do not begin with `_`. */
  readonly exposed?: readonly string[] | undefined;
}

/** Options of a manager's barrier. */
export interface ManagerBarrierOptions extends NameOptions {
  /** Run once per cycle in the manager when the last one has come; registered with `tasks`. An async one is awaited. */
  readonly action?: (() => unknown) | undefined;
  /** How long each `wait` waits, in milliseconds; for ever by default. */
  readonly timeout?: number | undefined;
}

/** Milliseconds that a server has to end by itself. */
const GRACE = 2000;
const LARGEST_SIZE = 2 ** 31 - 1;

/** Classes that the managers of this program make instances of. */
const types = new Map<string, ManagedType>();

/** What a manager asks: its server, or something else that has objects for many programs. */
interface Engine extends Caller {
  readonly place: Place;
  readonly isGone: boolean;
  close(): void;
}

/** What `Manager.connect` returns and takes. */
export interface EngineTypes<M extends Manager, O> {
  /** The class of the manager. */
  readonly manager: M;
  /** The options of `connect`. */
  readonly options: O;
}

/** That, by the scheme of the address; each engine adds its own. */
export interface Engines {
  /** A manager of this library. */
  readonly heddle: EngineTypes<Manager, ConnectOptions>;
}

const connectors = new Map<string, (address: string, options: never) => Manager>();

/** Addresses of that scheme are this engine's. */
export function defineEngine(scheme: string, connect: (address: string, options: never) => Manager): void {
  connectors.set(scheme, connect);
}

/** The engine that the constructor about to run is for; undefined when it is to start a server. */
let arriving: Engine | undefined;

/** Makes a manager that asks this engine. */
export function adoptEngine<M extends Manager>(engine: Engine, make: () => M): M {
  arriving = engine;
  try {
    return make();
  } finally {
    arriving = undefined;
  }
}

/**
 * A server process with objects that any process can use, by proxies that go wherever messages go: as arguments of
 * processes and tasks, through pipes, queues, and into each other. What is put into the objects are copies; proxies stay
 * proxies. With `name`, a manager's object is the one of that name, made by whoever comes first. The server ends with the
 * program or with `shutdown`.
 * @see Python's `multiprocessing.Manager` and `multiprocessing.managers.BaseManager`, behaviours 143–152.
 */
export class Manager implements Disposable, AsyncDisposable {
  readonly #client: Engine;
  /** Undefined in who merely connected. */
  readonly #process: Process<never> | undefined;

  /**
   * Starts a server; blocks until it listens.
   * @throws RangeError the address is none, or the authkey is empty
   * @throws StateError this process is a daemon, as workers of pools are
   * @throws Error the server cannot listen there
   */
  constructor(options: ManagerOptions = {}) {
    checkOptions(options, '{ address: "heddle://127.0.0.1:0" }');
    const started = arriving === undefined ? startServer(options, types) : { client: arriving, process: undefined };
    arriving = undefined;
    this.#client = started.client;
    this.#process = started.process;
  }

  /**
   * A manager that runs elsewhere, perhaps on another host, or with `redis://` a server of Redis, with `amqp://` one of
   * RabbitMQ. Blocks until it has answered.
   * @throws RangeError the address is none
   * @throws AuthenticationError it has another authkey or password, or is no manager
   * @throws ConnectionClosedError nobody listens there
   * @throws StateError of Redis and RabbitMQ: no driver is installed, or the server is too old
   */
  static connect<S extends keyof Engines>(
    address: `${S}://${string}`,
    options?: Engines[S]["options"],
  ): Engines[S]["manager"];
  static connect(address: string, options?: ConnectOptions): Manager;
  static connect(address: string, options?: object): Manager {
    const scheme = /^([a-z]+):\/\//.exec(address)?.[1] ?? "";
    const connector = connectors.get(scheme);
    if (connector !== undefined) return connector(address, options as never);
    const target = targetOf(String(address));
    checkOptions(options as object, "{ authkey }");
    const { authkey, tls } = options as ConnectOptions;
    checkTls(tls, target);
    const engine = clientOf({ address: addressOf(target), key: keyOf(authkey), tls });
    return adoptEngine(engine, () => new Manager());
  }

  /**
   * Lets managers that start from now on make instances of a class, with `create`. The class is registered with `tasks`; the
   * server loads its module.
   * @throws SerializationError the class is not registered
   */
  static register(name: string, type: new (...args: never[]) => object, options: RegisterOptions = {}): void {
    if (taskNameOf(type) === undefined) throw unregistered(type, "class");
    types.set(name, { type: type as unknown as ManagedType["type"], exposed: options.exposed });
  }

  /** Where it listens, as `connect` takes it. */
  get address(): string {
    return this.#client.place.address;
  }

  /** The secret that its clients know. */
  get authkey(): Uint8Array {
    return this.#client.place.key;
  }

  /** How many objects have a name or a proxy, in whatever process. Blocks for the moment it takes to ask. */
  countObjects(): number {
    return this.#client.call(MANAGER, "objects", []) as number;
  }

  /** A list with copies of these values. Blocks for the moment it takes to make it. */
  list<T>(values: Iterable<T> = [], options?: NameOptions): ListProxy<T> {
    return this.#make("list", [[...values]], options) as ListProxy<T>;
  }

  /** A dict with copies of these entries. Blocks for the moment it takes to make it. */
  dict<K, V>(entries: Iterable<readonly [K, V]> = [], options?: NameOptions): DictProxy<K, V> {
    const all = [...entries];
    for (const [key] of all) checkKey(key, this.#client);
    return this.#make("dict", [all], options) as DictProxy<K, V>;
  }

  /** An object whose attributes all clients see. Blocks for the moment it takes to make it. */
  namespace<T extends object>(attributes?: T, options?: NameOptions): NamespaceProxy & T {
    return this.#make("namespace", [{ ...attributes }], options) as NamespaceProxy & T;
  }

  /** A number or boolean of that type, 0 or false by default. Blocks for the moment it takes to make it. @throws TypeError there is no such type */
  value<K extends ValueType>(type: K, initial?: ValueOf<K>, options?: NameOptions): ValueProxy<K> {
    codeOf(type);
    const zero = type === "i64" || type === "u64" ? 0n : 0;
    return this.#make("value", [type, initial ?? zero], options) as ValueProxy<K>;
  }

  /**
   * An array of numbers of that type: zeros, or these values. Blocks for the moment it takes to make it.
   * @throws TypeError there is no such type
   * @throws RangeError the length is negative or no whole number
   */
  array<K extends ElementType>(
    type: K,
    lengthOrValues: number | Iterable<ValueOf<K>>,
    options?: NameOptions,
  ): ArrayProxy<K> {
    codeOf(type);
    const numbers = typeof lengthOrValues === "number" ? lengthOrValues : [...lengthOrValues];
    return this.#make("array", [type, numbers], options) as ArrayProxy<K>;
  }

  /** A lock. Blocks for the moment it takes to make it. */
  lock(options?: NameOptions): ManagerLock {
    return this.#make("lock", [], options) as ManagerLock;
  }

  /** A lock that its holder may take again. Blocks for the moment it takes to make it. */
  rlock(options?: NameOptions): ManagerRLock {
    return this.#make("rlock", [], options) as ManagerRLock;
  }

  /** A condition that goes with `lock`, a lock of this manager, by default with a new RLock. Blocks for the moment it takes to make it. */
  condition(lock?: ManagerLock, options?: NameOptions): ManagerCondition {
    if (lock !== undefined && remoteOf(lock)?.client !== this.#client) {
      throw new TypeError("A manager's condition goes with a lock of the same manager: manager.lock().");
    }
    return this.#make("condition", [lock], options) as ManagerCondition;
  }

  /** `value` permits to begin with. Blocks for the moment it takes to make it. @throws RangeError `value` is no whole number from 0 up */
  semaphore(value = 1, options?: NameOptions): ManagerSemaphore {
    return this.#make("semaphore", [checkedCount(value, "A semaphore begins with", 0)], options) as ManagerSemaphore;
  }

  /** A semaphore that never has more permits than it begins with. Blocks for the moment it takes to make it. */
  boundedSemaphore(value = 1, options?: NameOptions): ManagerSemaphore {
    const permits = checkedCount(value, "A semaphore begins with", 0);
    return this.#make("boundedSemaphore", [permits], options) as ManagerSemaphore;
  }

  /** A flag to wait for. Blocks for the moment it takes to make it. */
  event(options?: NameOptions): ManagerEvent {
    return this.#make("event", [], options) as ManagerEvent;
  }

  /** A barrier for `parties` threads of any processes. Blocks for the moment it takes to make it. @throws RangeError `parties` is no whole number from 1 up */
  barrier(parties: number, { action, timeout, name }: ManagerBarrierOptions = {}): ManagerBarrier {
    const count = checkedCount(parties, "A barrier is for", 1);
    return this.#make("barrier", [count, action, checkedTimeout(timeout)], { name }) as ManagerBarrier;
  }

  /** A queue, first in first out, of up to `maxsize` items, any number by default. Blocks for the moment it takes to make it. @throws RangeError `maxsize` is no whole number */
  queue<T>(maxsize = 0, options?: NameOptions): QueueProxy<T> {
    return this.#make("queue", [checkedMaxsize(maxsize)], options) as QueueProxy<T>;
  }

  /** The same as `queue`: a manager's queues all know `taskDone` and `join`. Blocks for the moment it takes to make it. */
  joinableQueue<T>(maxsize = 0, options?: NameOptions): QueueProxy<T> {
    return this.queue(maxsize, options);
  }

  /** A queue from which the last item leaves first. Blocks for the moment it takes to make it. */
  lifoQueue<T>(maxsize = 0, options?: NameOptions): QueueProxy<T> {
    return this.#make("lifoQueue", [checkedMaxsize(maxsize)], options) as QueueProxy<T>;
  }

  /** A queue from which the smallest item leaves first, of equal ones the first that came. Blocks for the moment it takes to make it. */
  priorityQueue<T extends Prioritized>(maxsize = 0, options?: NameOptions): QueueProxy<T> {
    return this.#make("priorityQueue", [checkedMaxsize(maxsize)], options) as QueueProxy<T>;
  }

  /**
   * An instance of a class that was registered with `Manager.register` before the manager was started. Blocks until its
   * constructor is done, and throws what that throws.
   * @throws TypeError the manager knows no class of that name
   */
  create<T extends object>(name: string, args: readonly unknown[] = [], options?: NameOptions): ObjectProxy<T> {
    return this.#make(name, args, options) as ObjectProxy<T>;
  }

  /**
   * A pool of `workers` processes of the server, by default one per core of its host; blocks until they have started.
   * @throws RangeError less than one worker or task per worker
   * @throws TypeError the initializer is not a function
   * @throws SerializationError the initializer is not registered, or one of its arguments cannot travel
   * @throws ConnectionClosedError the manager has ended
   */
  pool(workers?: number, options?: PoolOptions): ManagerPool {
    return new ManagerPool(this.#client as ManagerClient, workers, options);
  }

  /**
   * Ends the server, for all its clients; blocks until it has ended. In a process that merely connected, until the server
   * has heard it. Doing it again does nothing.
   */
  shutdown(): void {
    try {
      if (!this.#client.isGone) this.#client.call(MANAGER, "shutdown", []);
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
    this.#process?.join({ timeout: GRACE });
    if (this.#process?.isAlive()) this.#process.kill();
    this.#process?.join();
    this.#client.close();
  }

  /** Like `shutdown` without blocking the thread. */
  async shutdownAsync(): Promise<void> {
    try {
      if (!this.#client.isGone) await this.#client.callAsync(MANAGER, "shutdown", []);
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
    await this.#process?.joinAsync({ timeout: GRACE });
    if (this.#process?.isAlive()) this.#process.kill();
    await this.#process?.joinAsync();
    this.#client.close();
  }

  /** `shutdown()`, at the end of a block with `using`; who merely connected goes, and the server stays. */
  [Symbol.dispose](): void {
    if (this.#process !== undefined) this.shutdown();
  }

  /** `shutdownAsync()`, at the end of a block with `await using`; who merely connected goes, and the server stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process !== undefined) await this.shutdownAsync();
  }

  #make(kind: string, args: readonly unknown[], options: NameOptions | undefined): unknown {
    if (options !== undefined) checkOptions(options, '{ name: "jobs" }');
    return this.#client.call(MANAGER, "make", [kind, args, options?.name]);
  }
}

/** @throws RangeError it is less */
export function checkedCount(count: number, what: string, least: number): number {
  if (Number.isInteger(count) && count >= least && count <= LARGEST_SIZE) return count;
  throw new RangeError(`${what} a whole number from ${least} up, not ${String(count)}.`);
}

/** @throws RangeError it is no whole number */
export function checkedMaxsize(maxsize: number): number {
  if (typeof maxsize !== "number" || Number.isNaN(maxsize) || (maxsize > 0 && !Number.isInteger(maxsize))) {
    throw new RangeError(`A queue's maxsize is a whole number, not ${String(maxsize)}.`);
  }
  return Math.min(Math.max(0, maxsize), LARGEST_SIZE);
}
