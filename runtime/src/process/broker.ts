/** Queues between processes, in the helper of the thread that made them; their users connect to it. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { ANSWERS, ASKS, answerOf, type BrokerRequest, readRequest } from "./broker-messages.js";
import { BrokerQueue, type GetOutcome, type PutOutcome } from "./broker-queue.js";
import { headerOf, serveFrames } from "./frames.js";
import { admit } from "./handshake.js";
import { privatePath } from "./private-path.js";

/** Where a broker is, and what its clients know. */
export interface BrokerAddress {
  readonly path: string;
  readonly key: Uint8Array;
  /** What whoever started it removes at the end. */
  readonly folder: string | undefined;
}

/** A message that the broker does not look into. */
type Item = Uint8Array;

const KEY_BYTES = 32;

export class Broker {
  readonly address: BrokerAddress;
  readonly #queues = new Map<number, BrokerQueue<Item>>();
  #made = 0;

  private constructor(address: BrokerAddress) {
    this.address = address;
  }

  static async start(): Promise<Broker> {
    const meeting = privatePath();
    const broker = new Broker({ ...meeting, key: new Uint8Array(randomBytes(KEY_BYTES)) });
    const server = createServer({ pauseOnConnect: true }, (socket) => void broker.#welcome(socket));
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(meeting.path, resolve)).catch(
      (error: unknown) => {
        if (meeting.folder !== undefined) rmSync(meeting.folder, { recursive: true, force: true });
        throw error;
      },
    );
    server.on("error", () => {}); // too many open files, say: who could not connect hears of it, all others go on
    return broker;
  }

  /** The number of a new queue. */
  makeQueue(maxsize: number): number {
    this.#queues.set(++this.#made, new BrokerQueue<Item>(maxsize));
    return this.#made;
  }

  async #welcome(socket: Socket): Promise<void> {
    socket.on("error", () => {}); // `close` follows
    try {
      await admit(socket, this.address.key);
    } catch {
      socket.destroySoon();
      return;
    }
    const client = new Client(socket, this.#queues);
    serveFrames(
      socket,
      (message) => client.hear(readRequest(message)),
      () => client.leave(),
    );
  }
}

/** An item that a client got and has not seen so far. */
interface InHand {
  readonly queue: BrokerQueue<Item>;
  readonly item: Item;
}

/** A thread of some process that uses the queues. */
class Client {
  readonly #socket: Socket;
  readonly #queues: ReadonlyMap<number, BrokerQueue<Item>>;
  /** By the numbers of requests: what gives up the wait. */
  readonly #waiting = new Map<number, () => void>();
  readonly #inHand = new Map<number, InHand>();

  constructor(socket: Socket, queues: ReadonlyMap<number, BrokerQueue<Item>>) {
    this.#socket = socket;
    this.#queues = queues;
  }

  hear(request: BrokerRequest): void {
    const { number, asks, timeout, item } = request;
    const queue = this.#queues.get(request.queue);
    if (queue === undefined) return this.#answer(number, ANSWERS.refused);
    switch (asks) {
      case ASKS.put:
        return this.#wait<PutOutcome>(
          number,
          (done) => queue.put(item, timeout, done),
          (outcome) => this.#answer(number, outcome === "in" ? ANSWERS.done : ANSWERS.late),
        );
      case ASKS.send:
        return void queue.put(item, 0, () => {});
      case ASKS.get:
        return this.#wait<GetOutcome<Item>>(
          number,
          (done) => queue.get(timeout, done),
          (outcome) => {
            if (typeof outcome === "string") return this.#answer(number, ANSWERS.late);
            this.#inHand.set(number, { queue, item: outcome.item });
            this.#answer(number, ANSWERS.done, outcome.item);
          },
        );
      case ASKS.keep:
        return void this.#inHand.delete(number);
      case ASKS.cancel:
        return this.#cancel(number);
      case ASKS.size:
        return this.#answer(number, ANSWERS.done, sizeOf(queue));
      case ASKS.taskDone:
        return this.#answer(number, queue.taskDone() ? ANSWERS.done : ANSWERS.refused);
      case ASKS.join:
        return this.#wait(
          number,
          (done) => queue.join(() => done(undefined)),
          () => this.#answer(number, ANSWERS.done),
        );
      default:
        return this.#answer(number, ANSWERS.refused);
    }
  }

  /** It is gone, and gets nothing any more: what it has not seen is for others, in the order in which it was put. */
  leave(): void {
    for (const giveUp of this.#waiting.values()) giveUp();
    this.#waiting.clear();
    const inHand = [...this.#inHand.values()].reverse();
    this.#inHand.clear();
    for (const { queue, item } of inHand) queue.putBack(item);
    for (const { queue } of inHand) queue.serve();
  }

  #wait<T>(number: number, begin: (done: (result: T) => void) => () => void, end: (result: T) => void): void {
    let isOver = false;
    const giveUp = begin((result) => {
      isOver = true;
      this.#waiting.delete(number);
      end(result);
    });
    if (!isOver) this.#waiting.set(number, giveUp);
  }

  #cancel(number: number): void {
    const giveUp = this.#waiting.get(number);
    if (giveUp !== undefined) {
      giveUp();
      this.#waiting.delete(number);
      this.#answer(number, ANSWERS.late); // each request has one answer, also where nobody wants it any more
    }
    const held = this.#inHand.get(number);
    this.#inHand.delete(number);
    held?.queue.putBack(held.item);
    held?.queue.serve();
  }

  #answer(number: number, status: number, payload?: Uint8Array): void {
    const message = answerOf(number, status, payload);
    this.#socket.cork();
    this.#socket.write(headerOf(message.length));
    this.#socket.write(message);
    this.#socket.uncork();
  }
}

function sizeOf(queue: BrokerQueue<Item>): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, queue.size, true);
  return payload;
}
