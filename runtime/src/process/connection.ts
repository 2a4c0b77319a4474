import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type Abort, throwIfAborted } from "../abort.js";
import { allocateBlock, words } from "../arena.js";
import { deadlineAfter, type TimeoutOptions, timeoutOf } from "../deadline.js";
import { ConnectionClosedError, SerializationError, StateError } from "../errors.js";
import type { AsyncWaitOptions } from "../event.js";
import { notify } from "../futex.js";
import { LONGEST_FRAME } from "./frames.js";
import { waitUntil, waitUntilAsync } from "./helper.js";
import {
  END_BYTES,
  type EndBoot,
  EVENTS,
  FEW_UNREAD,
  FIRST_CONNECTION,
  GONE,
  MOST_UNSENT,
  UNREAD,
  UNSENT,
  UNSENT_ALL,
} from "./helper-commands.js";
import { helper } from "./own-processes.js";
import { decodeFromProcess, defineTraveller, encodeForProcess, loadModulesOf } from "./process-codec.js";

/** Options of `Connection.recvBytes`. */
export interface RecvBytesOptions {
  /** A longer message is an error, after which the connection is closed. */
  readonly maxlength?: number | undefined;
}

/** Which part of the bytes `sendBytes` sends; all, by default. */
export interface SendBytesOptions {
  /** The first byte. */
  readonly offset?: number | undefined;
  /** How many. */
  readonly size?: number | undefined;
}

/** The first byte of a message: what was sent. */
const VALUE = 0;
const BYTES = 1;
const KIND_BYTES = 1;

let ends = 0;

/** An end of a connection and what its helper notes of it. */
interface Line {
  readonly id: number;
  readonly at: number;
  readonly port: MessagePort;
  /** Messages that have been taken from the port. */
  readonly inbox: Uint8Array[];
}

/** Makes a connection of a line that the helper knows; for this package alone. */
let connectionOf: (line: Line, direction: Direction) => Connection;
/** Takes the line from a connection that goes to a process. */
let lineOf: (connection: Connection) => Line;
let moveLine: (connection: Connection) => void;
/** Whether `recv` would not block. */
export let isReady: (connection: Connection) => boolean;

interface Direction {
  readonly readable: boolean;
  readonly writable: boolean;
}

/**
 * One end of a `Pipe`. An end belongs to one process: as an argument of a `Process` it moves there. Its messages are
 * copies, in order, and up to 1 GiB long. All calls work in async code and while the thread blocks; an end is for the
 * thread that has it.
 * @see Python's `multiprocessing.connection.Connection`, behaviours 114–118.
 */
export class Connection implements Disposable {
  #line: Line | undefined;
  readonly #direction: Direction;
  /** Where it went, for the error that says so. */
  #fate = "closed";
  #isReading = false;
  /** Async waits under way. */
  #waits = 0;

  static {
    connectionOf = (line, direction) => new Connection(line, direction);
    lineOf = (connection) => connection.#movable();
    moveLine = (connection) => {
      connection.#line = undefined;
      connection.#fate = "in another process, to which it was given";
    };
    isReady = (connection) => connection.#hasNews(connection.#readable());
  }

  private constructor(line: Line, direction: Direction) {
    this.#line = line;
    this.#direction = direction;
    forgotten.register(this, line.id, this);
  }

  /** Whether this end is closed. */
  get closed(): boolean {
    return this.#line === undefined;
  }

  /** Whether it can receive: not, at the sending end of a `Pipe(false)`. */
  get readable(): boolean {
    return this.#direction.readable;
  }

  /** Whether it can send. */
  get writable(): boolean {
    return this.#direction.writable;
  }

