import type { PoolOptions } from "../any-pool.js";
import { GENERATION, words } from "../arena.js";
import { Barrier } from "../barrier.js";
import { Condition } from "../condition.js";
import { checkOptions } from "../deadline.js";
import type { ElementType, ValueOf, ValueType } from "../elements.js";
import { AuthenticationError, ConnectionClosedError, StateError } from "../errors.js";
import { Event } from "../event.js";
import { LifoQueue } from "../lifo-queue.js";
import { Lock } from "../lock.js";
import type { NameOptions } from "../names.js";
import { Pool } from "../pool.js";
import { type Prioritized, PriorityQueue } from "../priority-queue.js";
import type { ArrayProxy, ValueProxy } from "../process/manager/array-proxy.js";
import type { DictProxy } from "../process/manager/dict-proxy.js";
import { checkKey } from "../process/manager/dict-proxy.js";
import type { ListProxy } from "../process/manager/list-proxy.js";
import type { NamespaceProxy } from "../process/manager/namespace-proxy.js";
import type { ObjectProxy } from "../process/manager/object-proxy.js";
import { Queue } from "../queue.js";
import { RLock } from "../rlock.js";
import { BoundedSemaphore, Semaphore } from "../semaphore.js";
import { cellOf } from "../shared.js";
import { SharedArray } from "../shared-array.js";
import { SharedList } from "../shared-list.js";
import { SharedMap } from "../shared-map.js";
import { SharedValue } from "../shared-value.js";
import { taskNameOf, unregistered } from "../tasks.js";
import { type InstanceType, makeInstance, startInstances } from "./instances.js";
import { INSTANCE, type ManagedThreads, type ManagerParts, managedBy } from "./managed-threads.js";
import type { SharedObject } from "./shared-methods.js";

/** Options of a manager. */
export interface ManagerOptions {
  /** What `connect` finds it by in other threads; nothing listens there. By default a new one. */
  readonly address?: string | undefined;
  /** The secret of those who connect; by default a random one. */
  readonly authkey?: string | Uint8Array | undefined;
}

/** Options of `Manager.connect`. */
export interface ConnectOptions {
  /** The secret of the manager. */
  readonly authkey: string | Uint8Array;
}

/** Options of `Manager.register`. */
export interface RegisterOptions {
  /** The methods that clients may call; by default all that do not begin with `_`. */
  readonly exposed?: readonly string[] | undefined;
}

/** Options of a manager's barrier. */
export interface ManagerBarrierOptions extends NameOptions {
  /** Run once per cycle by the last thread to arrive; registered with `tasks`. */
  readonly action?: (() => void) | undefined;
  /** How long each `wait` waits, in milliseconds; for ever by default. */
  readonly timeout?: number | undefined;
}

/** An object that has a name in its manager. */
interface Named {
  readonly kind: string;
  readonly object: SharedObject;
}

/** What is known of a manager under its address. */
interface Entry extends ManagerParts {
  readonly key: Uint8Array;
  readonly named: SharedMap<string, Named>;
  /** All objects that were made: their cells, and which each of them was. */
  readonly made: SharedList<readonly [at: number, generation: number]>;
}

const KEY_BYTES = 32;
/** Objects after which the list of what was made is gone through for what is gone. */
const MANY = 1024;

/** The managers of the program by their addresses. */
const entries = new SharedMap<string, Entry>([], { name: "heddle:dummy managers" });

/** Classes that the managers of this program make instances of. */
const types = new Map<string, InstanceType>();

/** The entry that the constructor about to run is for; undefined when it is to make one. */
let arriving: readonly [string, Entry] | undefined;

/**
 * A manager without a server: its objects lie in the memory that the program's threads share. Lists, dicts, namespaces,
 * values and arrays have the proxies of `heddle/process`, locks and queues are those of `heddle`, and instances of the
 * program's own classes are in a thread of their own. Nothing here waits for an answer of another process.
 * @see Python's `multiprocessing.dummy.Manager`, behaviours 143–148, 150, 151, 153 and 155.
 */
export class Manager implements Disposable, AsyncDisposable {
  readonly #address: string;
  readonly #entry: Entry;
  readonly #managed: ManagedThreads;
  readonly #isOwner: boolean;

  /**
   * A new manager; starts a thread if a class was registered. Does not block.
   * @throws RangeError the authkey is empty
   * @throws StateError another manager of the program has that address
   */
  constructor(options: ManagerOptions = {}) {
    checkOptions(options, '{ address: "heddle://127.0.0.1:0" }');
    const [address, entry] = arriving ?? newEntry(options);
    this.#isOwner = arriving === undefined;
    arriving = undefined;
    this.#address = address;
    this.#entry = entry;
    const { server, ended, requests } = entry;
    this.#managed = managedBy({ server, ended, requests });
  }

