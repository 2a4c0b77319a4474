/** What stands in for the server of a manager: its objects lie in the program's shared memory. */
import { defineComposite } from "../composites.js";
import { ConnectionClosedError, SerializationError, StateError } from "../errors.js";
import type { Event } from "../event.js";
import { ArrayProxy, ValueProxy } from "../process/manager/array-proxy.js";
import { DictProxy } from "../process/manager/dict-proxy.js";
import { ListProxy } from "../process/manager/list-proxy.js";
import { NamespaceProxy } from "../process/manager/namespace-proxy.js";
import { ObjectProxy } from "../process/manager/object-proxy.js";
import { type Caller, proxyFor, Remote, remoteOf } from "../process/manager/remote.js";
import type { Queue } from "../queue.js";
import { cellOf } from "../shared.js";
import type { SharedValue } from "../shared-value.js";
import { askInstance, askInstanceAsync, type InstanceRequest } from "./instances.js";
import { METHODS, type SharedObject } from "./shared-methods.js";

/** What all threads know of a manager. */
export interface ManagerParts {
  /** Its own name. */
  readonly server: string;
  /** Set by its shutdown. */
  readonly ended: Event;
  /** To the thread that has instances of the program's classes; undefined if no class was registered. */
  readonly requests: Queue<InstanceRequest> | undefined;
}

/** The kind of a proxy whose object is an instance in that thread; the shared object is its number. */
export const INSTANCE = "object";

interface Entry {
  readonly object: SharedObject;
  readonly kind: string;
  /** How many this thread has. */
  proxies: number;
}

/** The objects of one manager that this thread has proxies of. */
export class ManagedThreads implements Caller {
  readonly parts: ManagerParts;
  readonly #entries = new Map<number, Entry>();

  constructor(parts: ManagerParts) {
    this.parts = parts;
  }

  get server(): string {
    return this.parts.server;
  }

  /** A new proxy of the object. */
  proxy(kind: string, object: SharedObject): object {
    const id = cellOf(object) ?? 0;
    const entry = this.#entries.get(id) ?? { object, kind, proxies: 0 };
    this.#entries.set(id, entry);
    entry.proxies++;
    return proxyFor(new Remote(this, id, kind));
  }

  /** @throws StateError no proxy of it is open here */
  objectOf(id: number): SharedObject {
    return this.#entry(id).object;
  }

  call(id: number, method: string, args: readonly unknown[]): unknown {
    this.check();
    const { kind, object } = this.#entry(id);
    if (kind === INSTANCE) return askInstance(this.parts.requests, object as SharedValue, args);
    return METHODS[kind]?.[method]?.(object as never, args as never);
  }

  /** Nothing but an instance of the program's own is waited for. */
  async callAsync(id: number, method: string, args: readonly unknown[]): Promise<unknown> {
    const { kind, object } = this.#entry(id);
    if (kind !== INSTANCE) return this.call(id, method, args);
    this.check();
    return askInstanceAsync(this.parts.requests, object as SharedValue, args);
  }

  drop(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || --entry.proxies > 0) return;
    this.#entries.delete(id);
    entry.object.close();
  }

  /** @throws ConnectionClosedError the manager was shut down */
  check(): void {
    if (this.parts.ended.isSet()) throw new ConnectionClosedError("The manager has ended.");
  }

  #entry(id: number): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new StateError("This proxy of a manager's object is closed.");
    return entry;
  }
}

const managers = new Map<string, ManagedThreads>();

/** This thread's part of that manager. */
export function managedBy(parts: ManagerParts): ManagedThreads {
  const known = managers.get(parts.server) ?? new ManagedThreads(parts);
  managers.set(parts.server, known);
  return known;
}

/** What a proxy in another thread is made of. */
interface Leaving {
  readonly manager: ManagerParts;
  readonly kind: string;
  readonly object: SharedObject;
}

for (const type of [ListProxy, DictProxy, NamespaceProxy, ValueProxy, ArrayProxy, ObjectProxy]) {
  defineComposite<object>(import.meta.url, type, {
    leave(proxy) {
      const { client, id, kind } = remoteOf(proxy) as Remote;
      if (client instanceof ManagedThreads) {
        return { manager: client.parts, kind, object: client.objectOf(id) } satisfies Leaving;
      }
      throw new SerializationError(
        "A proxy of a server process goes to other processes, and not to a thread: use Manager.connect() and a name there.",
      );
    },
    arrive(parts) {
      const { manager, kind, object } = parts as unknown as Leaving;
      return managedBy(manager).proxy(kind, object);
    },
  });
}
