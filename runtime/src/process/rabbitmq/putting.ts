/** Items on their way into a queue: each is in it when the server has confirmed that, and not before. */
import { ConnectionClosedError, Full } from "../../errors.js";
import { inTime, Late, pauseFor } from "../engine/deadlines.js";
import { type Call, Cancelled } from "../engine/engine-thread.js";
import { declareAgain, queueName } from "./declaring.js";
import type { ConfirmChannel } from "./driver.js";
import { Lane, type OpenLane } from "./lane.js";
import type { QueueSubject } from "./rabbit-messages.js";
import { type Link, messageOf, refusalIn, type Session } from "./session.js";

/** Milliseconds between two attempts to put an item into a full queue: nobody says when there is room. */
const SHORTEST_WAIT = 5;
const LONGEST_WAIT = 200;

/** `missing`: there is no such queue any more. `unsent`: there is no such channel any more. */
type Outcome = "in" | "full" | "missing" | "unsent";

/** An item that was sent. */
interface Sent {
  settle(outcome: Outcome): void;
  fail(error: Error): void;
  isMissing: boolean;
}

export class Putting {
  readonly #session: Session;
  readonly #subject: QueueSubject;
  readonly #lane: Lane<ConfirmChannel>;
  /** By their numbers: items whose confirmation is awaited. */
  readonly #unconfirmed = new Map<string, Sent>();
  #numbers = 0;
  /** Puts under way. */
  #puts = 0;

  constructor(session: Session, subject: QueueSubject) {
    this.#session = session;
    this.#subject = subject;
    this.#lane = new Lane(session, {
      open: async ({ puts }) => {
        const channel = await puts.createConfirmChannel();
        channel.on("return", ({ properties: { messageId = "" } }) => {
          const sent = this.#unconfirmed.get(messageId);
          if (sent !== undefined) sent.isMissing = true;
        });
        return channel;
      },
      ended: (_, reason) => this.#failAll(reason),
    });
  }

  /**
   * Puts an item into the queue.
   * @throws Full no room in time
   * @throws ConnectionClosedError the connection was lost, and nobody knows whether it is in; or there was none
   * @throws StateError the server refuses it
   */
  async put(call: Call): Promise<void> {
    this.#puts++;
    try {
      await this.#put(call);
    } finally {
      this.#puts--;
    }
  }

  get isBusy(): boolean {
    return this.#puts > 0 || this.#unconfirmed.size > 0;
  }

  close(): void {
    this.#lane.close();
  }

  async #put(call: Call): Promise<void> {
    const [value, timeout, priority] = call.args as [Uint8Array, number, number];
    const end = performance.now() + timeout;
    for (let wait = SHORTEST_WAIT; ; wait = Math.min(LONGEST_WAIT, 2 * wait)) {
      // The time that is given is for room, not for reaching the server.
      const lane = await this.#opened(Math.max(end, this.#session.soon()), call.cancelled);
      if (!(await this.#unblocked(lane.link, end, call.cancelled))) continue;
      const outcome = await this.#sent(this.#send(lane, value, priority), timeout, end);
      if (outcome === "in") return;
      if (outcome === "unsent") continue;
      if (outcome === "missing") {
        await declareAgain(this.#session, this.#subject, this.#session.soon());
        continue;
      }
      const left = end - performance.now();
      if (left < 1) throw new Full("The queue is full.");
      await unlessAborted(pauseFor(Math.min(wait, left)), call.cancelled);
    }
  }

  async #opened(deadline: number, cancelled: AbortSignal): Promise<OpenLane<ConfirmChannel>> {
    try {
      return await unlessAborted(this.#lane.opened(deadline), cancelled);
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      throw new ConnectionClosedError("RabbitMQ could not be reached in time: the item is not in the queue.");
    }
  }

  /** Waits until the server takes items. False: the link is another one by now. @throws Full */
  async #unblocked(link: Link, end: number, cancelled: AbortSignal): Promise<boolean> {
    while (link.blocked !== undefined && !link.isGone) {
      let hear = (): void => {};
      const unblocked = new Promise<void>((resolve) => {
        hear = resolve;
        link.unblocking.add(resolve);
      });
      try {
        await unlessAborted(inTime(unblocked, end), cancelled);
      } catch (error) {
        if (error instanceof Late) throw new Full(`RabbitMQ takes no items at the moment: ${link.blocked}.`);
        throw error;
      } finally {
        link.unblocking.delete(hear);
      }
    }
    return !link.isGone;
  }

  /** Once it is sent, its end is waited for, also for longer than the timeout: only that tells where the item is. */
  async #sent(answer: Promise<Outcome>, timeout: number, end: number): Promise<Outcome> {
    const deadline = timeout === Number.POSITIVE_INFINITY ? timeout : Math.max(end, this.#session.soon());
    try {
      return await inTime(answer, deadline);
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      throw new ConnectionClosedError(
        "RabbitMQ did not answer in time: whether the item is in the queue is not known.",
      );
    }
  }

  #send(lane: OpenLane<ConfirmChannel>, value: Uint8Array, priority: number): Promise<Outcome> {
    const { channel, link } = lane;
    const number = String(++this.#numbers);
    const answer = new Promise<Outcome>((settle, fail) => {
      const sent: Sent = { settle, fail, isMissing: false };
      this.#unconfirmed.set(number, sent);
      const options = { mandatory: true, persistent: true, messageId: number, priority };
      try {
        channel.publish("", queueName(this.#subject), bufferOf(value), options, (error) => {
          if (!this.#unconfirmed.delete(number)) return; // the channel has ended before
          // Who ends the channel tells in a moment why.
          if (error !== null && messageOf(error) !== "message nacked") this.#unconfirmed.set(number, sent);
          else settle(sent.isMissing ? "missing" : error === null ? "in" : "full");
        });
      } catch (error) {
        this.#unconfirmed.delete(number);
        if ((error as Error).name !== "IllegalOperationError") return fail(error as Error);
        lane.isGone = true; // and it was never sent
        settle("unsent");
      }
    });
    return link.answered(answer, true);
  }

  #failAll(reason: Error | undefined): void {
    const all = [...this.#unconfirmed.values()];
    this.#unconfirmed.clear();
    // It is not known which of several the server means.
    const refusal = all.length === 1 ? refusalIn(reason) : undefined;
    for (const { fail } of all) fail(refusal ?? unknown(reason));
  }
}

function unknown(reason: Error | undefined): Error {
  const why =
    reason === undefined ? "The connection to RabbitMQ was lost" : `RabbitMQ ended the channel (${reason.message})`;
  return new ConnectionClosedError(`${why} in the middle of a put: whether the item is in the queue is not known.`);
}

/** @throws Cancelled the call was, before anything was sent */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Cancelled());
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
  });
  promise.catch(() => {}); // if nobody waits for it any more
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function bufferOf(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
