/** An end of a connection as the thread has it that owns it: its socket is the helper's (see helper-thread.ts). */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Abort } from "../abort.js";
import { allocateBlock, words } from "../arena.js";
import type { Deadline } from "../deadline.js";
import { ConnectionClosedError, SerializationError } from "../errors.js";
import { notify } from "../futex.js";
import { waitUntil, waitUntilAsync } from "../wait-until.js";
import { LONGEST_FRAME } from "./frames.js";
import {
  END_BYTES,
  type EndBoot,
  EVENTS,
  FEW_UNREAD,
  GONE,
  MOST_UNSENT,
  UNREAD,
  UNSENT,
  UNSENT_ALL,
} from "./helper-commands.js";
import { helper } from "./own-processes.js";

/** A message that waits for room. */
interface Parcel {
  readonly message: Uint8Array<ArrayBuffer>;
  /** What leaves right behind it, room or no room. */
  readonly followers: Uint8Array<ArrayBuffer>[];
  isSent: boolean;
}

let lines = 0;

export class Line {
  readonly id = ++lines;
  readonly #at = allocateBlock(END_BYTES);
  readonly #port: MessagePort;
  #far: MessagePort | undefined;
  /** Messages that were taken from the port. */
  readonly #inbox: Uint8Array[] = [];
  /** What async sends have that wait for room, in order. */
  readonly #outbox: Parcel[] = [];
  #isReading = false;
  #isClosed = false;
  #isAbandoned = false;
  /** Async waits under way: as long as there are some, the words stay this line's. */
  #waits = 0;

