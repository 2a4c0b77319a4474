/**
 * A line to a server of this machine whose socket is the thread's own. Nobody is woken on the way: a call is two system
 * calls here, and what blocks looks for its answer for a moment before it sleeps until a bell rings.
 */
import { readSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { type Abort, orAborted, throwIfAborted } from "../abort.js";
import type { Deadline } from "../deadline.js";
import { keepAlive, letGo, pause } from "../futex.js";
import { atEnd } from "../trace/ending.js";
import { FrameReader, framed } from "./frames.js";
import { answerGreeting } from "./handshake.js";
import { checkLength, closedError } from "./line.js";

/** A message on its way, with its header. */
interface Parcel {
  readonly bytes: Uint8Array;
  /** How many of them the system has taken. */
  taken: number;
}

/** Milliseconds after which the system is asked again whether it takes more. */
const RETRY = 1;
/** Milliseconds that the first answers of a server may take. */
const PATIENCE = 10_000;
/** Milliseconds in which an answer mostly is there; to sleep and be woken takes as long, also on a busy machine. */
const LOOK = 0.25;
/** Looks in vain after which they are short; every so many of those is a long one, to see whether it is of use again. */
const IN_VAIN = 16;
const BUFFER_BYTES = 2 ** 16;

let inVain = 0;
const buffer = new Uint8Array(BUFFER_BYTES);
const open = new Set<SocketLine>();

export class SocketLine {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #inbox: Uint8Array[] = [];
  readonly #outbox: Parcel[] = [];
  /** What looks again when something has happened. */
  readonly #waits = new Set<() => void>();
  #isGone = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const gone = (): void => {
      this.#isGone = true;
      open.delete(this);
      this.#news();
    };
    socket.on("data", (piece) => {
      this.#arrived(piece);
      this.#news();
    });
    socket.on("error", gone).on("end", gone).on("close", gone);
    socket.unref();
    if (open.size === 0) watchOverEnd();
    open.add(this);
  }

  /** Blocks until both sides have shown that they know the key. Undefined: this has to be done in another way. */
  static connect(path: string, key: Uint8Array): SocketLine | undefined {
    const line = new SocketLine(new Socket());
    try {
      line.#socket.connect(path);
      if (line.#fd === undefined) throw closedError(); // Windows
      line.#introduce(key);
      return line;
    } catch {
      // Nobody listens, or who does is no server of ours: another way tells which.
      line.#socket.destroy();
      open.delete(line);
      return undefined;
    }
  }

  get isGone(): boolean {
    return this.#isGone || this.#socket.destroyed;
  }

  /** Whether there is a message, or there will be none any more. */
  hasNews(): boolean {
    return this.#inbox.length > 0 || this.isGone;
  }

  /** The next message, after `hasNews`; undefined when nothing more comes. */
  peek(): Uint8Array | undefined {
    return this.#inbox[0];
  }

  /** Takes away what `peek` showed. */
  shift(): void {
    this.#inbox.shift();
  }

  /**
   * Blocks until the system has taken the message, and what async sends have before. Reads meanwhile, and calls `meanwhile`,
   * which may take messages: the server may wait for that before it reads. @throws ConnectionClosedError
   */
  sendWhenRoom(message: Uint8Array<ArrayBuffer>, meanwhile: () => void): void {
    const parcel = this.#post(message);
    for (let tries = 0; this.#outbox.includes(parcel); tries++) {
      this.#read();
      meanwhile();
      if (this.isGone) throw closedError();
      if (tries > 0) pause(RETRY);
      this.#flush();
    }
    if (this.isGone) throw closedError();
  }

  /** Sends at once if there is room, else in its turn; `meanwhile` as of `sendWhenRoom`. False: the line is gone. */
  async sendAsync(
    message: Uint8Array<ArrayBuffer>,
    signal?: Abort | undefined,
    meanwhile: () => void = nothing,
  ): Promise<boolean> {
    const parcel = this.#post(message);
    if (!this.#outbox.includes(parcel)) return !this.isGone;
    try {
      await this.waitAsync(
        Number.POSITIVE_INFINITY,
        () => {
          meanwhile();
          return this.isGone || !this.#outbox.includes(parcel);
        },
        signal,
      );
    } catch (error) {
      // What the system has begun to take is sent.
      if (parcel.taken > 0 || !this.#outbox.includes(parcel)) return !this.isGone;
      this.#outbox.splice(this.#outbox.indexOf(parcel), 1);
      throw error;
    }
    return !this.isGone;
  }

  /** Sends the message, which is a small one, behind what async sends have by now. */
  sendBehind(message: Uint8Array<ArrayBuffer>): void {
    this.#post(message);
  }

  /** Sends the message without waiting for room. @throws ConnectionClosedError */
  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.isGone) throw closedError();
    this.#post(message);
  }

  /**
   * Blocks until `isReady`, which takes messages. What is not there in a moment is slept for by `sleep`, which blocks until
   * what it is given says so, and asks it again whenever the server has rung.
   */
  wait(isReady: () => boolean, sleep: (look: () => boolean) => void): void {
    const look = (): boolean => {
      this.#read();
      return isReady();
    };
    try {
      if (!this.#lookOut(look)) sleep(look);
    } finally {
      // What came for others meanwhile is heard of at their next turn.
      if (this.#waits.size > 0) setImmediate(() => this.#news());
    }
  }

  /** Blocks no thread until `isReady`. */
  async waitAsync(_: Deadline, isReady: () => boolean, signal?: Abort | undefined): Promise<boolean> {
    throwIfAborted(signal);
    if (isReady()) return true;
    let look = nothing;
    const ready = new Promise<void>((resolve) => {
      look = () => {
        if (isReady()) resolve();
      };
    });
    this.#waits.add(look);
    keepAlive();
    try {
      await (signal === undefined ? ready : orAborted(ready, signal));
      return true;
    } finally {
      letGo();
      this.#waits.delete(look);
    }
  }

  close(): void {
    this.#flush();
    this.#isGone = true;
    this.#socket.destroy();
    clearTimeout(this.#timer);
    open.delete(this);
    this.#news();
  }

  /** Blocks until the system has taken all that was sent. */
  flushAll(): void {
    while (this.#outbox.length > 0 && !this.isGone) {
      this.#read(); // the server may wait for that before it reads
      this.#flush();
      if (this.#outbox.length > 0) pause(RETRY);
    }
  }

  get #fd(): number | undefined {
    const { _handle: handle } = this.#socket as unknown as { readonly _handle: { readonly fd?: number } | null };
    const fd = handle?.fd;
    return fd !== undefined && fd >= 0 ? fd : undefined;
  }

  #introduce(key: Uint8Array): void {
    const { answer, check } = answerGreeting(this.#next(), key);
    this.#post(answer);
    check(this.#next());
  }

  /** The next message of a server that has not shown yet who it is. */
  #next(): Uint8Array {
    const end = performance.now() + PATIENCE;
    for (let tries = 0; this.#inbox.length === 0; tries++) {
      if (this.isGone || performance.now() > end) throw closedError();
      if (tries > IN_VAIN) pause(RETRY);
      this.#read();
    }
    return this.#inbox.shift() as Uint8Array;
  }

  #post(message: Uint8Array<ArrayBuffer>): Parcel {
    checkLength(message);
    const parcel: Parcel = { bytes: framed(message), taken: 0 };
    this.#outbox.push(parcel);
    this.#flush();
    return parcel;
  }

  /** Gives the system what it takes. */
  #flush(): void {
    for (let [parcel] = this.#outbox; parcel !== undefined && !this.isGone; [parcel] = this.#outbox) {
      const fd = this.#fd;
      if (fd === undefined) return;
      try {
        parcel.taken += writeSync(fd, parcel.bytes, parcel.taken);
      } catch (error) {
        if (isFullOrEmpty(error)) return this.#retry();
        return this.#fail();
      }
      if (parcel.taken === parcel.bytes.length) this.#outbox.shift();
    }
  }

  /** The event loop tells nobody that there is room again of a socket that it does not write to. */
  #retry(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
      this.#news();
    }, RETRY);
  }

  /** Takes what has arrived, without waiting. */
  #read(): void {
    for (;;) {
      const fd = this.#fd;
      if (fd === undefined || this.isGone) return;
      let length = 0;
      try {
        length = readSync(fd, buffer);
      } catch (error) {
        if (!isFullOrEmpty(error)) this.#fail();
        return;
      }
      if (length === 0) return this.#fail();
      this.#arrived(buffer.subarray(0, length));
      if (length < BUFFER_BYTES) return;
    }
  }

  #arrived(piece: Uint8Array): void {
    try {
      this.#frames.push(piece, (message) => this.#inbox.push(message));
    } catch {
      this.#fail(); // not one of ours at the other end
    }
  }

  #fail(): void {
    this.#isGone = true;
    this.#socket.destroy();
  }

  #news(): void {
    for (const look of [...this.#waits]) look();
  }

  /** Looks for a moment, where that was of use lately. */
  #lookOut(look: () => boolean): boolean {
    const isLong = inVain < IN_VAIN || inVain % IN_VAIN === 0;
    const end = isLong ? performance.now() + LOOK : 0;
    do {
      if (!look()) continue;
      if (isLong) inVain = 0;
      return true;
    } while (isLong && performance.now() < end);
    inVain++;
    return false;
  }
}

let isWatching = false;

/** What was sent has to leave before the thread ends. */
function watchOverEnd(): void {
  if (isWatching) return;
  isWatching = true;
  atEnd(() => {
    for (const line of open) line.flushAll();
  });
}

function isFullOrEmpty(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EAGAIN" || code === "EWOULDBLOCK";
}

function nothing(): void {}
