/** This thread's line to a manager's server: calls, and the answers by their numbers. */
import { throwIfAborted } from "../../abort.js";
import { deadlineAfter } from "../../deadline.js";
import { ConnectionClosedError } from "../../errors.js";
import { Line } from "../line.js";
import { ownHolder } from "../own-holder.js";
import { helper } from "../own-processes.js";
import { loadModulesOf } from "../process-codec.js";
import { SocketLine } from "../socket-line.js";
import { strangeTls } from "../strange-tls.js";
import { targetOf } from "./address.js";
import { decodeFor, encodeFor, type Side, setElsewhere, type Token } from "./managed.js";
import { ANSWERS, type Answer, ASKS, CALL_OFFSET, MANAGER, RINGS, readAnswer, requestOf } from "./manager-messages.js";
import { type Caller, type CallOptions, proxyFor, Remote, remoteOf, type SharedObject } from "./remote.js";

const FOR_EVER = Number.POSITIVE_INFINITY;
/** Milliseconds after which who is on the way to sleep, or has been woken, looks again. */
const RETRY = 1;

const PLAIN: CallOptions = {};

/** What ended the wait for an answer. */
interface Interruption {
  readonly error: unknown;
}

/** A call about to be sent. */
interface Sent {
  readonly number: number;
  readonly message: Uint8Array<ArrayBuffer>;
}

/** What is known of a call that nobody waits for any more. */
interface Forgotten {
  readonly object: number;
  readonly isTaken: ((value: unknown) => boolean) | undefined;
}

/** Where a manager is. */
export interface Place {
  readonly address: string;
  readonly key: Uint8Array;
  /** Options of `tls.connect`; undefined: without TLS. */
  readonly tls?: object | undefined;
}

export class ManagerClient implements Side, Caller {
  readonly place: Place;
  /** The server's own name. */
  readonly server: string;
  /** Nobody but a stranger's message has named it so far. */
  isStrange: boolean;
  readonly #line: Line | SocketLine;
  /** Wakes this thread when it sleeps, where the line cannot: from the first time on that it does. */
  #bell: Bell | undefined;
  readonly #answers = new Map<number, Answer>();
  readonly #forgotten = new Map<number, Forgotten>();
  #requests = 0;

  /** Blocks for the moment that it takes to connect. @throws AuthenticationError @throws ConnectionClosedError */
  constructor(place: Place, isStrange: boolean) {
    this.place = place;
    this.isStrange = isStrange;
    const target = targetOf(place.address);
    // Another host is so far away that the ways within this one do not count.
    this.#line = ("path" in target ? SocketLine.connect(target.path, place.key) : undefined) ?? lineTo(place);
    this.server = this.call(MANAGER, "hello", [ownHolder()]) as string;
  }

  get isGone(): boolean {
    return this.#line.isGone;
  }

  /** Calls a method, and blocks until it is done. Throws what it throws. @throws ConnectionClosedError the server ended */
  call(object: number, method: string, args: readonly unknown[], options = PLAIN): unknown {
    const { number, message } = this.#request(object, method, args);
    this.#line.sendWhenRoom(message, this.#take);
    const isAnswered = (): boolean => this.#has(number);
    let isOver = false;
    let interruption: Interruption | undefined;
    try {
      try {
        this.#wait(number, isAnswered);
      } catch (error) {
        interruption = { error };
        this.#tell(ASKS.cancel, number);
        if (options.counts === undefined) throw error;
        this.#wait(number, isAnswered);
      }
      isOver = true;
    } finally {
      if (!isOver) this.#forget(number, object, options);
    }
    return this.#end(number, options, interruption);
  }

