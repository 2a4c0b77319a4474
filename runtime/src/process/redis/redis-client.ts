/** This thread's side of Redis: it says what is to be done, and another thread does it (see redis-thread.ts). */
import { throwIfAborted } from "../../abort.js";
import { ConnectionClosedError, StateError } from "../../errors.js";
import { Clients } from "../engine/clients.js";
import { type Begun, EngineLine, type Receiver } from "../engine/engine-line.js";
import { KnownObjects } from "../engine/known-objects.js";
import { letProxiesTravel, reachedBy } from "../engine/proxy-travel.js";
import type { Place } from "../manager/manager-client.js";
import { MANAGER } from "../manager/manager-messages.js";
import { type Caller, type CallOptions, proxyFor, Remote, remoteOf, type SharedObject } from "../manager/remote.js";
import { losesLock } from "../manager/traced-lock.js";
import { ownHolder } from "../own-holder.js";
import { decodeFromStranger, encodeForProcess } from "../process-codec.js";
import { shownAddress } from "../shown-address.js";
import { madeOf, unsupportedByRedis } from "./manager-kinds.js";
import {
  Owned,
  OwnedBarrier,
  OwnedCondition,
  OwnedList,
  OwnedLock,
  OwnedQueue,
  OwnedSemaphore,
  type Post,
} from "./owned.js";
import { checkedSubject, type LostLease, NO_SUBJECT, type Subject } from "./redis-messages.js";
import type { SessionPlan } from "./session.js";
import { type Codec, openedAnswer, packedArguments, sortedPlaces } from "./values.js";

/** How a client reaches Redis, in every thread and process that its proxies come to. */
export type RedisPlace = Omit<SessionPlan, "client"> & {
  /** Milliseconds of a lease, where an object says nothing else. */
  readonly lease: number;
};

/** What begins the names of objects that have none. */
const UNNAMED = "#";

/** What goes to Redis of a call, and what its answer is read with. */
interface Sent {
  readonly subject: Subject;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly receiver: Receiver;
}

export class RedisClient implements Caller, Codec {
  readonly place: Place;
  readonly server: string;
  readonly plan: RedisPlace;
  readonly #line: EngineLine<Subject>;
  readonly #known = new KnownObjects<Owned>((owned) => this.#forget(owned));

