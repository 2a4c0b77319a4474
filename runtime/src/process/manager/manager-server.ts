/** A manager's server: admits clients, and performs their calls one after the other, as Python's does under its lock. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { sendable } from "../../task-run.js";
import { framed, serveFrames } from "../frames.js";
import { admit } from "../handshake.js";
import { areModulesLoaded, loadForWork } from "../process-codec.js";
import { SILENCE, type Target } from "./address.js";
import { decodeFor, encodeFor, type Side, type Token, within } from "./managed.js";
import type { Place } from "./manager-client.js";
import {
  ANSWER_OFFSET,
  ANSWERS,
  ASKS,
  answerOf,
  MANAGER,
  type Request,
  RINGS,
  readRequest,
} from "./manager-messages.js";
import {
  type Abandonable,
  type Call,
  type GivenUp,
  LATER,
  type PutBack,
  perform,
  Served,
  type ServedClient,
} from "./served.js";
import { ServedObjects } from "./served-objects.js";

/** Connections that have not shown yet that they know the key. The oldest goes for one more: who knows it, needs moments. */
const MOST_STRANGERS = 256;
/** Milliseconds for that of TLS. */
const HANDSHAKE = 10_000;

export class ManagerServer {
  readonly objects = new ServedObjects();
  /** The server's own name. */
  readonly name = crypto.randomUUID();
  readonly manager: Served;
  readonly #key: Uint8Array;
  readonly #server: Server;
  readonly #strangers = new Set<Socket>();
  /** Lines on which clients that sleep are woken. */
  readonly #bells = new Map<number, Client>();
  #bellsMade = 0;

