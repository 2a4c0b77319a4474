/** This thread's side of RabbitMQ: it says what is to be done, and another thread does it (see rabbit-thread.ts). */
import { ConnectionClosedError, SerializationError, StateError } from "../../errors.js";
import { checkPriority, type Prioritized } from "../../priority-queue.js";
import { Clients } from "../engine/clients.js";
import { type Begun, EngineLine, type Receiver } from "../engine/engine-line.js";
import { KnownObjects } from "../engine/known-objects.js";
import { letProxiesTravel, reachedBy } from "../engine/proxy-travel.js";
import type { Place } from "../manager/manager-client.js";
import { MANAGER } from "../manager/manager-messages.js";
import { type Caller, type CallOptions, proxyFor, Remote } from "../manager/remote.js";
import { decodeFromStranger, encodeForProcess } from "../process-codec.js";
import { shownAddress } from "../shown-address.js";
import { type Handed, PRIORITY_QUEUE, QUEUE, type QueueSubject, UNNAMED } from "./rabbit-messages.js";
import type { SessionPlan } from "./session.js";
import { unsupportedByManager, unsupportedByQueue } from "./unsupported.js";

/** How a client reaches RabbitMQ, in every thread and process that its proxies come to. */
export type RabbitPlace = SessionPlan;

const NOTHING: QueueSubject = { kind: QUEUE, name: "", maxsize: 0, maxDeliveries: 0, priorities: 0, prefetch: 0 };
/** Bytes of the names that the protocol carries, less what this library adds. */
const LONGEST_NAME = 200;

/** A queue as this thread has it. */
class Owned {
  readonly subject: QueueSubject;
  /** What was taken by `get` and not reported, the oldest first. */
  readonly inHand: number[] = [];

  constructor(subject: QueueSubject) {
    this.subject = subject;
  }

  get isIdle(): boolean {
    return this.inHand.length === 0;
  }
}

export class RabbitClient implements Caller {
  readonly place: Place;
  readonly server: string;
  readonly plan: RabbitPlace;
  readonly #line: EngineLine<QueueSubject>;
  readonly #known = new KnownObjects<Owned>(({ subject }) => this.#line.forget(subject));
  #queues = 0;

  constructor(plan: RabbitPlace) {
    this.plan = plan;
    this.place = { address: plan.url, key: new Uint8Array() };
    this.server = `rabbitmq ${shownAddress(plan.url)}`;
    const thread = new URL("./rabbit-thread.js", import.meta.url);
    this.#line = new EngineLine({ thread, plan, name: "heddle rabbitmq", gone });
  }

  get isGone(): boolean {
    return this.#line.isClosed;
  }

  /** The word that changes with whatever is heard. */
  get signal(): number {
    return this.#line.signal;
  }

  /** Blocks until the server has answered. @throws AuthenticationError @throws ConnectionClosedError @throws StateError */
  connect(): void {
    const isFirst = !this.#line.isStarted;
    try {
      this.#line.call(NOTHING, "start", []);
    } catch (error) {
      if (isFirst) this.close(); // whoever has used it before goes on when the server is back
      throw error;
    }
  }

