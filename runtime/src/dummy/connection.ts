import { type Abort, throwIfAborted } from "../abort.js";
import { defineComposite } from "../composites.js";
import { type Deadline, deadlineAfter, type TimeoutOptions, timeoutOf } from "../deadline.js";
import { ConnectionClosedError, Empty, SerializationError, ShutDown, StateError } from "../errors.js";
import type { AsyncWaitOptions } from "../event.js";
import { Queue } from "../queue.js";
import { waitUntilAsync } from "../wait-until.js";
import { news, tellNews } from "./news.js";

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

interface Message {
  readonly kind: "value" | "bytes";
  readonly content: unknown;
}

/** What one end has: messages come from the one queue, and go into the other. One that is shut down is a closed end's. */
export interface Ends {
  readonly inbox: Queue<Message> | undefined;
  readonly outbox: Queue<Message> | undefined;
}

let connectionOf: (ends: Ends) => Connection;
let endsOf: (connection: Connection) => Ends;
let moveEnds: (connection: Connection) => void;
/** Whether `recv` would not block. */
export let isReady: (connection: Connection) => boolean;

/** Ends that this thread has. */
const open = new Set<Connection>();

/** Closes all ends of this thread, which is about to end: the other ends hear of it. */
export function closeAll(): void {
  for (const connection of [...open]) connection.close();
}

/** Tells the other end that this one is gone. What was sent still arrives. */
export function closeEnds({ inbox, outbox }: Ends): void {
  inbox?.shutdown({ immediate: true });
  outbox?.shutdown();
  tellNews();
}

/**
 * One end of a `Pipe`. An end belongs to one process, which is a thread here: as an argument of a `Process` it moves there.
 * Its messages are copies, in order; shared objects arrive as themselves. All calls work in async code and while the thread
 * blocks; an end is for the thread that has it. What nobody has received lies in the program's shared memory.
 * @see Python's `multiprocessing.connection.Connection`, behaviours 114–118 and 153.
 */
export class Connection implements Disposable {
  #ends: Ends | undefined;
  /** Where it went, for the error that says so. */
  #fate = "closed";
  /** What was received to see whether there is something. */
  readonly #seen: Message[] = [];
  #isReading = false;
  readonly #direction: { readonly readable: boolean; readonly writable: boolean };

  static {
    connectionOf = (ends) => new Connection(ends);
    endsOf = (connection) => connection.#movable();
    moveEnds = (connection) => {
      connection.#ends = undefined;
      connection.#fate = "in another process, to which it was given";
      open.delete(connection);
    };
    isReady = (connection) => connection.#hasNews(connection.#readable(), 0);
  }

  private constructor(ends: Ends) {
    this.#ends = ends;
    this.#direction = { readable: ends.inbox !== undefined, writable: ends.outbox !== undefined };
    open.add(this);
  }