  /** `tls`: options of `tls.createServer`. `manager` is the object that makes all others. @throws Error the options are none */
  constructor(key: Uint8Array, tls: object | undefined, manager: (server: ManagerServer) => Served) {
    this.#key = key;
    this.manager = manager(this);
    const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: SILENCE };
    this.#server =
      tls === undefined
        ? createServer({ ...options, pauseOnConnect: true }, (socket) => void this.#welcome(socket, socket))
        : createSecureServer({ ...options, handshakeTimeout: HANDSHAKE, ...tls }, (socket) => {
            const ends = endsOf(socket);
            const known = [...this.#strangers].find((stranger) => endsOf(stranger) === ends);
            void this.#welcome(socket.pause(), known ?? socket);
          });
    this.#server.on("connection", (socket: Socket) => this.#meet(socket));
    this.#server.on("tlsClientError", () => {}); // who cannot do it is hung up on
  }

  /** Where it listens then. @throws Error as of `net.Server.listen` */
  async listen(target: Target): Promise<Target> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(target, resolve));
    server.on("error", () => {}); // too many open files, say: who could not connect hears of it, all others go on
    const address = server.address();
    if ("path" in target || address === null || typeof address === "string") return target;
    return { host: target.host, port: address.port };
  }

  /** The client's line is one that only wakes it; its number. */
  addBell(client: ServedClient): number {
    this.#bells.set(++this.#bellsMade, client as Client);
    return this.#bellsMade;
  }

  ring(bell: number, call: number, says: number): void {
    this.#bells.get(bell)?.ring(call, says);
  }

  /** Runs what sends values to processes of the server, which find it where a client says that it is. */
  toWorkers(place: Place, run: () => void): void {
    const { address, key, tls } = place;
    const depart = (value: object): Token | undefined => {
      if (value instanceof Foreign) return value.token;
      if (!(value instanceof Served)) return undefined;
      const [id, server] = [this.objects.addPin(value), this.name];
      return { id, kind: value.kind, server, address, key, tls, isPinned: true, isStrange: false };
    };
    within({ isStrange: false, depart, arrive: nowhere }, run);
  }

  /** From its first moment on, also before there is TLS. */
  #meet(socket: Socket): void {
    socket.on("error", () => {}); // `close` follows
    const [oldest] = this.#strangers;
    if (this.#strangers.size >= MOST_STRANGERS) oldest?.destroy();
    this.#strangers.add(socket);
    socket.on("close", () => this.#strangers.delete(socket));
  }

  /** `stranger` is what the socket's bytes come by. */
  async #welcome(socket: Socket, stranger: Socket): Promise<void> {
    socket.on("error", () => {}); // `close` follows
    try {
      await admit(socket, this.#key);
    } catch {
      socket.destroySoon();
      return;
    } finally {
      this.#strangers.delete(stranger);
    }
    const client = new Client(socket, this);
    const left = (): void => {
      client.leave();
      for (const [bell, each] of this.#bells) if (each === client) this.#bells.delete(bell);
    };
    serveFrames(socket, (message) => client.hear(readRequest(message)), left);
  }
}

function nowhere(): never {
  throw new Error("Nothing arrives on the way to a worker.");
}

/** Which connection it is: two hosts may use the same port. Those with TLS have a host and a port at both ends. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** A proxy of another manager's object, which the server keeps for its clients and does not use. */
class Foreign {
  readonly token: Token;

  /** It may leave more than once, so the object stays pinned there. */
  constructor(token: Token) {
    this.token = { ...token, isPinned: false };
  }
}

class Client implements ServedClient, Side {
  /** Who knows the key may have any module loaded here. */
  readonly isStrange = false;
  holder = "";
  readonly held = new Set<Abandonable>();
  readonly #socket: Socket;
  readonly #server: ManagerServer;
  /** By the numbers of calls: what gives up the wait. */
  readonly #waiting = new Map<number, (why: GivenUp) => "answers" | undefined>();
  /** By the numbers of calls: what puts an item back that the client has not seen so far. */
  readonly #inHand = new Map<number, PutBack>();
  /** How many proxies it has, by the numbers of their objects. */
  readonly #proxies = new Map<number, number>();
  readonly #unanswered = new Set<number>();
  /** By the numbers of calls: the bell that rings when it is answered. */
  readonly #ringing = new Map<number, number>();
  /** While modules are loaded for the first of these. */
  readonly #requests: Request[] = [];
  #isLoading = false;
  /** Whether it has not read so far what it was answered. */
  #isFull = false;
  #hasLeft = false;

  constructor(socket: Socket, server: ManagerServer) {
    this.#socket = socket;
    this.#server = server;
    socket.on("drain", () => {
      this.#isFull = false;
      socket.resume();
      if (!this.#isLoading) this.#workOff();
    });
  }

  /** All that a client asks for happens in the order in which it asks. */
  hear(request: Request): void {
    this.#requests.push(request);
    if (!this.#isLoading) this.#workOff();
  }

  /** It is gone: what it has not seen is for others, in the order in which it was, and so is what it held. */
  leave(): void {
    this.#hasLeft = true;
    // What it had asked for before it went is done, and answered to nobody.
    this.#isFull = false;
    if (!this.#isLoading) this.#workOff();
    this.#requests.length = 0;
    for (const giveUp of this.#waiting.values()) giveUp("left");
    this.#waiting.clear();
    const inHand = [...this.#inHand.values()].reverse();
    this.#inHand.clear();
    const serve = inHand.map((putBack) => putBack()); // all are back before anybody gets one
    for (const each of serve) each();
    for (const held of [...this.held]) held.abandon(this);
    for (const [id, count] of this.#proxies) this.#server.objects.dropProxies(id, count);
    this.#proxies.clear();
  }

  depart(value: object): Token | undefined {
    if (value instanceof Foreign) return value.token;
    if (!(value instanceof Served)) return undefined;
    const own = this.#server.objects.addProxy(value);
    this.#count(own, 1);
    return { own, kind: value.kind, name: this.#server.objects.nameOf(value) };
  }

  arrive(token: Token): object {
    if ("own" in token) return this.#server.objects.get(token.own);
    if (token.server !== this.#server.name) return new Foreign(token);
    const served = this.#server.objects.get(token.id);
    if (token.isPinned) this.#server.objects.pin(token.id, -1);
    return served;
  }

  #workOff(): void {
    while (!this.#isFull) {
      const request = this.#requests.shift();
      if (request === undefined) return;
      if (request.asks === ASKS.call && !areModulesLoaded(request.call)) return void this.#load(request);
      this.#obey(request);
    }
  }

  async #load(request: Request): Promise<void> {
    this.#isLoading = true;
    try {
      await loadForWork(request.call);
      if (!this.#hasLeft) this.#obey(request);
    } catch (error) {
      this.#answer(request.number, ANSWERS.error, error);
    }
    this.#isLoading = false;
    this.#workOff();
  }

  #obey({ number, asks, object, call }: Request): void {
    const { objects } = this.#server;
    switch (asks) {
      case ASKS.call:
        return this.#call(number, object, call);
      case ASKS.cancel:
        return this.#cancel(number);
      case ASKS.keep:
        return void this.#inHand.delete(number);
      case ASKS.claim:
      case ASKS.hold:
        if (objects.claim(object)) this.#count(object, 1);
        if (asks === ASKS.claim) objects.pin(object, -1);
        return;
      case ASKS.drop:
        return this.#drop(object);
      case ASKS.pin:
        return objects.pin(object, 1);
      case ASKS.ring:
        if (!this.#unanswered.has(number)) return this.#server.ring(object, number, RINGS.answered);
        this.#ringing.set(number, object);
        return this.#server.ring(object, number, RINGS.noted);
    }
  }

  #call(number: number, object: number, message: Uint8Array): void {
    let isOver = false;
    this.#unanswered.add(number);
    const answer = (status: number, value: unknown): void => {
      if (isOver) return;
      isOver = true;
      this.#waiting.delete(number);
      this.#answer(number, status, value);
    };
    try {
      const served = object === MANAGER ? this.#server.manager : this.#server.objects.get(object);
      const [method, ...args] = decodeFor(this, message) as [string, ...unknown[]];
      const call: Call = {
        client: this,
        args,
        answer: (value) => answer(ANSWERS.value, value),
        fail: (error) => answer(ANSWERS.error, error),
        hand: (item, putBack) => {
          this.#inHand.set(number, putBack);
          answer(ANSWERS.value, item);
        },
        whenGivenUp: (giveUp) => {
          if (!isOver) this.#waiting.set(number, giveUp);
        },
      };
      const result = perform(served, method, call);
      if (result instanceof Promise) result.then((value) => value === LATER || call.answer(value), call.fail);
      else if (result !== LATER) call.answer(result);
    } catch (error) {
      answer(ANSWERS.error, error);
    }
  }

  #cancel(number: number): void {
    const giveUp = this.#waiting.get(number);
    // What answers itself still waits for something until it does, and gives that up if the client leaves first.
    if (giveUp !== undefined && giveUp("cancelled") === undefined) {
      this.#waiting.delete(number);
      this.#answer(number, ANSWERS.cancelled, undefined);
    }
    const putBack = this.#inHand.get(number);
    this.#inHand.delete(number);
    putBack?.()();
  }

  #count(id: number, by: number): void {
    this.#proxies.set(id, (this.#proxies.get(id) ?? 0) + by);
  }

  #drop(id: number): void {
    const had = this.#proxies.get(id) ?? 0;
    if (had === 0) return;
    if (had > 1) this.#proxies.set(id, had - 1);
    else this.#proxies.delete(id);
    this.#server.objects.dropProxies(id, 1);
  }

  /** Wakes the client, which sleeps. */
  ring(call: number, says: number): void {
    if (!this.#hasLeft) this.#write(answerOf(call, says));
  }

  #answer(number: number, status: number, value?: unknown): void {
    this.#unanswered.delete(number);
    const bell = this.#ringing.get(number);
    this.#ringing.delete(number);
    if (this.#hasLeft) return;
    this.#write(this.#encoded(number, status, value));
    if (bell !== undefined) this.#server.ring(bell, number, RINGS.answered);
  }

  #write(message: Uint8Array): void {
    const socket = this.#socket;
    const hasRoom = socket.write(framed(message));
    // A client that asks and does not listen is not listened to, and what it has asked for already waits as well.
    if (hasRoom) return;
    this.#isFull = true;
    socket.pause();
  }

  /** A value that cannot travel is an error that can. */
  #encoded(number: number, status: number, value: unknown): Uint8Array<ArrayBuffer> {
    const travels = (content: unknown): Uint8Array<ArrayBuffer> => encodeFor(this, content, ANSWER_OFFSET);
    try {
      return answerOf(number, status, travels(value));
    } catch (reason) {
      const error = sendable(status === ANSWERS.error ? value : reason, travels);
      return answerOf(number, ANSWERS.error, travels(error));
    }
  }
}
