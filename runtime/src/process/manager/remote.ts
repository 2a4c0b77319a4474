/** What a proxy has of its object: where it is, and how it is called. */
import type { Abort } from "../../abort.js";
import { StateError } from "../../errors.js";

/** What becomes of a call that nobody waits for any more, because the wait was interrupted or aborted. */
export interface CallOptions {
  readonly signal?: Abort | undefined;
  /** Its answer holds an item, which goes back. */
  readonly isItem?: boolean;
  /** Its answer tells whether something was taken that is then released. */
  readonly isTaken?: (value: unknown) => boolean;
  /** It is waited for nevertheless, and tells whether the answer counts, and not the interruption. */
  readonly counts?: (value: unknown) => boolean;
}

/** An object of a server, whoever has proxies of it. */
export interface SharedObject {
  readonly text: string;
  /** Empty: it has none. */
  readonly name: string;
}

/** A line to a manager's server (see manager-client.ts). */
export interface Caller {
  /** The server's own name. */
  readonly server: string;
  call(object: number, method: string, args: readonly unknown[], options?: CallOptions): unknown;
  callAsync(object: number, method: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** A proxy is gone. */
  drop(object: number): void;
  /** What tells the object from all others, in all processes alike, and its name. Absent: nothing does. Asks nobody. */
  shared?(remote: Remote): SharedObject;
  /** How often this thread has the lock, if the client knows better than who counts. */
  timesHeld?(object: number): number;
}

/** Who is asked for an object, and its number there. */
interface Reached {
  readonly client: Caller;
  readonly id: number;
}

/** Of a name as many characters as anybody reads. */
const LONGEST_NAME = 1000;

export class Remote {
  readonly kind: string;
  /** By which its server knows it, as far as a message said so; empty: it has none. */
  readonly name: string;
  #reached: Reached | (() => Reached);
  #isClosed = false;
  #whenClosed: (() => void) | undefined;

  constructor(client: Caller, id: number, kind: string, name: unknown = "") {
    this.kind = kind;
    this.name = typeof name === "string" ? name.slice(0, LONGEST_NAME) : ""; // it may be a stranger's
    this.#reached = { client, id };
  }

  /** Connects when it is used for the first time, and throws then what `reach` throws. */
  static later(kind: string, reach: () => Reached, name: unknown = ""): Remote {
    const remote = new Remote(NOBODY, 0, kind, name);
    remote.#reached = reach;
    return remote;
  }

  get client(): Caller {
    return this.#reach().client;
  }

  /** The client, where the object is reached by now: to look connects nowhere. */
  get reached(): Caller | undefined {
    return typeof this.#reached === "function" ? undefined : this.#reached.client;
  }

  get id(): number {
    return this.#reach().id;
  }

  /** Calls a method, and blocks until it is done. @throws StateError the proxy is closed */
  call(method: string, args: readonly unknown[] = [], options?: CallOptions): unknown {
    this.#check();
    return this.client.call(this.id, method, args, options);
  }

  /** Like `call` without blocking the thread. */
  async callAsync(method: string, args: readonly unknown[] = [], options?: CallOptions): Promise<unknown> {
    this.#check();
    return this.client.callAsync(this.id, method, args, options);
  }

  /** Who wants to know that it is closed; there is one. */
  whenClosed(told: () => void): void {
    this.#whenClosed = told;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#whenClosed?.();
    if (typeof this.#reached !== "function") this.client.drop(this.id);
  }

  #reach(): Reached {
    if (typeof this.#reached === "function") this.#reached = this.#reached();
    return this.#reached;
  }

  #check(): void {
    if (this.#isClosed) throw new StateError(`This proxy of a manager's ${this.kind} is closed.`);
  }
}

function nobody(): never {
  throw new StateError("This proxy is not connected.");
}

const NOBODY: Caller = { server: "", call: nobody, callAsync: nobody, drop: nobody };

/** What the proxy whose constructor is about to run stands for. */
let arriving: Remote | undefined;
const remotes = new WeakMap<object, Remote>();
const classes = new Map<string, new () => object>();

/** Proxies that nobody closed: their objects are to go with them. */
const forgotten = new FinalizationRegistry<Remote>((remote) => remote.close());

/** For the constructor of a proxy. @throws TypeError nobody but a manager makes proxies */
export function adoptRemote(proxy: object): Remote {
  const remote = arriving;
  if (remote === undefined) throw new TypeError("A proxy is made by its manager: new Manager().list() and the like.");
  arriving = undefined;
  remotes.set(proxy, remote);
  forgotten.register(proxy, remote, remote);
  return remote;
}

/** Makes a proxy of that class. */
function adopting<P>(remote: Remote, make: () => P): P {
  arriving = remote;
  try {
    return make();
  } finally {
    arriving = undefined;
  }
}

/** What the proxy stands for; undefined if it is none. */
export function remoteOf(proxy: object): Remote | undefined {
  return remotes.get(proxy);
}

/** Objects of these kinds have proxies of this class. */
export function defineProxy(type: new () => object, ...kinds: readonly string[]): void {
  for (const kind of kinds) classes.set(kind, type);
}

/** A new proxy. @throws TypeError this version has none for the kind */
export function proxyFor(remote: Remote): object {
  const type = classes.get(remote.kind);
  if (type === undefined) throw new TypeError(`No proxy is known for a manager's ${remote.kind}.`);
  return adopting(remote, () => new type());
}