  /** Whether this end is closed. */
  get closed(): boolean {
    return this.#ends === undefined;
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
   * Sends a value. Never waits: what the other end has not received so far lies in the program's shared memory. Where it is a
   * process's, blocks while more than 1 MiB does.
   * @throws ConnectionClosedError the other end is closed
   * @throws SerializationError the value cannot travel; nothing was sent
   * @throws StateError this end is closed, or the receiving end of a `Pipe(false)`
   */
  send(value: unknown): void {
    this.#send({ kind: "value", content: value });
  }

  /** Like `send`, for programs whose pipes lead to processes. */
  async sendAsync(value: unknown, options?: { readonly signal?: Abort | undefined }): Promise<void> {
    throwIfAborted(options?.signal);
    this.send(value);
  }

  /**
   * Sends bytes as one message, which `recvBytes` receives.
   * @throws RangeError the part is not in the bytes
   * @throws ConnectionClosedError the other end is closed
   */
  sendBytes(bytes: ArrayBufferView | ArrayBufferLike, options: SendBytesOptions = {}): void {
    const all = ArrayBuffer.isView(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : new Uint8Array(bytes);
    const { offset = 0, size = all.length - offset } = options;
    if (!isCount(offset) || !isCount(size) || offset + size > all.length) {
      throw new RangeError(`There are ${all.length} bytes; ${size} from ${offset} on are not among them.`);
    }
    this.#send({ kind: "bytes", content: all.slice(offset, offset + size) });
  }

  /**
   * Receives the next value; blocks until it is there.
   * @throws ConnectionClosedError the other end is closed, and all that it had sent was received
   * @throws StateError this end is closed or the sending end of a `Pipe(false)`, or the next message was sent with `sendBytes`
   */
  recv(): unknown {
    this.#hasNews(this.#readable(), Number.POSITIVE_INFINITY);
    return this.#take("value");
  }

  /** Like `recv` without blocking the thread; loads the modules of what arrives. An aborted wait takes nothing. */
  async recvAsync(options?: { readonly signal?: Abort | undefined }): Promise<unknown> {
    const inbox = this.#readable();
    throwIfAborted(options?.signal);
    // Another one may have waited as well, and have taken what came.
    do await this.#hasNewsAsync(inbox, Number.POSITIVE_INFINITY, options?.signal);
    while (this.#seen.length === 0 && !this.#hasNews(inbox, 0));
    return this.#take("value");
  }

  /**
   * Receives the bytes of one `sendBytes`; blocks until they are there.
   * @throws RangeError there are more than `maxlength`; the connection is closed then
   * @throws ConnectionClosedError the other end is closed, and all that it had sent was received
   * @throws StateError as `recv`, or the next message is a value
   */
  recvBytes(options?: RecvBytesOptions): Uint8Array {
    const inbox = this.#readable();
    const most = options?.maxlength ?? Number.POSITIVE_INFINITY;
    if (!(most >= 0)) throw new RangeError(`A maxlength is a number from 0 up, not ${most}.`);
    this.#hasNews(inbox, Number.POSITIVE_INFINITY);
    const bytes = this.#take("bytes") as Uint8Array;
    if (bytes.length <= most) return bytes;
    this.close();
    throw new RangeError(`A message of ${bytes.length} bytes came; at most ${most} were asked for.`);
  }

  /** Whether `recv` would not block; blocks up to the timeout for it, by default not at all. `Infinity` is for ever. */
  poll(options: TimeoutOptions = { timeout: 0 }): boolean {
    return this.#hasNews(this.#readable(), timeoutOf(options));
  }

  /** Like `poll` without blocking the thread. */
  async pollAsync(options: AsyncWaitOptions = { timeout: 0 }): Promise<boolean> {
    const inbox = this.#readable();
    return this.#hasNewsAsync(inbox, deadlineAfter(timeoutOf(options)), options.signal);
  }

  /** Closes this end. What was sent still arrives; the other end hears of it then. Closing again does nothing. */
  close(): void {
    if (this.#ends === undefined) return;
    closeEnds(this.#ends);
    this.#ends = undefined;
    open.delete(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(): Ends {
    if (this.#ends === undefined) throw new StateError(`This end of the connection is ${this.#fate}.`);
    return this.#ends;
  }

  #readable(): Queue<Message> {
    const { inbox } = this.#open();
    if (inbox === undefined) throw new StateError("This end only sends: Pipe(false) returns [receiver, sender].");
    this.#isReading = true;
    return inbox;
  }

  /** What was received to see whether there is something would be lost. */
  #movable(): Ends {
    const ends = this.#open();
    if (!this.#isReading) return ends;
    throw new SerializationError("This end of a connection has been read in this process, and has to stay here.");
  }

  #send(message: Message): void {
    const { outbox } = this.#open();
    if (outbox === undefined) throw new StateError("This end only receives: Pipe(false) returns [receiver, sender].");
    try {
      outbox.put(message);
    } catch (error) {
      throw error instanceof ShutDown ? closedError() : error;
    }
    tellNews();
  }

  /** Whether there is a message, or there will be none any more. */
  #hasNews(inbox: Queue<Message>, timeout: number): boolean {
    if (this.#seen.length > 0) return true;
    try {
      this.#seen.push(inbox.get({ timeout }));
    } catch (error) {
      if (error instanceof Empty) return false;
      if (!(error instanceof ShutDown)) throw error;
    }
    return true;
  }

  #hasNewsAsync(inbox: Queue<Message>, deadline: Deadline, signal: Abort | undefined): Promise<boolean> {
    return waitUntilAsync(news, deadline, () => this.#hasNews(inbox, 0), signal);
  }

  #take(kind: Message["kind"]): unknown {
    this.#open(); // somebody else may have closed it during an async wait
    const [message] = this.#seen;
    if (message === undefined) throw closedError();
    if (message.kind !== kind) {
      throw new StateError(
        kind === "value"
          ? "The next message was sent with sendBytes(): receive it with recvBytes()."
          : "The next message was sent with send(): receive it with recv().",
      );
    }
    this.#seen.shift();
    return message.content;
  }
}

/**
 * Two ends that are connected with each other. Both send and receive; with `duplex` false, the first one only receives
 * and the second one only sends. Give an end to a `Process` as an argument. Does not block.
 * @see Python's `multiprocessing.dummy.connection.Pipe`, behaviours 114 and 153.
 */
export function Pipe(duplex = true): [Connection, Connection] {
  const there = new Queue<Message>();
  const back = duplex ? new Queue<Message>() : undefined;
  return [connectionOf({ inbox: there, outbox: back }), connectionOf({ inbox: back, outbox: there })];
}

function closedError(): ConnectionClosedError {
  return new ConnectionClosedError("The other end of the connection is closed.");
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** While a process is about to start: the connections that go with it. */
let passengers: Set<Connection> | undefined;

/** Runs `start`, which encodes what a new process is given and starts it. The result is what went with it. */
export function withPassengers(start: () => void): readonly Ends[] {
  const found = new Set<Connection>();
  passengers = found;
  try {
    start();
  } finally {
    passengers = undefined;
  }
  const ends = [...found].map(endsOf);
  for (const connection of found) moveEnds(connection);
  return ends;
}

defineComposite(import.meta.url, Connection, {
  leave(connection) {
    if (passengers === undefined) {
      throw new SerializationError("A connection goes to another process as an argument of its Process only.");
    }
    const ends = endsOf(connection);
    passengers.add(connection);
    return { ...ends };
  },
  arrive: (parts) => connectionOf(parts as unknown as Ends),
});