  constructor(plan: RedisPlace) {
    this.plan = plan;
    this.place = { address: plan.url, key: new Uint8Array() };
    const hex = (text: string): string => hashOf(text).toString(16).padStart(8, "0");
    // The first digits order locks, in all programs alike; the others tell this client from others of the same thread.
    this.server = hex(databaseOf(plan.url)) + hex(JSON.stringify(plan));
    const { lease: _, ...session } = plan;
    this.#line = new EngineLine({
      thread: new URL("./redis-thread.js", import.meta.url),
      plan: { ...session, client: `${crypto.randomUUID()}:${ownHolder()}` },
      name: "heddle redis",
      gone,
      heed: (notice) => this.#lost(notice as LostLease),
    });
  }

  get isGone(): boolean {
    return this.#line.isClosed;
  }

  /** Blocks until the server has answered. @throws AuthenticationError @throws ConnectionClosedError @throws StateError */
  connect(): void {
    const isFirst = !this.#line.isStarted;
    try {
      this.#line.call(NO_SUBJECT, "start", []);
    } catch (error) {
      if (isFirst) this.close(); // whoever has used it before goes on when the server is back
      throw error;
    }
  }

  call(object: number, method: string, args: readonly unknown[], options?: CallOptions): unknown {
    if (object === MANAGER) return this.#manage(method, args);
    const owned = this.owned(object);
    const atOnce = this.#atOnce(owned, object, method, args);
    if (atOnce !== undefined) return atOnce.value;
    const sent = this.#sent(owned, method, args);
    return this.#line.call(sent.subject, sent.method, sent.args, sent.receiver, options);
  }

  async callAsync(
    object: number,
    method: string,
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<unknown> {
    if (object === MANAGER) return this.#manage(method, args);
    throwIfAborted(options.signal);
    const owned = this.owned(object);
    const atOnce = this.#atOnce(owned, object, method, args);
    if (atOnce !== undefined) return atOnce.value;
    const sent = this.#sent(owned, method, args);
    return this.#line.callAsync(sent.subject, sent.method, sent.args, sent.receiver, options);
  }

  shared({ id }: Remote): SharedObject {
    const { name } = this.subjectOf(id);
    return { text: this.#sharedText(name), name: name.startsWith(UNNAMED) ? "" : name };
  }

  timesHeld(object: number): number {
    const owned = this.#owned(object);
    return owned instanceof OwnedLock ? owned.times : 0;
  }

  /** The word that changes with whatever is heard. */
  get signal(): number {
    return this.#line.signal;
  }

  /** Sends a call. Does not block. */
  begin(object: number, method: string, args: readonly unknown[]): Begun {
    const sent = this.#sent(this.#owned(object), method, args);
    return this.#line.begin(sent.subject, sent.method, sent.args, sent.receiver);
  }

  /** The answer to a call, once; undefined as long as there is none. */
  poll(begun: Begun): { readonly value: unknown } | { readonly error: unknown } | undefined {
    return this.#line.poll(begun);
  }

  /** Nobody looks for the answer any more. */
  abandon(begun: Begun): void {
    this.#line.abandon(begun);
  }

  drop(object: number): void {
    const subject = this.#known.get(object)?.subject;
    this.#known.drop(object);
    if (!this.isGone && subject?.name.startsWith(UNNAMED)) this.#line.drop(subject);
  }

  /** An object of that kind: of that name, or a new one. Blocks until Redis has it. */
  make(kind: string, what: Partial<Subject>, initial: readonly unknown[], name: string | undefined): object {
    if (name?.startsWith(UNNAMED)) throw new RangeError(`A name in Redis does not begin with "${UNNAMED}".`);
    if (name !== undefined && /[{}]/.test(name)) throw new RangeError(`A name in Redis has no braces: "${name}".`);
    const subject: Subject = {
      ...NO_SUBJECT,
      lease: this.plan.lease,
      ...what,
      kind,
      name: name ?? `${UNNAMED}${crypto.randomUUID()}`,
    };
    return this.proxy(this.#line.call(subject, "make", initial) as Subject);
  }

  /** A new proxy of the object. */
  proxy(subject: Subject): object {
    return proxyFor(new Remote(this, this.reach(subject), subject.kind));
  }

  /** The object's number, for one more proxy of it. */
  reach(subject: Subject): number {
    const id = this.#number(subject);
    this.#known.hold(id);
    if (subject.name.startsWith(UNNAMED)) this.#line.keep(subject);
    return id;
  }

  /** What this thread has of the object. */
  owned(object: number): Owned {
    this.#line.hearNotices(); // a thread that blocks has not heard
    return this.#owned(object);
  }

  subjectOf(object: number): Subject {
    return this.#owned(object).subject;
  }

  pack(value: unknown): Uint8Array<ArrayBuffer> {
    return clients.within(this, () => encodeForProcess(value));
  }

  unpack(bytes: Uint8Array): unknown {
    return clients.within(this, () => decodeFromStranger(bytes));
  }

  isProxy(value: object): boolean {
    return remoteOf(value)?.client instanceof RedisClient;
  }

  /** What this thread has is others' from here on. Blocks until that is so, for a second at most. */
  leave(): void {
    if (this.isGone) return;
    for (const owned of this.#known) owned.leave();
    this.#line.leave();
  }

  close(): void {
    if (this.isGone) return;
    this.leave();
    this.#line.close();
    clients.forget(this);
  }

  #manage(method: string, args: readonly unknown[]): unknown {
    if (method !== "make") throw unsupportedByRedis(method);
    const [kind, rest, name] = args as [string, readonly unknown[], string | undefined];
    const { what, initial } = madeOf(this, kind, rest);
    return this.make(kind, what, initial, name);
  }

  #sent(owned: Owned, asked: string, given: readonly unknown[]): Sent {
    const { subject } = owned;
    const { method, args, context } = owned.ask(asked, given);
    return {
      subject,
      method,
      args: packedArguments(this, subject.kind, method, args),
      receiver: {
        read: (answer) => {
          const found = owned.after(asked, answer, context);
          this.#recall(owned);
          return openedAnswer(this, subject.kind, found);
        },
        late: (answer) => owned.late(asked, answer),
      },
    };
  }

  /** What this thread knows itself, and what takes more than one question. */
  #atOnce(
    owned: Owned,
    object: number,
    method: string,
    args: readonly unknown[],
  ): { readonly value: unknown } | undefined {
    if (method === "lock" && owned instanceof OwnedCondition) return { value: this.proxy(owned.lock.subject) };
    if (method === "sort" && owned instanceof OwnedList) return { value: this.#sort(object) };
    return owned.before(method, args);
  }

  /** Elements are values here alone. If the list changes meanwhile, it is sorted again. */
  #sort(object: number): void {
    for (let isDone = false; !isDone; ) {
      const [version, values] = this.call(object, "snapshot", []) as [number, unknown[]];
      isDone = this.call(object, "arrange", [version, sortedPlaces(values)]) as boolean;
    }
  }

  #owned(object: number): Owned {
    const owned = this.#known.get(object);
    if (owned === undefined) throw new StateError("This object of Redis is not known here.");
    return owned;
  }

  /** The same in all processes, so that locks that are taken together have one order. */
  #number(subject: Subject): number {
    return this.#known.numberOf(subject.name) ?? this.#add(this.#ownedFor(subject));
  }

  #add(owned: Owned): number {
    const { subject } = owned;
    let number = hashOf(subject.name) || 1;
    while (this.#known.has(number)) number = (number % 0xffff_fffe) + 1;
    this.#known.add(number, subject.name, owned);
    this.#line.know(subject);
    return number;
  }

  /** No proxy is of it any more. */
  #forget(owned: Owned): void {
    this.#line.forget(owned.subject);
    if (owned instanceof OwnedCondition) this.drop(this.#known.numberOf(owned.lock.subject.name) ?? 0);
  }

  /** What came when its last proxy was closed is to be given back at the end. */
  #recall(owned: Owned): void {
    if (owned.isIdle) return;
    const number = this.#known.numberOf(owned.subject.name);
    if (number === undefined) this.#add(owned);
    else this.#known.get(number)?.adopt(owned); // the object has been made known again meanwhile
  }

  #ownedFor(subject: Subject): Owned {
    const post: Post = (method, args) => this.#line.tell(subject, method, args);
    const { kind } = subject;
    if (kind === "leased lock" || kind === "leased rlock") return new OwnedLock(subject, post);
    if (kind.includes("semaphore")) return new OwnedSemaphore(subject, post);
    if (kind.startsWith("durable")) return new OwnedQueue(subject, post);
    if (kind === "barrier") return new OwnedBarrier(subject, post);
    if (kind === "list") return new OwnedList(subject, post);
    if (kind !== "leased condition") return new Owned(subject, post);
    const lock: Subject = { ...NO_SUBJECT, lease: subject.lease, kind: subject.lockKind, name: subject.lock };
    // The condition is in place of a proxy of it.
    return new OwnedCondition(subject, post, this.#owned(this.reach(lock)) as OwnedLock);
  }

  #lost({ lost, ticket, isOver }: LostLease): void {
    const number = this.#known.numberOf(lost);
    const owned = number === undefined ? undefined : this.#known.get(number);
    if (isOver) owned?.over(ticket);
    else {
      owned?.lost(ticket);
      if (owned instanceof OwnedLock && owned.isLost) losesLock(this.#sharedText(lost));
    }
  }

  #sharedText(name: string): string {
    return `${databaseOf(this.plan.url)} ${name}`;
  }
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/i;

/** The server and the database in it, one text for all ways to write its address: programs of one machine agree about `localhost`. */
function databaseOf(url: string): string {
  if (!URL.canParse(url)) return shownAddress(url);
  const { hostname, port, pathname } = new URL(url);
  const host = LOOPBACK.test(hostname) ? "localhost" : hostname.toLowerCase();
  return `${host}:${port || "6379"}/${pathname.slice(1) || "0"}`;
}

function gone(): ConnectionClosedError {
  return new ConnectionClosedError("The connection to Redis is closed.");
}

/** FNV-1a: the same in all processes. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}

const clients = new Clients((place: RedisPlace) => new RedisClient(place));

/** This thread's client for that place; it connects when it is first used. */
export function redisClientOf(place: RedisPlace): RedisClient {
  return clients.of(place);
}

/** The client of a proxy of Redis, and the number of its object. @throws TypeError it is none */
export function clientOfProxy(proxy: object): { readonly client: RedisClient; readonly id: number } {
  return reachedBy(proxy, RedisClient, "Redis");
}

letProxiesTravel({
  product: "Redis",
  type: RedisClient,
  clients,
  checked: checkedSubject,
});