  /** Like `call` without blocking the thread; loads the modules of what arrives, unless it is a stranger's. */
  async callAsync(object: number, method: string, args: readonly unknown[], options = PLAIN): Promise<unknown> {
    throwIfAborted(options.signal);
    const { number, message } = this.#request(object, method, args);
    if (!(await this.#line.sendAsync(message, options.signal, this.#take))) throw gone();
    const isAnswered = (): boolean => this.#has(number);
    let isOver = false;
    let interruption: Interruption | undefined;
    try {
      try {
        await this.#line.waitAsync(FOR_EVER, isAnswered, options.signal);
      } catch (error) {
        interruption = { error };
        this.#tell(ASKS.cancel, number);
        if (options.counts === undefined) throw error;
        await this.#line.waitAsync(FOR_EVER, isAnswered);
      }
      isOver = true;
    } finally {
      if (!isOver) this.#forget(number, object, options);
    }
    const answer = this.#answers.get(number);
    if (answer !== undefined && answer.status !== ANSWERS.cancelled && !this.isStrange) {
      try {
        await loadModulesOf(answer.content);
      } catch (error) {
        this.#answers.delete(number);
        if (options.isItem) this.#tell(ASKS.keep, number);
        throw error;
      }
    }
    return this.#end(number, options, interruption);
  }

  /** One more proxy of the object, which came with a message. */
  hold(object: number, isPinned: boolean): void {
    this.#tell(isPinned ? ASKS.claim : ASKS.hold, 0, object);
  }

  /** A proxy is gone. Calls that wait for room may still need it. */
  drop(object: number): void {
    if (!this.#line.isGone) this.#line.sendBehind(requestOf(0, ASKS.drop, object));
  }

  shared({ id, name }: Remote): SharedObject {
    return { text: `${this.server} ${id}`, name };
  }

  /** A proxy is on its way to another client. */
  pin(object: number): void {
    this.#tell(ASKS.pin, 0, object);
  }

  depart(value: object): Token | undefined {
    const remote = remoteOf(value);
    return remote?.client === this ? { own: remote.id, kind: remote.kind, name: remote.name } : elsewhere.depart(value);
  }

  arrive(token: Token, isStrange: boolean): object {
    return "own" in token
      ? proxyFor(new Remote(this, token.own, token.kind, token.name))
      : elsewhere.arrive(token, isStrange);
  }

  close(): void {
    this.#line.close();
    this.#bell?.line.close();
  }

  /** Blocks until the call of that number is answered. */
  #wait(number: number, isAnswered: () => boolean): void {
    const line = this.#line;
    if (line instanceof Line) line.wait(FOR_EVER, isAnswered);
    else line.wait(isAnswered, (look) => this.#sleep(line, number, look));
  }

  /**
   * Sleeps until the server rings, which it does when it has answered, and until `look` says that it is so. It has to have
   * heard of that before: it may listen to nobody who does not read.
   */
  #sleep(line: SocketLine, number: number, look: () => boolean): void {
    this.#bell ??= bellOf(this, this.place);
    const { id, line: bell } = this.#bell;
    this.#tell(ASKS.ring, number, id);
    line.flushAll();
    let says: number | undefined;
    for (let isOver = false; !isOver; ) {
      const before = says;
      const deadline = says === RINGS.noted ? FOR_EVER : deadlineAfter(RETRY);
      bell.wait(deadline, () => {
        says = heard(bell, number) ?? says;
        isOver = look();
        return isOver || says !== before;
      });
    }
  }

  #request(object: number, method: string, args: readonly unknown[]): Sent {
    const content = encodeFor(this, [method, ...args], CALL_OFFSET);
    if (this.#line.isGone) throw gone();
    const number = this.#next();
    return { number, message: requestOf(number, ASKS.call, object, content) };
  }

  #tell(asks: number, number: number, object = MANAGER): void {
    if (!this.#line.isGone) this.#line.send(requestOf(number, asks, object));
  }

  #next(): number {
    this.#requests = (this.#requests + 1) >>> 0;
    return this.#requests;
  }

  #has(number: number): boolean {
    return !this.#take() || this.#answers.has(number);
  }

  /**
   * Takes what has arrived. The server listens to nobody who leaves too much of it where it is, so who waits for room does
   * this, too. False: nothing comes any more.
   */
  readonly #take = (): boolean => {
    const line = this.#line;
    while (line.hasNews()) {
      const message = line.peek();
      if (message === undefined) return false;
      line.shift();
      const answer = readAnswer(message);
      if (!this.#isForgotten(answer)) this.#answers.set(answer.number, answer);
    }
    return true;
  };