  /** An end that the helper is about to be told of, with `boot`. */
  constructor() {
    words.fill(0, this.#at, this.#at + END_BYTES / 4);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#far = port2;
    forgotten.register(this, this.id, this);
  }

  /** Calls `tell` with what the helper is to know, and the port that goes with it. Once only. */
  boot<T>(tell: (boot: EndBoot, port: MessagePort) => T): T {
    const port = this.#far as MessagePort;
    this.#far = undefined;
    return tell({ id: this.id, at: this.#at, port }, port);
  }

  /** The word that changes whenever something arrives, has left, or the line has ended. */
  get signal(): number {
    return this.#at + EVENTS;
  }

  /** Whether what arrives is read here; the socket cannot go to another process any more. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Has the helper read what arrives, from the first time on. */
  read(): void {
    if (!this.#isReading) helper().tell({ do: "read", end: this.id });
    this.#isReading = true;
  }

  /** Whether the other end is closed, or this one: nothing more comes then. */
  get isGone(): boolean {
    return this.#isClosed || Atomics.load(words, this.#at + GONE) !== 0;
  }

  /** Whether `send` need not wait, be it because it would be in vain. */
  #hasRoom(): boolean {
    return this.isGone || Atomics.load(words, this.#at + UNSENT) <= MOST_UNSENT;
  }

  /** Whether there is a message, or there will be none any more. */
  readonly hasNews = (): boolean => {
    if (this.#inbox.length > 0 || this.#isClosed) return true;
    // Asked first: all that arrived before is at the port by then.
    const { isGone } = this;
    for (let found = receiveMessageOnPort(this.#port); found; found = receiveMessageOnPort(this.#port)) {
      this.#inbox.push(found.message as Uint8Array);
    }
    return this.#inbox.length > 0 || isGone;
  };

  /** The next message, after `hasNews`; undefined when nothing more comes. */
  peek(): Uint8Array | undefined {
    return this.#inbox[0];
  }

  /** Takes away what `peek` showed. */
  shift(): void {
    const { length } = this.#inbox.shift() ?? [];
    if (this.#isClosed) return;
    const before = Atomics.sub(words, this.#at + UNREAD, length);
    // The helper may have stopped reading.
    if (before >= FEW_UNREAD && before - length < FEW_UNREAD) helper().tell({ do: "read", end: this.id });
  }

  /**
   * Blocks while too much is on its way; what async sends have comes first. Calls `meanwhile` while it waits, which may
   * take messages: the other end may wait for that before it makes room. @throws ConnectionClosedError
   */
  sendWhenRoom(message: Uint8Array<ArrayBuffer>, meanwhile: () => void = nothing): void {
    checkLength(message);
    this.wait(Number.POSITIVE_INFINITY, () => {
      meanwhile();
      this.#sendOutbox();
      return this.isGone || (this.#outbox.length === 0 && this.#hasRoom());
    });
    this.send(message);
  }

  /**
   * Sends at once if there is room and nothing waits for some, else in its turn; `meanwhile` as of `sendWhenRoom`. False:
   * the line is gone.
   */
  async sendAsync(message: Uint8Array<ArrayBuffer>, signal?: Abort | undefined, meanwhile = nothing): Promise<boolean> {
    checkLength(message);
    const parcel: Parcel = { message, followers: [], isSent: false };
    this.#outbox.push(parcel);
    try {
      await this.waitAsync(
        Number.POSITIVE_INFINITY,
        () => {
          meanwhile();
          this.#sendOutbox();
          return parcel.isSent || this.isGone;
        },
        signal,
      );
    } catch (error) {
      if (!parcel.isSent) throw error;
    } finally {
      if (!parcel.isSent) this.#withdraw(parcel);
    }
    return parcel.isSent;
  }

  /** Who waits for one of these messages looks again when the system has taken it, or at the end of the line. */
  #sendOutbox(): void {
    while (this.#outbox.length > 0 && !this.isGone && this.#hasRoom()) {
      const parcel = this.#outbox.shift() as Parcel;
      parcel.isSent = true;
      this.send(parcel.message);
      for (const follower of parcel.followers) this.send(follower);
    }
  }

  /** Sends the message, which is a small one, without waiting for room, but not before what async sends have by now. */
  sendBehind(message: Uint8Array<ArrayBuffer>): void {
    const last = this.#outbox.at(-1);
    if (last === undefined) this.send(message);
    else last.followers.push(message);
  }

  /** It leaves no more, and what was to follow it follows the one before. */
  #withdraw(parcel: Parcel): void {
    const at = this.#outbox.indexOf(parcel);
    this.#outbox.splice(at, 1);
    if (this.isGone) return;
    const before = this.#outbox[at - 1];
    if (before !== undefined) before.followers.push(...parcel.followers);
    else for (const follower of parcel.followers) this.send(follower);
  }

  /** Sends the message, whose memory goes with it. @throws ConnectionClosedError */
  send(message: Uint8Array<ArrayBuffer>): void {
    checkLength(message);
    if (this.isGone) throw closedError();
    Atomics.add(words, this.#at + UNSENT, message.length);
    if (!this.#isAbandoned) Atomics.add(words, helper().at + UNSENT_ALL, message.length);
    helper().tell({ do: "send", end: this.id, message }, [message.buffer]);
  }

  /** The end of the thread does not wait until what is sent has left. */
  abandon(): void {
    this.#isAbandoned = true;
    helper().tell({ do: "abandon", end: this.id });
  }

  /** Whether the system has taken all that was sent. */
  readonly isSent = (): boolean => this.isGone || Atomics.load(words, this.#at + UNSENT) === 0;

  /** Blocks until `isReady`. False: not before the deadline. */
  wait(deadline: Deadline, isReady: () => boolean): boolean {
    return waitUntil(this.#at + EVENTS, deadline, isReady);
  }

  /** Like `wait` without blocking the thread. */
  async waitAsync(deadline: Deadline, isReady: () => boolean, signal?: Abort | undefined): Promise<boolean> {
    this.#waits++;
    try {
      return await waitUntilAsync(this.#at + EVENTS, deadline, isReady, signal);
    } finally {
      this.#waits--;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    forgotten.unregister(this);
    // Pairs with the async waits of this thread, which find that this end is closed.
    Atomics.add(words, this.#at + EVENTS, 1);
    notify(this.#at + EVENTS);
    helper().tell({ do: "close", end: this.id, isWaitedFor: this.#waits > 0 });
  }

  /** It is another process's now. */
  leave(): void {
    this.#isClosed = true;
    forgotten.unregister(this);
  }
}

/** Ends that nobody closed: the other end is to hear that they are gone. */
const forgotten = new FinalizationRegistry<number>((end) => helper().tell({ do: "close", end, isWaitedFor: false }));

function nothing(): void {}

export function checkLength({ length }: Uint8Array): void {
  if (length <= LONGEST_FRAME) return;
  throw new SerializationError(`A message has at most ${LONGEST_FRAME} bytes; this one has ${length}.`);
}

export function closedError(): ConnectionClosedError {
  return new ConnectionClosedError("The other end of the connection is closed.");
}
