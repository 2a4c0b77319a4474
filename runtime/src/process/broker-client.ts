/** This thread's line to a broker of queues: requests, and the answers by their numbers. */
import type { Abort } from "../abort.js";
import { throwIfAborted } from "../abort.js";
import { ANSWERS, ASKS, type BrokerAnswer, readAnswer, requestOf } from "./broker-messages.js";
import { closedError, Line } from "./line.js";
import { helper } from "./own-processes.js";

const FOR_EVER = Number.POSITIVE_INFINITY;

export class BrokerClient {
  readonly line = new Line();
  readonly #answers = new Map<number, BrokerAnswer>();
  /** Requests that nobody waits for any more, and that may have been answered already. */
  readonly #forgotten = new Set<number>();
  #requests = 0;

  /** Blocks for the moment that it takes to connect. @throws AuthenticationError @throws ConnectionClosedError */
  constructor(path: string, key: Uint8Array) {
    this.line.boot((end, port) => helper().ask({ do: "connect", end, target: { path }, key, tls: undefined }, [port]));
    this.line.read();
  }

  /** Sends a request that has no answer; blocks while too much is on its way. */
  send(queue: number, asks: number, message?: Uint8Array<ArrayBuffer>): void {
    this.line.sendWhenRoom(requestOf(this.#next(), queue, asks, 0, message));
  }

  /** Like `send` without blocking the thread. */
  async sendAsync(queue: number, asks: number, message: Uint8Array<ArrayBuffer>, signal?: Abort): Promise<void> {
    if (!(await this.line.sendAsync(requestOf(this.#next(), queue, asks, 0, message), signal))) throw closedError();
  }

  /**
   * Asks, and blocks until the answer is there. The broker has the timeout. What is interrupted has no effect that
   * anybody sees. @throws ConnectionClosedError
   */
  ask(queue: number, asks: number, timeout = 0, message?: Uint8Array<ArrayBuffer>): BrokerAnswer {
    const number = this.#request(queue, asks, timeout, message);
    const isAnswered = (): boolean => this.#has(number);
    let isOver = false;
    try {
      this.line.wait(FOR_EVER, isAnswered);
      isOver = true;
    } catch (error) {
      this.#cancel(queue, number);
      // It may have been put before the broker heard that: its one answer tells.
      if (asks === ASKS.put) this.line.wait(FOR_EVER, isAnswered);
      isOver = asks === ASKS.put && this.#answers.get(number)?.status === ANSWERS.done;
      if (!isOver) throw error;
    } finally {
      if (!isOver) this.#forget(number);
    }
    return this.#take(queue, number, asks);
  }

  /** Like `ask` without blocking the thread. What is aborted has no effect that anybody sees. */
  async askAsync(
    queue: number,
    asks: number,
    timeout = 0,
    { message, signal }: { message?: Uint8Array<ArrayBuffer>; signal?: Abort | undefined } = {},
  ): Promise<BrokerAnswer> {
    throwIfAborted(signal);
    const number = this.#request(queue, asks, timeout, message);
    const isAnswered = (): boolean => this.#has(number);
    let isOver = false;
    try {
      await this.line.waitAsync(FOR_EVER, isAnswered, signal);
      isOver = true;
    } catch (error) {
      this.#cancel(queue, number);
      // It may have been put before the broker heard that: its one answer tells.
      if (asks === ASKS.put) await this.line.waitAsync(FOR_EVER, isAnswered);
      isOver = asks === ASKS.put && this.#answers.get(number)?.status === ANSWERS.done;
      if (!isOver) throw error;
    } finally {
      if (!isOver) this.#forget(number);
    }
    return this.#take(queue, number, asks);
  }

  #request(queue: number, asks: number, timeout: number, message?: Uint8Array<ArrayBuffer>): number {
    const number = this.#next();
    this.line.send(requestOf(number, queue, asks, timeout, message));
    return number;
  }

  #next(): number {
    this.#requests = (this.#requests + 1) >>> 0;
    return this.#requests;
  }

  #has(number: number): boolean {
    const { line } = this;
    while (line.hasNews()) {
      const message = line.peek();
      if (message === undefined) return true; // nothing comes any more
      line.shift();
      const answer = readAnswer(message);
      if (!this.#forgotten.delete(answer.number)) this.#answers.set(answer.number, answer);
    }
    return this.#answers.has(number);
  }

  #take(queue: number, number: number, asks: number): BrokerAnswer {
    const answer = this.#answers.get(number);
    if (answer === undefined) throw closedError();
    this.#answers.delete(number);
    // From here on the item is this thread's.
    if (asks === ASKS.get && !this.line.isGone) this.line.send(requestOf(number, queue, ASKS.keep));
    return answer;
  }

  #cancel(queue: number, number: number): void {
    if (!this.line.isGone) this.line.send(requestOf(number, queue, ASKS.cancel));
  }

  #forget(number: number): void {
    if (!this.#answers.delete(number)) this.#forgotten.add(number);
  }
}

/** One line to each broker. */
const clients = new Map<string, BrokerClient>();

export function clientOf(path: string, key: Uint8Array): BrokerClient {
  const known = clients.get(path);
  if (known !== undefined) return known;
  const client = new BrokerClient(path, key);
  clients.set(path, client);
  return client;
}
