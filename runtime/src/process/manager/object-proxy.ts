import { adoptRemote, defineProxy, type Remote } from "./remote.js";

/** The names of an object's methods. */
export type MethodOf<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T] &
  string;

/** What a method takes. */
export type ArgumentsOf<M> = M extends (...args: infer A) => unknown ? A : never;
/** What a method gives, or what its promise gives. */
export type ResultOf<M> = M extends (...args: never[]) => infer R ? Awaited<R> : never;

/**
 * An instance of a program's own class in a manager, for all its clients. Arguments and results are copies; proxies stay
 * proxies. Calls are performed one after the other; an async method lets others go on while it waits.
 * @typeParam T the class
 * @see Python's `multiprocessing.managers.BaseManager.register`, behaviour 151.
 */
export class ObjectProxy<T extends object = Record<string, (...args: never[]) => unknown>> implements Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** Calls a method and blocks until it is done; a promise is awaited there. Throws what the method throws. @throws TypeError clients may call no such method */
  call<M extends MethodOf<T>>(method: M, ...args: ArgumentsOf<T[M]>): ResultOf<T[M]> {
    return this.#remote.call("call", [method, ...args]) as ResultOf<T[M]>;
  }

  /** Like `call` without blocking the thread. */
  async callAsync<M extends MethodOf<T>>(method: M, ...args: ArgumentsOf<T[M]>): Promise<ResultOf<T[M]>> {
    return (await this.#remote.callAsync("call", [method, ...args])) as ResultOf<T[M]>;
  }

  /** Gives up this proxy. The object goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

defineProxy(ObjectProxy, "object");