  #forget(number: number, object: number, { isTaken }: CallOptions): void {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    this.#forgotten.set(number, { object, isTaken });
    if (answer !== undefined) this.#isForgotten(answer);
  }

  /** What it took nevertheless is released, and nobody waits for that. */
  #isForgotten({ number, status, content }: Answer): boolean {
    const forgotten = this.#forgotten.get(number);
    if (forgotten === undefined) return false;
    this.#forgotten.delete(number);
    if (status !== ANSWERS.value || forgotten.isTaken?.(decodeFor(this, content)) !== true) return true;
    const release = this.#request(forgotten.object, "release", [1]);
    this.#forgotten.set(release.number, { object: forgotten.object, isTaken: undefined });
    this.#line.send(release.message);
    return true;
  }

  /** The value that the call gives, or what it throws. */
  #end(number: number, { isItem = false, counts }: CallOptions, interruption: Interruption | undefined): unknown {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (answer === undefined) throw gone();
    if (answer.status === ANSWERS.cancelled) throw interruption?.error;
    // From here on the item is this thread's, also if nobody can read it: it would be the next one for ever.
    if (isItem) this.#tell(ASKS.keep, number);
    const value = decodeFor(this, answer.content);
    if (answer.status === ANSWERS.error) throw value;
    if (interruption !== undefined && counts?.(value) !== true) throw interruption.error;
    return value;
  }
}

/** A line by the helper, which has the socket. @throws AuthenticationError @throws ConnectionClosedError */
export function lineTo({ address, key, tls }: Place): Line {
  const line = new Line();
  line.boot((end, port) => helper().ask({ do: "connect", end, target: targetOf(address), key, tls }, [port]));
  line.read();
  return line;
}

/** A line on which the server wakes this thread, and its number there. */
interface Bell {
  readonly line: Line;
  readonly id: number;
}

/** What the bell has said last of the call. */
function heard(bell: Line, number: number): number | undefined {
  let says: number | undefined;
  while (bell.hasNews()) {
    const message = bell.peek();
    if (message === undefined) return RINGS.answered; // it has ended: the other line tells
    bell.shift();
    const ring = readAnswer(message);
    if (ring.number === number) says = ring.status;
  }
  return says;
}

function bellOf(side: Side, place: Place): Bell {
  const line = lineTo(place);
  line.send(requestOf(1, ASKS.call, MANAGER, encodeFor(side, ["bell"], CALL_OFFSET)));
  line.wait(FOR_EVER, line.hasNews);
  const message = line.peek();
  if (message === undefined) throw gone();
  line.shift();
  return { line, id: decodeFor(side, readAnswer(message).content) as number };
}

function gone(): ConnectionClosedError {
  return new ConnectionClosedError("The manager's server has ended.");
}

/** One line to each manager. */
const clients = new Map<string, ManagerClient>();

/** This thread's client of the manager there; blocks for the moment it takes to connect. */
export function clientOf(place: Place, isStrange = false): ManagerClient {
  const name = `${place.address} ${Buffer.from(place.key).toString("base64")} ${JSON.stringify(place.tls)}`;
  const known = clients.get(name);
  if (known !== undefined && !known.isGone) {
    if (!isStrange) known.isStrange = false; // the program itself has named it now
    return known;
  }
  const client = new ManagerClient(place, isStrange);
  clients.set(name, client);
  return client;
}

function placeIn({ address, key, tls }: Place): Place {
  return { address, key, tls };
}

/** Between processes, and to the servers of other managers. */
const elsewhere: Side = {
  isStrange: false,
  depart(value) {
    const remote = remoteOf(value);
    if (!(remote?.client instanceof ManagerClient)) return undefined; // other engines' proxies travel in other ways
    const { id, kind, name, client } = remote;
    client.pin(id);
    const { address, key, tls } = client.place;
    const { isStrange } = client;
    return { id, kind, name, server: client.server, address, key, tls, isPinned: true, isStrange };
  },
  arrive(token, isStrange) {
    if ("own" in token) throw new Error("A proxy came without its manager.");
    const { id, kind, name } = token;
    if (isStrange || token.isStrange) {
      return proxyFor(
        Remote.later(
          kind,
          () => {
            const client = clientOf({ ...placeIn(token), tls: strangeTls(token.tls) }, true);
            client.hold(id, false); // the message may be read more than once
            return { client, id };
          },
          name,
        ),
      );
    }
    const client = clientOf(placeIn(token));
    client.hold(id, token.isPinned);
    return proxyFor(new Remote(client, id, kind, name));
  },
};

setElsewhere(elsewhere);