  /**
   * A manager that another thread has made. Does not block.
   * @throws AuthenticationError it has another authkey
   * @throws ConnectionClosedError there is none of that address
   */
  static connect(address: string, options: ConnectOptions): Manager {
    checkOptions(options, "{ authkey }");
    const key = keyOf(options.authkey);
    const entry = entries.get(address);
    if (entry === undefined) throw new ConnectionClosedError(`No manager of this program has the address ${address}.`);
    if (!isSame(key, entry.key)) throw new AuthenticationError("The manager has another authkey.");
    arriving = [address, entry];
    return new Manager();
  }

  /**
   * Lets managers that are made from now on make instances of a class, with `create`. The class is registered with `tasks`.
   * @throws SerializationError the class is not registered
   */
  static register(name: string, type: new (...args: never[]) => object, options: RegisterOptions = {}): void {
    if (taskNameOf(type) === undefined) throw unregistered(type, "class");
    types.set(name, { type: type as unknown as InstanceType["type"], exposed: options.exposed });
  }

  /** What `connect` finds it by. */
  get address(): string {
    return this.#address;
  }

  /** The secret of those who connect. */
  get authkey(): Uint8Array {
    return this.#entry.key;
  }

  /** How many objects of it there are: those that have a name, or that some thread has. */
  countObjects(): number {
    this.#managed.check();
    return this.#entry.made.slice().filter(isThere).length;
  }

  /** A list with copies of these values. Does not block. */
  list<T>(values: Iterable<T> = [], options?: NameOptions): ListProxy<T> {
    return this.#proxy("list", options, () => new SharedList(values)) as ListProxy<T>;
  }