  /**
   * Sends a value; blocks while more than 1 MiB waits for the other end to read.
   * @throws ConnectionClosedError the other end is closed
   * @throws SerializationError the value cannot travel; nothing was sent
   * @throws StateError this end is closed, or the receiving end of a `Pipe(false)`
   */
  send(value: unknown): void {
    const line = this.#sendable();
    waitUntil(line.at + EVENTS, Number.POSITIVE_INFINITY, () => this.#hasRoom(line));
    this.#post(line, messageOf(value));
  }

  /** Like `send` without blocking the thread. */
  async sendAsync(value: unknown, options?: { readonly signal?: Abort | undefined }): Promise<void> {
    const line = this.#sendable();
    throwIfAborted(options?.signal);
    const message = messageOf(value);
    await this.#wait(line, Number.POSITIVE_INFINITY, () => this.#hasRoom(line), options?.signal);
    this.#post(this.#sendable(), message);
  }

  /**
   * Sends bytes as one message, which `recvBytes` receives; blocks as `send` does.
   * @throws RangeError the part is not in the bytes
   * @throws ConnectionClosedError the other end is closed
   */
  sendBytes(bytes: ArrayBufferView | ArrayBufferLike, options: SendBytesOptions = {}): void {
    const line = this.#sendable();
    const all = ArrayBuffer.isView(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : new Uint8Array(bytes);
    const { offset = 0, size = all.length - offset } = options;
    if (!isCount(offset) || !isCount(size) || offset + size > all.length) {
      throw new RangeError(`There are ${all.length} bytes; ${size} from ${offset} on are not among them.`);
    }
    const message = new Uint8Array(KIND_BYTES + size);
    message[0] = BYTES;
    message.set(all.subarray(offset, offset + size), KIND_BYTES);
    waitUntil(line.at + EVENTS, Number.POSITIVE_INFINITY, () => this.#hasRoom(line));
    this.#post(line, message);
  }

  /**
   * Receives the next value; blocks until it is there.
   * @throws ConnectionClosedError the other end is closed, and all that it had sent was received
   * @throws StateError this end is closed or the sending end of a `Pipe(false)`, or the next message was sent with `sendBytes`
   */
  recv(): unknown {
    const line = this.#readable();
    waitUntil(line.at + EVENTS, Number.POSITIVE_INFINITY, () => this.#hasNews(line));
    return decodeFromProcess(this.#take(VALUE));
  }

  /** Like `recv` without blocking the thread; loads the modules of what arrives. An aborted wait takes nothing. */
  async recvAsync(options?: { readonly signal?: Abort | undefined }): Promise<unknown> {
    const line = this.#readable();
    throwIfAborted(options?.signal);
    await this.#wait(line, Number.POSITIVE_INFINITY, () => this.#hasNews(line), options?.signal);
    const message = this.#take(VALUE);
    await loadModulesOf(message);
    return decodeFromProcess(message);
  }

  /**
   * Receives the bytes of one `sendBytes`; blocks until they are there.
   * @throws RangeError there are more than `maxlength`; the connection is closed then
   * @throws ConnectionClosedError the other end is closed, and all that it had sent was received
   * @throws StateError as `recv`, or the next message is a value
   */
  recvBytes(options?: RecvBytesOptions): Uint8Array {
    const line = this.#readable();
    const most = options?.maxlength ?? Number.POSITIVE_INFINITY;
    if (!(most >= 0)) throw new RangeError(`A maxlength is a number from 0 up, not ${most}.`);
    waitUntil(line.at + EVENTS, Number.POSITIVE_INFINITY, () => this.#hasNews(line));
    const bytes = this.#take(BYTES);
    if (bytes.length <= most) return bytes;
    this.close();
    throw new RangeError(`A message of ${bytes.length} bytes came; at most ${most} were asked for.`);
  }

  /** Whether `recv` would not block; blocks up to the timeout for it, by default not at all. `Infinity` is for ever. */
  poll(options: TimeoutOptions = { timeout: 0 }): boolean {
    const line = this.#readable();
    const deadline = deadlineAfter(timeoutOf(options));
    return waitUntil(line.at + EVENTS, deadline, () => this.#hasNews(line));
  }

  /** Like `poll` without blocking the thread. */
  async pollAsync(options: AsyncWaitOptions = { timeout: 0 }): Promise<boolean> {
    const line = this.#readable();
    const deadline = deadlineAfter(timeoutOf(options));
    return this.#wait(line, deadline, () => this.#hasNews(line), options.signal);
  }

  /** Closes this end. What was sent still arrives; the other end hears of it then. Closing again does nothing. */
  close(): void {
    const line = this.#line;
    if (line === undefined) return;
    this.#line = undefined;
    forgotten.unregister(this);
    // Pairs with the async waits of this thread, which find that this end is closed.
    Atomics.add(words, line.at + EVENTS, 1);
    notify(line.at + EVENTS);
    helper().tell({ do: "close", end: line.id, isWaitedFor: this.#waits > 0 });
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(): Line {
    if (this.#line === undefined) throw new StateError(`This end of the connection is ${this.#fate}.`);
    return this.#line;
  }

  #sendable(): Line {
    const line = this.#open();
    if (!this.writable) throw new StateError("This end only receives: Pipe(false) returns [receiver, sender].");
    return line;
  }

  /** From the first time on, the helper reads what arrives. */
  #readable(): Line {
    const line = this.#open();
    if (!this.readable) throw new StateError("This end only sends: Pipe(false) returns [receiver, sender].");
    if (!this.#isReading) helper().tell({ do: "read", end: line.id });
    this.#isReading = true;
    return line;
  }

  /** Waits on a word of the line, which stays the line's until all such waits are over. */
  async #wait(line: Line, deadline: number, isOver: () => boolean, signal: Abort | undefined): Promise<boolean> {
    this.#waits++;
    try {
      return await waitUntilAsync(line.at + EVENTS, deadline, isOver, signal);
    } finally {
      this.#waits--;
    }
  }

  /** A line that may leave: what the helper has read would be lost. */
  #movable(): Line {
    const line = this.#open();
    if (!this.#isReading) return line;
    throw new SerializationError("This end of a connection has been read in this process, and has to stay here.");
  }

  #post(line: Line, message: Uint8Array<ArrayBuffer>): void {
    if (message.length > LONGEST_FRAME) {
      throw new SerializationError(`A message has at most ${LONGEST_FRAME} bytes; this one has ${message.length}.`);
    }
    if (Atomics.load(words, line.at + GONE) !== 0) throw gone();
    const { length } = message;
    Atomics.add(words, line.at + UNSENT, length);
    Atomics.add(words, helper().at + UNSENT_ALL, length);
    helper().tell({ do: "send", end: line.id, message }, [message.buffer]);
  }

  /** Whether `send` need not wait, be it because that is in vain. */
  #hasRoom(line: Line): boolean {
    if (this.#line !== line) return true;
    return Atomics.load(words, line.at + UNSENT) <= MOST_UNSENT || Atomics.load(words, line.at + GONE) !== 0;
  }

  /** Whether there is something to take, be it the news that the other end is gone. */
  #hasNews(line: Line): boolean {
    if (line.inbox.length > 0 || this.#line !== line) return true;
    // Asked first: all that arrived before is at the port by then.
    const isGone = Atomics.load(words, line.at + GONE) !== 0;
    for (let found = receiveMessageOnPort(line.port); found; found = receiveMessageOnPort(line.port)) {
      line.inbox.push(found.message as Uint8Array);
    }
    return line.inbox.length > 0 || isGone;
  }

  #take(kind: number): Uint8Array {
    const line = this.#open(); // somebody else may have closed it during an async wait
    const message = line.inbox[0];
    if (message === undefined) throw gone();
    if (message[0] !== kind) {
      throw new StateError(
        kind === VALUE
          ? "The next message was sent with sendBytes(): receive it with recvBytes()."
          : "The next message was sent with send(): receive it with recv().",
      );
    }
    line.inbox.shift();
    const before = Atomics.sub(words, line.at + UNREAD, message.length);
    // The helper may have stopped reading.
    if (before >= FEW_UNREAD && before - message.length < FEW_UNREAD) helper().tell({ do: "read", end: line.id });
    return message.subarray(KIND_BYTES);
  }
}

/** Ends that nobody closed: the other end is to hear that they are gone. */
const forgotten = new FinalizationRegistry<number>((end) => helper().tell({ do: "close", end, isWaitedFor: false }));

/**
 * Two ends that are connected with each other. Both send and receive; with `duplex` false, the first one only receives
 * and the second one only sends. Give an end to a `Process` as an argument; blocks for the moment it takes to connect.
 * @see Python's `multiprocessing.Pipe`, behaviour 114.
 */
export function Pipe(duplex = true): [Connection, Connection] {
  const [first, second] = [newLine(), newLine()];
  helper().ask({ do: "pipe", ends: [bootOf(first), bootOf(second)] }, [first.far, second.far]);
  return [
    connectionOf(first, { readable: true, writable: duplex }),
    connectionOf(second, { readable: duplex, writable: true }),
  ];
}

type NewLine = Line & { readonly far: MessagePort };

function newLine(): NewLine {
  const at = allocateBlock(END_BYTES);
  words.fill(0, at, at + END_BYTES / 4);
  const { port1, port2 } = new MessageChannel();
  return { id: ++ends, at, port: port1, far: port2, inbox: [] };
}

function bootOf({ id, at, far }: NewLine): EndBoot {
  return { id, at, port: far };
}

function messageOf(value: unknown): Uint8Array<ArrayBuffer> {
  const message = encodeForProcess(value, KIND_BYTES);
  message[0] = VALUE;
  return message;
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function gone(): ConnectionClosedError {
  return new ConnectionClosedError("The other end of the connection is closed.");
}

/** While a process is about to start: the connections that go with it. */
let passengers: Connection[] | undefined;

/** Runs `start`, which encodes what a new process is given, and starts it with the ends of those connections. */
export function withPassengers(start: (ends: () => readonly number[]) => void): void {
  const found: Connection[] = [];
  passengers = found;
  try {
    start(() => {
      passengers = undefined;
      return found.map((connection) => lineOf(connection).id);
    });
  } finally {
    passengers = undefined;
  }
  for (const connection of found) {
    forgotten.unregister(connection);
    moveLine(connection);
  }
}

/** Where a connection lies among those that the process is given, and what it can do. */
interface Seat extends Direction {
  readonly seat: number;
}

defineTraveller("connection", {
  leave(value) {
    if (!(value instanceof Connection)) return undefined;
    if (passengers === undefined) {
      throw new SerializationError("A connection goes to another process as an argument of its Process only.");
    }
    lineOf(value);
    if (!passengers.includes(value)) passengers.push(value);
    const seat: Seat = { seat: passengers.indexOf(value), readable: value.readable, writable: value.writable };
    return seat;
  },
  arrive(data) {
    const { seat, readable, writable } = data as Seat;
    const line = newLine();
    helper().tell({ do: "open", end: bootOf(line), descriptor: FIRST_CONNECTION + seat }, [line.far]);
    return connectionOf(line, { readable, writable });
  },
});
