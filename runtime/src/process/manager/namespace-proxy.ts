import { adoptRemote, defineProxy, type Remote, remoteOf } from "./remote.js";

/**
 * An object in a manager whose attributes all its clients read and write as its properties, blocking for the moment it takes
 * to ask; `getAsync` and `setAsync` do not block. Attributes are copies: changing a property of one does not change the
 * namespace. Names that begin with `_` belong to the proxy: others do not see them. `in` and `delete` work, too.
 * @see Python's `multiprocessing.managers.Namespace`, behaviour 146.
 */
export class NamespaceProxy implements Disposable {
  /** @internal */
  constructor() {
    const facade = new Proxy(this, HANDLER);
    behind.set(this, adoptRemote(facade));
    // biome-ignore lint/correctness/noConstructorReturn: Nothing but a proxy has properties that are somewhere else.
    return facade;
  }

  /** An attribute; undefined if there is none. Does not block the thread. */
  async getAsync(name: string): Promise<unknown> {
    return remote(this).callAsync("get", [name]);
  }

  /** Sets an attribute. Does not block the thread. @throws SerializationError the value cannot travel */
  async setAsync(name: string, value: unknown): Promise<void> {
    checkName(NamespaceProxy.prototype, name);
    await remote(this).callAsync("set", [name, value]);
  }

  /** The names of the attributes, in the order in which they came. Blocks for the moment it takes to ask. */
  attributes(): string[] {
    return remote(this).call("keys") as string[];
  }

  /** Gives up this proxy. The namespace goes when nobody has one any more. */
  close(): void {
    remote(this).close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** What the proxy has itself: methods, what every object has, and names that are its own. */
function isOwn(target: object, name: string | symbol): name is symbol {
  // `then`: whoever awaits the proxy asks whether it is a promise.
  return typeof name === "symbol" || name.startsWith("_") || name === "then" || name in target;
}

/** @throws TypeError it is the name of a method */
function checkName(target: object, name: string): void {
  if (isOwn(target, name)) throw new TypeError(`"${String(name)}" cannot be an attribute of a namespace.`);
}

function remote(proxy: object): Remote {
  return remoteOf(proxy) as Remote;
}

/** By what stands behind the proxies, as not every trap is told which one it is for. */
const behind = new WeakMap<object, Remote>();

const HANDLER: ProxyHandler<NamespaceProxy> = {
  get(target, name, facade) {
    return isOwn(target, name) ? Reflect.get(target, name, facade) : behind.get(target)?.call("get", [name]);
  },
  set(target, name, value) {
    if (typeof name === "string" && !name.startsWith("_")) {
      checkName(target, name);
      behind.get(target)?.call("set", [name, value]);
      return true;
    }
    return Reflect.set(target, name, value);
  },
  has(target, name) {
    return isOwn(target, name) ? Reflect.has(target, name) : (behind.get(target)?.call("has", [name]) as boolean);
  },
  deleteProperty(target, name) {
    if (isOwn(target, name)) return Reflect.deleteProperty(target, name);
    behind.get(target)?.call("delete", [name]);
    return true;
  },
};

defineProxy(NamespaceProxy, "namespace");