  /** A dict with copies of these entries. Does not block. */
  dict<K, V>(content: Iterable<readonly [K, V]> = [], options?: NameOptions): DictProxy<K, V> {
    const all = [...content];
    for (const [key] of all) checkKey(key, this.#managed);
    return this.#proxy("dict", options, () => new SharedMap(all as [never, V][])) as DictProxy<K, V>;
  }

  /** An object whose attributes all threads see. Does not block. */
  namespace<T extends object>(attributes?: T, options?: NameOptions): NamespaceProxy & T {
    const make = (): SharedObject => new SharedMap(Object.entries({ ...attributes }));
    return this.#proxy("namespace", options, make) as NamespaceProxy & T;
  }

  /** A number or boolean of that type, 0 or false by default. Does not block. @throws TypeError there is no such type */
  value<K extends ValueType>(type: K, initial?: ValueOf<K>, options?: NameOptions): ValueProxy<K> {
    return this.#proxy("value", options, () => new SharedValue(type, initial)) as ValueProxy<K>;
  }

  /**
   * An array of numbers of that type: zeros, or these values. Does not block.
   * @throws TypeError there is no such type
   * @throws RangeError the length is negative or no whole number
   */
  array<K extends ElementType>(
    type: K,
    lengthOrValues: number | Iterable<ValueOf<K>>,
    options?: NameOptions,
  ): ArrayProxy<K> {
    const numbers = typeof lengthOrValues === "number" ? lengthOrValues : [...lengthOrValues];
    return this.#proxy("array", options, () => new SharedArray(type, numbers)) as ArrayProxy<K>;
  }

  /** A lock. Does not block. */
  lock(options?: NameOptions): Lock {
    return this.#make("lock", options, () => new Lock());
  }

  /** A lock that its holder may take again. Does not block. */
  rlock(options?: NameOptions): RLock {
    return this.#make("rlock", options, () => new RLock());
  }

  /** A condition that goes with `lock`, by default with a new RLock. Does not block. */
  condition(lock?: Lock | RLock, options?: NameOptions): Condition {
    return this.#make("condition", options, () => new Condition(lock));
  }

  /** `value` permits to begin with. Does not block. @throws RangeError `value` is no whole number from 0 up */
  semaphore(value = 1, options?: NameOptions): Semaphore {
    return this.#make("semaphore", options, () => new Semaphore(value));
  }

  /** A semaphore that never has more permits than it begins with. Does not block. */
  boundedSemaphore(value = 1, options?: NameOptions): Semaphore {
    return this.#make("boundedSemaphore", options, () => new BoundedSemaphore(value));
  }

  /** A flag to wait for. Does not block. */
  event(options?: NameOptions): Event {
    return this.#make("event", options, () => new Event());
  }

  /** A barrier for `parties` threads. Does not block. @throws RangeError `parties` is no whole number from 1 up */
  barrier(parties: number, { action, timeout, name }: ManagerBarrierOptions = {}): Barrier {
    return this.#make("barrier", { name }, () => new Barrier(parties, { action, timeout }));
  }

  /** A queue, first in first out, of up to `maxsize` items, any number by default. Does not block. @throws RangeError `maxsize` is no whole number */
  queue<T>(maxsize = 0, options?: NameOptions): Queue<T> {
    return this.#make("queue", options, () => new Queue<T>(maxsize));
  }

  /** The same as `queue`. Does not block. */
  joinableQueue<T>(maxsize = 0, options?: NameOptions): Queue<T> {
    return this.queue(maxsize, options);
  }

  /** A queue from which the last item leaves first. Does not block. */
  lifoQueue<T>(maxsize = 0, options?: NameOptions): Queue<T> {
    return this.#make("lifoQueue", options, () => new LifoQueue<T>(maxsize));
  }

  /** A queue from which the smallest item leaves first, of equal ones the first that came. Does not block. */
  priorityQueue<T extends Prioritized>(maxsize = 0, options?: NameOptions): Queue<T> {
    return this.#make("priorityQueue", options, () => new PriorityQueue<T>(maxsize));
  }

  /**
   * An instance of a class that was registered with `Manager.register` before the manager was made, in a thread of the
   * manager's. Blocks until its constructor is done, and throws what that throws.
   * @throws TypeError the manager knows no class of that name
   */
  create<T extends object>(name: string, args: readonly unknown[] = [], options?: NameOptions): ObjectProxy<T> {
    const make = (): SharedObject => makeInstance(this.#entry.requests, name, args);
    return this.#managed.proxy(INSTANCE, this.#make(name, options, make)) as ObjectProxy<T>;
  }

  /** A pool of `workers` threads, by default one per core. Does not block. */
  pool(workers?: number, options?: PoolOptions): Pool {
    this.#managed.check();
    return new Pool(workers, options);
  }

  /**
   * Ends the manager for all threads: what it makes afterwards, and lists, dicts, namespaces, values, arrays and objects, are
   * ConnectionClosedErrors; locks and queues go on. Does not block. Doing it again does nothing.
   */
  shutdown(): void {
    const { ended, requests } = this.#entry;
    ended.set();
    requests?.shutdown();
    entries.delete(this.#address);
  }

  /** The same as `shutdown`, for programs whose managers are processes. */
  async shutdownAsync(): Promise<void> {
    this.shutdown();
  }

  /** `shutdown()`, at the end of a block with `using`; who merely connected goes, and the manager stays. */
  [Symbol.dispose](): void {
    if (this.#isOwner) this.shutdown();
  }

  /** The same, at the end of a block with `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  #proxy(kind: string, options: NameOptions | undefined, make: () => SharedObject): object {
    return this.#managed.proxy(kind, this.#make(kind, options, make));
  }

  /** The object of that name, made now if there is none; without a name, a new one. */
  #make<T extends SharedObject>(kind: string, options: NameOptions | undefined, make: () => T): T {
    if (options !== undefined) checkOptions(options, '{ name: "jobs" }');
    this.#managed.check();
    const name = options?.name;
    if (name === undefined) return this.#noted(make());
    const known = this.#entry.named.get(name) ?? this.#named(name, kind, make);
    if (known.kind === kind) return known.object as T;
    throw new StateError(`The manager's "${name}" is a ${known.kind}, and no ${kind}.`);
  }

  /** Of two threads that make it at the same time, one has made it. */
  #named(name: string, kind: string, make: () => SharedObject): Named {
    const made = make();
    const named = this.#entry.named.setDefault(name, { kind, object: made });
    if (named.object === made) this.#noted(made);
    else made.close();
    return named;
  }

  #noted<T extends SharedObject>(object: T): T {
    const at = cellOf(object) ?? 0;
    const { made } = this.#entry;
    const count = made.push([at, Atomics.load(words, at + GENERATION)]);
    if (count % MANY === 0) {
      made.getLock().withLock(() => made.splice(0, count, ...made.slice(0, count).filter(isThere)));
    }
    return object;
  }
}

function isThere([at, generation]: readonly [number, number]): boolean {
  return Atomics.load(words, at + GENERATION) === generation;
}

function newEntry({ address, authkey }: ManagerOptions): [string, Entry] {
  const key = authkey === undefined ? crypto.getRandomValues(new Uint8Array(KEY_BYTES)) : keyOf(authkey);
  const server = crypto.randomUUID();
  const name = address?.replace(/:0$/, `:${server}`) ?? `heddle:///threads/${server}`;
  const entry: Entry = {
    server,
    key,
    ended: new Event(),
    requests: types.size === 0 ? undefined : startInstances(types, `Manager ${server.slice(0, 8)}`),
    named: new SharedMap(),
    made: new SharedList(),
  };
  if (entries.setDefault(name, entry).server === server) return [name, entry];
  entry.requests?.shutdown();
  throw new StateError(`Another manager of this program has the address ${name}.`);
}

function keyOf(authkey: string | Uint8Array): Uint8Array {
  const isText = typeof authkey === "string";
  if (!isText && !(authkey instanceof Uint8Array)) throw new TypeError("An authkey is a text or a Uint8Array.");
  if (authkey.length === 0) throw new RangeError("An empty authkey keeps nobody out.");
  return isText ? new TextEncoder().encode(authkey) : new Uint8Array(authkey);
}

/** All threads of a program could read the key: there is no time to hide. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
