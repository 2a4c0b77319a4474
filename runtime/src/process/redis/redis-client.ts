/** This thread's side of Redis: it says what is to be done, and another thread does it (see redis-thread.ts). */
import process from "node:process";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type Abort, orAborted, throwIfAborted } from "../../abort.js";
import { allocateBlock, words } from "../../arena.js";
import { deadlineAfter } from "../../deadline.js";
import * as errors from "../../errors.js";
import { ConnectionClosedError, SerializationError, StateError, Unsupported } from "../../errors.js";
import { notify } from "../../futex.js";
import { NodeWorker } from "../../host/node.js";
import { atEnd } from "../../trace/ending.js";
import { waitUntil, waitUntilAsync } from "../../wait-until.js";
import { beforeWaits } from "../../waiting.js";
import type { Place } from "../manager/manager-client.js";
import { MANAGER } from "../manager/manager-messages.js";
import { type Caller, type CallOptions, proxyFor, Remote, remoteOf } from "../manager/remote.js";
import { decodeFromStranger, defineTraveller, encodeForProcess } from "../process-codec.js";
import { shownAddress } from "../shown-address.js";
import { strangeTls } from "../strange-tls.js";
import {
  Owned,
  OwnedBarrier,
  OwnedCondition,
  OwnedList,
  OwnedLock,
  OwnedQueue,
  OwnedSemaphore,
  type Post,
  type Question,
} from "./owned.js";
import { priorityRank } from "./priority-rank.js";
import type { RedisBoot, RedisFailure, RedisNews, RedisRequest, Subject } from "./redis-messages.js";
import type { SessionPlan } from "./session.js";

/** How a client reaches Redis, in every thread and process that its proxies come to. */
export type RedisPlace = Omit<SessionPlan, "client"> & {
  /** Milliseconds of a lease, where an object says nothing else. */
  readonly lease: number;
};

const FOR_EVER = Number.POSITIVE_INFINITY;
const PLAIN: CallOptions = {};
const NOTHING: Subject = {
  kind: "",
  name: "",
  lease: 0,
  maxsize: 0,
  maxDeliveries: 0,
  lock: "",
  lockKind: "",
  type: "",
  timeout: null,
};
/** Milliseconds that the end of a thread waits until what it has is others'. */
const FAREWELL = 1000;
/** What begins the names of objects that have none. */
const UNNAMED = "#";

/** A call that was begun, and whose answer is looked for later. */
export interface Begun {
  readonly number: number;
  readonly owned: Owned;
  readonly method: string;
  readonly question: Question;
}

type Answer = { readonly value: unknown } | { readonly error: unknown } | { readonly cancelled: true };

export class RedisClient implements Caller {
  readonly place: Place;
  readonly server: string;
  readonly plan: RedisPlace;
  readonly #at = allocateBlock(4);
  #worker: InstanceType<typeof NodeWorker> | undefined;
  #port: MessagePort | undefined;
  #losses: MessagePort | undefined;
  readonly #outbox: RedisRequest[] = [];
  #isPosting = false;
  readonly #answers = new Map<number, Answer>();
  /** By their numbers: async calls that wait. */
  readonly #awaited = new Map<number, () => void>();
  #isListening = false;
  /** Calls that nobody waits for any more. */
  readonly #forgotten = new Map<number, (answer: unknown) => void>();
  readonly #objects = new Map<number, Owned>();
  readonly #numbers = new Map<string, number>();
  /** The objects that the other thread has been told of. */
  readonly #known = new Set<number>();
  #calls = 0;
  #isClosed = false;

  constructor(plan: RedisPlace) {
    this.plan = plan;
    this.place = { address: plan.url, key: new Uint8Array() };
    const hex = (text: string): string => hashOf(text).toString(16).padStart(8, "0");
    // The first digits order locks, in all programs alike; the others tell this client from others of the same thread.
    this.server = hex(shownAddress(plan.url)) + hex(nameOf(plan));
  }

  get isGone(): boolean {
    return this.#isClosed;
  }

  /** Blocks until the server has answered. @throws AuthenticationError @throws ConnectionClosedError @throws StateError */
  connect(): void {
    this.#wait(this.#send(NOTHING, "start", []));
  }