  call(object: number, method: string, args: readonly unknown[], options: CallOptions = {}): unknown {
    if (object === MANAGER) throw unsupportedByManager(method, args);
    const owned = this.#owned(object);
    if (method === "taskDone") return this.#taskDone(owned);
    const { subject } = owned;
    return this.#line.call(
      subject,
      wordFor(method),
      this.#packed(subject, method, args),
      this.#receiver(owned, method),
      options,
    );
  }

  async callAsync(
    object: number,
    method: string,
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<unknown> {
    if (object === MANAGER) throw unsupportedByManager(method, args);
    const owned = this.#owned(object);
    if (method === "taskDone") return this.#taskDone(owned);
    const { subject } = owned;
    const packed = this.#packed(subject, method, args);
    return this.#line.callAsync(subject, wordFor(method), packed, this.#receiver(owned, method), options);
  }

  /** Sends a call. Does not block. */
  begin(object: number, method: string, args: readonly unknown[]): Begun {
    const owned = this.#owned(object);
    const { subject } = owned;
    const packed = this.#packed(subject, method, args);
    return this.#line.begin(subject, wordFor(method), packed, this.#receiver(owned, method));
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

  /** A queue of that name, or a new one. Blocks until RabbitMQ has it. @throws StateError it has one by the name with other options */
  make(what: Omit<QueueSubject, "name">, name: string | undefined): object {
    if (name?.startsWith(UNNAMED)) throw new RangeError(`A name in RabbitMQ does not begin with "${UNNAMED}".`);
    if (name !== undefined && Buffer.byteLength(name) > LONGEST_NAME) {
      throw new RangeError(`A name in RabbitMQ has at most ${LONGEST_NAME} bytes: "${name}".`);
    }
    const subject = checkedSubject({ ...what, name: name ?? `${UNNAMED}${crypto.randomUUID()}` });
    this.#line.call(subject, "make", []);
    return this.proxy(subject);
  }

  /** A new proxy of the queue. */
  proxy(subject: QueueSubject): object {
    return proxyFor(new Remote(this, this.reach(subject), subject.kind));
  }

  /** The queue's number, for one more proxy of it. */
  reach(subject: QueueSubject): number {
    const id = this.#number(subject);
    this.#known.hold(id);
    if (subject.name.startsWith(UNNAMED)) this.#line.keep(subject);
    return id;
  }

  subjectOf(object: number): QueueSubject {
    return this.#owned(object).subject;
  }

  /** What is to become of an item that was taken. Waits for nothing. */
  report(queue: QueueSubject, id: unknown, as: "done" | "giveBack" | "setAside"): void {
    this.#tell(queue, as, id);
  }

  /** The value as bytes that only this library reads. @throws SerializationError */
  pack(value: unknown): Uint8Array<ArrayBuffer> {
    return clients.within(this, () => encodeForProcess(value));
  }

  unpack(bytes: Uint8Array): unknown {
    return clients.within(this, () => decodeFromStranger(bytes));
  }

  /**
   * The value of an item.
   * @throws SerializationError nobody could read it; it is among the dead letters if there are any, and else stays this
   *   client's until it ends
   */
  read(queue: QueueSubject, { id, value }: Handed): unknown {
    try {
      return this.unpack(value);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const isSetAside = queue.maxDeliveries > 0;
      if (isSetAside) this.#tell(queue, "setAside", id);
      const where = isSetAside ? "is among its dead letters" : "stays in it";
      throw new SerializationError(`An item of the queue cannot be read, and ${where}: ${why}`, { cause: error });
    }
  }

  leave(): void {
    this.#line.leave();
  }

  close(): void {
    if (this.isGone) return;
    this.leave();
    this.#line.close();
    clients.forget(this);
  }

  #taskDone({ subject, inHand }: Owned): void {
    const id = inHand.shift();
    if (id === undefined) throw new StateError("taskDone() was called more often than this thread took items.");
    this.#tell(subject, "done", id);
  }

  #receiver(owned: Owned, method: string): Receiver {
    const isItem = method === "get" || method === "receive";
    return {
      read: (answer) => this.#opened(owned, method, answer),
      late: (answer) => {
        if (isItem && !this.isGone) this.#tell(owned.subject, "giveBack", (answer as Handed).id);
      },
    };
  }

  #tell(subject: QueueSubject, method: string, id: unknown): void {
    this.#line.tell(subject, method, [id]);
  }

  /** The values in it as bytes. @throws Unsupported */
  #packed(subject: QueueSubject, method: string, args: readonly unknown[]): readonly unknown[] {
    if (method === "put") return [this.pack(args[0]), args[1], priorityOf(subject, args[0])];
    const unsupported = unsupportedByQueue(method);
    if (unsupported !== undefined) throw unsupported;
    return args;
  }

  #opened({ subject, inHand }: Owned, method: string, answer: unknown): unknown {
    if (method === "full") return subject.maxsize > 0 && (answer as number) >= subject.maxsize;
    if (method !== "get") return answer;
    const handed = answer as Handed;
    const value = this.read(subject, handed);
    inHand.push(handed.id);
    return value;
  }

  #owned(object: number): Owned {
    const owned = this.#known.get(object);
    if (owned === undefined) throw new StateError("This queue of RabbitMQ is not known here.");
    return owned;
  }

  #number(subject: QueueSubject): number {
    const name = JSON.stringify(Object.values(subject));
    const known = this.#known.numberOf(name);
    if (known !== undefined) return known;
    const number = ++this.#queues;
    this.#known.add(number, name, new Owned(subject));
    this.#line.know(subject);
    return number;
  }
}

/** In the words of the connections' thread. */
function wordFor(method: string): string {
  if (method === "receive") return "get";
  return method === "full" ? "qsize" : method;
}

/** The smallest item leaves first, and with RabbitMQ the one of the largest priority. @throws TypeError @throws RangeError it knows no such priority */
function priorityOf({ kind, priorities }: QueueSubject, item: unknown): number {
  if (kind !== PRIORITY_QUEUE) return 0;
  checkPriority(item as Prioritized);
  const priority: unknown = Array.isArray(item) ? item[0] : item;
  if (Number.isInteger(priority) && (priority as number) >= 0 && (priority as number) < priorities) {
    return priorities - 1 - (priority as number);
  }
  throw new RangeError(
    `RabbitMQ knows few priorities, here whole numbers from 0 to ${priorities - 1}, and not ${JSON.stringify(priority)}.`,
  );
}

function gone(): ConnectionClosedError {
  return new ConnectionClosedError("The connection to RabbitMQ is closed.");
}

const clients = new Clients((place: RabbitPlace) => new RabbitClient(place));

/** This thread's client for that place; it connects when it is first used. */
export function rabbitClientOf(place: RabbitPlace): RabbitClient {
  return clients.of(place);
}

/** The client of a proxy of RabbitMQ, and the number of its queue. @throws TypeError it is none */
export function clientOfProxy(proxy: object): { readonly client: RabbitClient; readonly id: number } {
  return reachedBy(proxy, RabbitClient, "RabbitMQ");
}

letProxiesTravel({
  product: "RabbitMQ",
  type: RabbitClient,
  clients,
  checked: checkedSubject,
  refusal: () => new SerializationError("A queue of one server of RabbitMQ cannot be in an item of another one."),
});

/** @throws TypeError somebody else made it up */
function checkedSubject(subject: QueueSubject): QueueSubject {
  const { kind, name, maxsize, maxDeliveries, priorities, prefetch } = subject;
  const isKnown = (kind === QUEUE || kind === PRIORITY_QUEUE) && typeof name === "string";
  const numbers = [maxsize, maxDeliveries, priorities, prefetch];
  if (!isKnown || !numbers.every((each) => Number.isInteger(each) && each >= 0)) {
    throw new TypeError("A proxy of RabbitMQ came that is none.");
  }
  return { kind, name, maxsize, maxDeliveries, priorities, prefetch };
}
