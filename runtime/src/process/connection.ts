import { type Abort, throwIfAborted } from "../abort.js";
import { deadlineAfter, type TimeoutOptions, timeoutOf } from "../deadline.js";
import { SerializationError, StateError } from "../errors.js";
import type { AsyncWaitOptions } from "../event.js";
import { BYTES, VALUE } from "./frames.js";
import { FIRST_CONNECTION } from "./helper-commands.js";
import { closedError, Line } from "./line.js";
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

const KIND_BYTES = 1;

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

  static {
    connectionOf = (line, direction) => new Connection(line, direction);
    lineOf = (connection) => connection.#movable();
    moveLine = (connection) => {
      connection.#line?.leave();
      connection.#line = undefined;
      connection.#fate = "in another process, to which it was given";
    };
    isReady = (connection) => connection.#readable().hasNews();
  }

  private constructor(line: Line, direction: Direction) {
    this.#line = line;
    this.#direction = direction;
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
    this.#sendable().sendWhenRoom(messageOf(value));
  }

  /** Like `send` without blocking the thread. */
  async sendAsync(value: unknown, options?: { readonly signal?: Abort | undefined }): Promise<void> {
    const line = this.#sendable();
    throwIfAborted(options?.signal);
    if (await line.sendAsync(messageOf(value), options?.signal)) return;
    this.#open(); // somebody else may have closed it meanwhile
    throw closedError();
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
    line.sendWhenRoom(message);
  }

  /**
   * Receives the next value; blocks until it is there.
   * @throws ConnectionClosedError the other end is closed, and all that it had sent was received
   * @throws StateError this end is closed or the sending end of a `Pipe(false)`, or the next message was sent with `sendBytes`
   */
  recv(): unknown {
    const line = this.#readable();
    line.wait(Number.POSITIVE_INFINITY, line.hasNews);
    return decodeFromProcess(this.#take(VALUE));
  }

  /** Like `recv` without blocking the thread; loads the modules of what arrives. An aborted wait takes nothing. */
  async recvAsync(options?: { readonly signal?: Abort | undefined }): Promise<unknown> {
    const line = this.#readable();
    throwIfAborted(options?.signal);
    // Another one may have waited as well, and have taken what came.
    do await line.waitAsync(Number.POSITIVE_INFINITY, line.hasNews, options?.signal);
    while (line.peek() === undefined && !line.hasNews());
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
    line.wait(Number.POSITIVE_INFINITY, line.hasNews);
    const bytes = this.#take(BYTES);
    if (bytes.length <= most) return bytes;
    this.close();
    throw new RangeError(`A message of ${bytes.length} bytes came; at most ${most} were asked for.`);
  }

  /** Whether `recv` would not block; blocks up to the timeout for it, by default not at all. `Infinity` is for ever. */
  poll(options: TimeoutOptions = { timeout: 0 }): boolean {
    const line = this.#readable();
    const deadline = deadlineAfter(timeoutOf(options));
    return line.wait(deadline, line.hasNews);
  }

  /** Like `poll` without blocking the thread. */
  async pollAsync(options: AsyncWaitOptions = { timeout: 0 }): Promise<boolean> {
    const line = this.#readable();
    const deadline = deadlineAfter(timeoutOf(options));
    return line.waitAsync(deadline, line.hasNews, options.signal);
  }

  /** Closes this end. What was sent still arrives; the other end hears of it then. Closing again does nothing. */
  close(): void {
    this.#line?.close();
    this.#line = undefined;
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
    line.read();
    return line;
  }

  /** A line that may leave: what the helper has read would be lost. */
  #movable(): Line {
    const line = this.#open();
    if (!line.isReading) return line;
    throw new SerializationError("This end of a connection has been read in this process, and has to stay here.");
  }

  #take(kind: number): Uint8Array {
    const line = this.#open(); // somebody else may have closed it during an async wait
    const message = line.peek();
    if (message === undefined) throw closedError();
    if (message[0] !== kind) {
      throw new StateError(
        kind === VALUE
          ? "The next message was sent with sendBytes(): receive it with recvBytes()."
          : "The next message was sent with send(): receive it with recv().",
      );
    }
    line.shift();
    return message.subarray(KIND_BYTES);
  }
}

/**
 * Two ends that are connected with each other. Both send and receive; with `duplex` false, the first one only receives
 * and the second one only sends. Give an end to a `Process` as an argument; blocks for the moment it takes to connect.
 * @see Python's `multiprocessing.Pipe`, behaviour 114.
 */
export function Pipe(duplex = true): [Connection, Connection] {
  const [first, second] = connectedLines();
  return [
    connectionOf(first, { readable: true, writable: duplex }),
    connectionOf(second, { readable: duplex, writable: true }),
  ];
}

/** An end for a process, and a line here that is no connection: its helper makes something else of it. */
export function halfPipe(): { readonly line: Line; readonly far: Connection } {
  const [line, far] = connectedLines();
  return { line, far: connectionOf(far, { readable: true, writable: true }) };
}

function connectedLines(): [Line, Line] {
  const [first, second] = [new Line(), new Line()];
  first.boot((firstBoot, firstPort) => {
    second.boot((secondBoot, secondPort) => {
      helper().ask({ do: "pipe", ends: [firstBoot, secondBoot] }, [firstPort, secondPort]);
    });
  });
  return [first, second];
}

function messageOf(value: unknown): Uint8Array<ArrayBuffer> {
  const message = encodeForProcess(value, KIND_BYTES);
  message[0] = VALUE;
  return message;
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
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
  for (const connection of found) moveLine(connection);
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
    const line = new Line();
    line.boot((end, port) => helper().tell({ do: "open", end, descriptor: FIRST_CONNECTION + seat }, [port]));
    return connectionOf(line, { readable, writable });
  },
});