  call(object: number, method: string, args: readonly unknown[], options = PLAIN): unknown {
    if (object === MANAGER) return this.#manage(method, args);
    const owned = this.#owned(object);
    const atOnce = this.#atOnce(owned, object, method, args);
    if (atOnce !== undefined) return atOnce.value;
    const question = this.#question(owned, method, args);
    const number = this.#send(owned.subject, question.method, question.args);
    const isAnswered = (): boolean => this.#has(number);
    const interrupted = (error: unknown): void => {
      this.#post({ do: "cancel", number });
      this.#flush();
      if (options.counts === undefined) throw error;
      waitUntil(this.#at, FOR_EVER, isAnswered);
    };
    this.#flush();
    let interruption: { readonly error: unknown } | undefined;
    try {
      try {
        waitUntil(this.#at, FOR_EVER, isAnswered);
      } catch (error) {
        interruption = { error };
        interrupted(error);
      }
    } catch (error) {
      this.#forget(number, (answer) => owned.late(method, answer));
      throw error;
    }
    return this.#end(owned, method, question, number, interruption, options);
  }

  async callAsync(object: number, method: string, args: readonly unknown[], options = PLAIN): Promise<unknown> {
    if (object === MANAGER) return this.#manage(method, args);
    throwIfAborted(options.signal);
    const owned = this.#owned(object);
    const atOnce = this.#atOnce(owned, object, method, args);
    if (atOnce !== undefined) return atOnce.value;
    const question = this.#question(owned, method, args);
    const number = this.#send(owned.subject, question.method, question.args);
    let interruption: { readonly error: unknown } | undefined;
    try {
      try {
        await this.#answered(number, options.signal);
      } catch (error) {
        interruption = { error };
        this.#post({ do: "cancel", number });
        if (options.counts === undefined) throw error;
        await this.#answered(number);
      }
    } catch (error) {
      this.#forget(number, (answer) => owned.late(method, answer));
      throw error;
    }
    return this.#end(owned, method, question, number, interruption, options);
  }

  /** The word that changes with whatever is heard. */
  get signal(): number {
    return this.#at;
  }

  /** Sends a call. Does not block. */
  begin(object: number, method: string, args: readonly unknown[]): Begun {
    const owned = this.#owned(object);
    const question = this.#question(owned, method, args);
    return { owned, method, question, number: this.#send(owned.subject, question.method, question.args) };
  }

  /** The answer to a call, once; undefined as long as there is none. */
  poll({
    owned,
    method,
    question,
    number,
  }: Begun): { readonly value: unknown } | { readonly error: unknown } | undefined {
    if (!this.#has(number)) return undefined;
    try {
      return { value: this.#end(owned, method, question, number, undefined, PLAIN) };
    } catch (error) {
      return { error };
    }
  }

  /** Nobody looks for the answer any more. */
  abandon({ owned, method, number }: Begun): void {
    if (this.#isClosed) return;
    this.#post({ do: "cancel", number });
    this.#forget(number, (answer) => owned.late(method, answer));
  }

  drop(object: number): void {
    const owned = this.#objects.get(object);
    if (!this.#isClosed && owned?.subject.name.startsWith(UNNAMED)) this.#post({ do: "drop", subject: owned.subject });
  }

  /** An object of that kind: of that name, or a new one. Blocks until Redis has it. */
  make(kind: string, what: Partial<Subject>, initial: readonly unknown[], name: string | undefined): object {
    if (name?.startsWith(UNNAMED)) throw new RangeError(`A name in Redis does not begin with "${UNNAMED}".`);
    if (name !== undefined && /[{}]/.test(name)) throw new RangeError(`A name in Redis has no braces: "${name}".`);
    const subject: Subject = {
      ...NOTHING,
      lease: this.plan.lease,
      ...what,
      kind,
      name: name ?? `${UNNAMED}${crypto.randomUUID()}`,
    };
    const made = this.#wait(this.#send(subject, "make", initial)) as Subject;
    return this.proxy(made);
  }

  /** A new proxy of the object. */
  proxy(subject: Subject): object {
    return proxyFor(new Remote(this, this.reach(subject), subject.kind));
  }

  /** The object's number, for one more proxy of it. */
  reach(subject: Subject): number {
    const id = this.#number(subject);
    if (subject.name.startsWith(UNNAMED)) this.#post({ do: "keep", subject });
    return id;
  }

  /** What this thread has of the object. */
  owned(object: number): Owned {
    this.#hearLosses();
    return this.#owned(object);
  }

  subjectOf(object: number): Subject {
    return this.#owned(object).subject;
  }

  /** The value as bytes that only this library reads. @throws SerializationError */
  pack(value: unknown): Uint8Array<ArrayBuffer> {
    return within(this, () => encodeForProcess(value));
  }

  unpack(bytes: Uint8Array): unknown {
    return within(this, () => decodeFromStranger(bytes));
  }

  close(): void {
    if (this.#isClosed) return;
    this.leave();
    this.#isClosed = true;
    clients.delete(nameOf(this.plan));
    for (const settle of this.#awaited.values()) settle();
    this.#awaited.clear();
    this.#wake();
    void this.#worker?.terminate();
    this.#port?.close();
    this.#losses?.close();
  }

  /** Resolves when the call is answered, or nothing comes any more. Rejects with the signal's reason. */
  #answered(number: number, signal?: Abort): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#awaited.set(number, resolve));
    if (!this.#isListening) void this.#listen();
    if (signal === undefined) return answered;
    return orAborted(answered, signal).finally(() => {
      if (this.#awaited.delete(number) && this.#awaited.size === 0) this.#wake();
    });
  }

  /** For all async calls together: what wakes one has news of others. As long as one waits, the process does. */
  async #listen(): Promise<void> {
    this.#isListening = true;
    await waitUntilAsync(this.#at, FOR_EVER, () => {
      this.#hear();
      this.#isListening = this.#awaited.size > 0;
      return !this.#isListening;
    });
  }

  /** Has this thread's waits look again. */
  #wake(): void {
    // Pairs with the waits on the word in `#listen`.
    Atomics.add(words, this.#at, 1);
    notify(this.#at);
  }

  #manage(method: string, args: readonly unknown[]): unknown {
    if (method === "make") {
      const [kind, rest, name] = args as [string, readonly unknown[], string | undefined];
      return this.#makeAs(kind, rest, name);
    }
    if (method === "shutdown") {
      throw new Unsupported("Redis is not this program's to shut down: close() ends the connection.");
    }
    throw new Unsupported("Redis does not count its objects by program: they belong to all that use it.");
  }

  #makeAs(kind: string, args: readonly unknown[], name: string | undefined): object {
    switch (kind) {
      case "list":
        return this.make(
          kind,
          {},
          (args[0] as unknown[]).map((value) => this.pack(value)),
          name,
        );
      case "dict":
        return this.make(kind, {}, this.#entries(args[0] as [unknown, unknown][]), name);
      case "namespace":
        return this.make(kind, {}, this.#entries(Object.entries(args[0] as object)), name);
      case "value":
        return this.make(kind, { type: args[0] as string }, [args[1]], name);
      case "event":
        return this.make(kind, {}, [], name);
      case "barrier": {
        const [parties, action, timeout] = args as [number, unknown, number];
        if (action !== undefined) {
          throw new Unsupported(
            "A barrier in Redis has no action: Redis runs no code of yours. Let the party whose wait() returned " +
              "parties - 1 do it.",
          );
        }
        const content = [new TextEncoder().encode("p"), parties];
        return this.make(kind, { timeout: timeout === FOR_EVER ? null : timeout }, content, name);
      }
      case "array":
        throw new Unsupported("Redis has no arrays of numbers of one type: use list(), or value() for single numbers.");
      default:
        throw new Unsupported(
          `Redis makes no instances of ${kind}: it runs no code of yours. Use a Manager of Heddle.`,
        );
    }
  }

  #entries(entries: Iterable<readonly [unknown, unknown]>): Uint8Array[] {
    return [...entries].flatMap(([key, value]) => [this.pack(keyOf(key)), this.pack(value)]);
  }

  /** The question with all values in it as bytes. */
  #question(owned: Owned, method: string, args: readonly unknown[]): Question {
    const asked = owned.ask(method, args);
    return { ...asked, args: this.#packed(owned.subject.kind, asked.method, asked.args) };
  }

  #packed(kind: string, method: string, args: readonly unknown[]): readonly unknown[] {
    const pack = (value: unknown): Uint8Array => this.pack(value);
    switch (`${kind} ${method}`) {
      case "list push":
      case "list unshift":
        return args.map(pack);
      case "list set":
        return [args[0], pack(args[1])];
      case "list splice":
        return [args[0], args[1], ...args.slice(2).map(pack)];
      case "list indexOf":
      case "list lastIndexOf":
        return args.slice(0, 1).map(pack);
      case "dict update":
        return this.#entries(args[0] as [unknown, unknown][]);
      case "namespace set":
        return this.#entries([[args[0], args[1]]]);
      case "dict setDefault":
        return [pack(keyOf(args[0])), pack(args[1])];
    }
    if (kind === "dict" || kind === "namespace") return args.map((key) => pack(keyOf(key)));
    if (kind.startsWith("durable") && method === "put") return [pack(args[0]), args[1], rankOf(kind, args[0])];
    return args;
  }

  /** What this thread knows itself, and what takes more than one question. */
  #atOnce(
    owned: Owned,
    object: number,
    method: string,
    args: readonly unknown[],
  ): { readonly value: unknown } | undefined {
    this.#hearLosses(); // a thread that blocks has not heard
    if (method === "lock" && owned instanceof OwnedCondition) return { value: this.proxy(owned.lock.subject) };
    if (method === "sort" && owned instanceof OwnedList) return { value: this.#sort(object) };
    return owned.before(method, args);
  }

  /** Elements are values here alone. If the list changes meanwhile, it is sorted again. */
  #sort(object: number): void {
    for (let isDone = false; !isDone; ) {
      const [version, values] = this.call(object, "snapshot", []) as [number, unknown[]];
      const placed = values.map((value, index) => ({ index, toString: () => String(value), value }));
      const isLast = ({ value }: { readonly value: unknown }): boolean => value === undefined;
      const sorted = [...placed.filter((each) => !isLast(each)).sort(), ...placed.filter(isLast)];
      const places = sorted.map(({ index }) => index);
      isDone = this.call(object, "arrange", [version, places]) as boolean;
    }
  }

  #end(
    owned: Owned,
    method: string,
    { context }: Question,
    number: number,
    interruption: { readonly error: unknown } | undefined,
    options: CallOptions,
  ): unknown {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) throw gone();
    if ("cancelled" in answer) throw interruption?.error;
    if ("error" in answer) throw answer.error;
    const value = this.#opened(owned, owned.after(method, answer.value, context));
    if (interruption !== undefined && options.counts?.(value) !== true) throw interruption.error;
    return value;
  }

  /** What Redis says in the words of proxies: bytes become values again. */
  #opened(owned: Owned, value: unknown): unknown {
    const { kind } = owned.subject;
    if (kind === "leased lock" || kind === "leased rlock" || kind === "value" || kind === "leased condition")
      return value;
    const open = (each: unknown): unknown => {
      if (each instanceof Uint8Array) return this.unpack(each);
      if (Array.isArray(each)) return each.map(open);
      return each === null ? undefined : each;
    };
    return open(value);
  }

  #owned(object: number): Owned {
    const owned = this.#objects.get(object);
    if (owned === undefined) throw new StateError("This object of Redis is not known here.");
    return owned;
  }

  /** The same in all processes, so that locks that are taken together have one order. */
  #number(subject: Subject): number {
    const known = this.#numbers.get(subject.name);
    if (known !== undefined) return known;
    let number = hashOf(subject.name) || 1;
    while (this.#objects.has(number)) number = (number % 0xffff_fffe) + 1;
    this.#numbers.set(subject.name, number);
    this.#objects.set(number, this.#ownedFor(subject));
    return number;
  }

  #ownedFor(subject: Subject): Owned {
    const post: Post = (method, args) => {
      this.#post({ do: "call", number: undefined, subject: this.#told(subject), method, args });
    };
    const { kind } = subject;
    if (kind === "leased lock" || kind === "leased rlock") return new OwnedLock(subject, post);
    if (kind.includes("semaphore")) return new OwnedSemaphore(subject, post);
    if (kind.startsWith("durable")) return new OwnedQueue(subject, post);
    if (kind === "barrier") return new OwnedBarrier(subject, post);
    if (kind === "list") return new OwnedList(subject, post);
    if (kind !== "leased condition") return new Owned(subject, post);
    const lock: Subject = { ...NOTHING, lease: subject.lease, kind: subject.lockKind, name: subject.lock };
    if (lock.name.startsWith(UNNAMED)) this.#post({ do: "keep", subject: lock });
    return new OwnedCondition(subject, post, this.#owned(this.#number(lock)) as OwnedLock);
  }

  #send(subject: Subject, method: string, args: readonly unknown[]): number {
    const number = ++this.#calls;
    this.#post({ do: "call", number, subject: this.#told(subject), method, args });
    return number;
  }

  /** The object, or if the other thread has been told of it, its number. */
  #told(subject: Subject): Subject | number {
    const number = this.#numbers.get(subject.name);
    if (number === undefined || this.#objects.get(number)?.subject !== subject) return subject;
    if (!this.#known.has(number)) this.#post({ do: "know", object: number, subject });
    this.#known.add(number);
    return number;
  }

  /** What is asked for within one turn of the event loop goes together, unless the thread blocks before. */
  #post(request: RedisRequest): void {
    if (this.#isClosed) throw gone();
    this.#start();
    this.#outbox.push(request);
    if (this.#isPosting) return;
    this.#isPosting = true;
    beforeWaits.add(this.#flush);
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isPosting = false;
    beforeWaits.delete(this.#flush);
    if (this.#outbox.length > 0) this.#worker?.postMessage(this.#outbox.splice(0));
  };

  /** Blocks until a call that is for no object is answered. */
  #wait(number: number): unknown {
    this.#flush();
    waitUntil(this.#at, FOR_EVER, () => this.#has(number));
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) throw gone();
    if ("error" in answer) throw answer.error;
    return "value" in answer ? answer.value : undefined;
  }

  #has(number: number): boolean {
    this.#hear();
    return this.#isClosed || this.#answers.has(number);
  }

  #hear(): void {
    this.#hearLosses();
    if (this.#port === undefined) return;
    for (let found = receiveMessageOnPort(this.#port); found; found = receiveMessageOnPort(this.#port)) {
      for (const news of found.message as RedisNews[]) {
        if ("lost" in news) continue;
        const answer: Answer = "error" in news ? { error: errorOf(news.error) } : news;
        const late = this.#forgotten.get(news.number);
        this.#forgotten.delete(news.number);
        if (late !== undefined) {
          if ("value" in answer) late(answer.value);
          continue;
        }
        this.#answers.set(news.number, answer);
        this.#awaited.get(news.number)?.();
        this.#awaited.delete(news.number);
      }
    }
  }

  #hearLosses(): void {
    if (this.#losses === undefined) return;
    for (let found = receiveMessageOnPort(this.#losses); found; found = receiveMessageOnPort(this.#losses)) {
      this.#lost(found.message as { lost: string; ticket: string });
    }
  }

  #lost({ lost, ticket }: { readonly lost: string; readonly ticket: string }): void {
    const number = this.#numbers.get(lost);
    if (number !== undefined) this.#objects.get(number)?.lost(ticket);
  }

  #forget(number: number, late: (answer: unknown) => void): void {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) this.#forgotten.set(number, late);
    else if ("value" in answer) late(answer.value);
  }

  #start(): void {
    if (this.#worker !== undefined) return;
    words[this.#at] = 0;
    const [news, losses] = [new MessageChannel(), new MessageChannel()];
    this.#port = news.port1;
    this.#losses = losses.port1;
    const { lease: _, ...plan } = this.plan;
    const boot: RedisBoot = {
      plan: { ...plan, client: crypto.randomUUID() },
      at: this.#at,
      port: news.port2,
      losses: losses.port2,
    };
    this.#worker = new NodeWorker(new URL("./redis-thread.js", import.meta.url), {
      workerData: boot,
      transferList: [news.port2, losses.port2],
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: "" },
      name: "heddle redis",
    });
    this.#worker.unref();
    this.#losses.on("message", (loss) => this.#lost(loss));
    this.#losses.unref();
  }

  /** What this thread has is others' from here on. Blocks until that is so, for a second at most. */
  leave(): void {
    if (this.#worker === undefined || this.#isClosed) return;
    for (const owned of this.#objects.values()) owned.leave();
    const number = ++this.#calls;
    this.#post({ do: "leave", number });
    this.#flush();
    waitUntil(this.#at, deadlineAfter(FAREWELL), () => this.#has(number));
  }
}

function gone(): ConnectionClosedError {
  return new ConnectionClosedError("The connection to Redis is closed.");
}

const CLASSES = new Map<string, new (message: string) => Error>([
  ["RangeError", RangeError],
  ["TypeError", TypeError],
]);
for (const type of Object.values(errors) as (new (
  message: string,
) => Error)[]) {
  if (type !== (errors.HeddleError as unknown)) CLASSES.set((new type("") as { code?: string }).code ?? "", type);
}

/** Classes do not survive the way from the other thread. */
function errorOf({ code, message }: RedisFailure): Error {
  const type = CLASSES.get(code);
  return type === undefined ? new Error(message) : new type(message);
}

/** A key in the form in which equal ones have the same bytes. @throws SerializationError it is neither a primitive nor a proxy */
function keyOf(key: unknown): unknown {
  if (Object.is(key, -0)) return 0;
  const isObject = (typeof key === "object" && key !== null) || typeof key === "function";
  if (!isObject || remoteOf(key)?.client instanceof RedisClient) return key;
  throw new SerializationError("A key of a dict in Redis is a primitive or a proxy of Redis.");
}

function rankOf(kind: string, item: unknown): string | Uint8Array {
  if (kind === "durable lifo queue") return "last";
  return kind === "durable priority queue" ? priorityRank(item) : "";
}

/** FNV-1a: the same in all processes. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}

let current: RedisClient | undefined;

function within<T>(client: RedisClient, run: () => T): T {
  const before = current;
  current = client;
  try {
    return run();
  } finally {
    current = before;
  }
}

const clients = new Map<string, RedisClient>();
let isWatchingEnd = false;

function watchEnd(): void {
  if (isWatchingEnd) return;
  isWatchingEnd = true;
  atEnd(() => {
    for (const client of clients.values()) client.leave();
  });
}

function nameOf(plan: RedisPlace): string {
  return JSON.stringify(plan);
}

/** This thread's client for that place; it connects when it is first used. */
export function redisClientOf(plan: RedisPlace): RedisClient {
  const name = nameOf(plan);
  const known = clients.get(name);
  if (known !== undefined && !known.isGone) return known;
  watchEnd();
  const client = new RedisClient(plan);
  clients.set(name, client);
  return client;
}

/** The client of a proxy of Redis, and the number of its object. @throws TypeError it is none */
export function clientOfProxy(proxy: object): { readonly client: RedisClient; readonly id: number } {
  const remote = remoteOf(proxy);
  if (remote?.client instanceof RedisClient) return { client: remote.client, id: remote.id };
  throw new TypeError("This is no proxy of Redis.");
}

/** A proxy on its way: to Redis by its name, anywhere else with the address. */
interface RedisToken {
  readonly subject: Subject;
  readonly place: RedisPlace | undefined;
}

defineTraveller("redis", {
  leave(value): RedisToken | undefined {
    const remote = remoteOf(value);
    if (!(remote?.client instanceof RedisClient)) return undefined;
    const { client, id } = remote;
    return { subject: client.subjectOf(id), place: client === current ? undefined : client.plan };
  },
  arrive(data) {
    const { subject, place } = data as RedisToken;
    return arrivedFrom(place === undefined ? current : redisClientOf(place), subject);
  },
  arriveStrange(data) {
    const { subject, place } = data as RedisToken;
    if (place === undefined) return arrivedFrom(current, subject);
    return proxyFor(
      Remote.later(String(subject.kind), () => {
        const client = redisClientOf({ ...place, tls: strangeTls(place.tls) });
        return { client, id: client.reach(subject) };
      }),
    );
  },
});

/** @throws StateError it is known to nobody where it is */
function arrivedFrom(client: RedisClient | undefined, subject: Subject): object {
  if (client === undefined) throw new StateError("A proxy of Redis came without its address.");
  return client.proxy(subject);
}
