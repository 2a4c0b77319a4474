/** Follows a file while it grows, in pieces. It may not be there yet, and may begin anew. */
import { closeSync, type FSWatcher, fstatSync, openSync, readSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";

/** Bytes that are read at once: others have their turn after a few milliseconds. */
const PIECE = 1 << 20;
/** The first bytes tell whether the file is still the same one: of a trace, the moment it began is among them. */
const HEAD = 32;
/** Milliseconds between two looks, for where watching does not work. */
const EAGER = 10;
const CALM = 500;

export interface TailListener {
  /** The next bytes, valid until this returns. */
  read(piece: Uint8Array): void;
  /** What was read before belongs to a file that is no more. */
  restarted(): void;
  /** All that is there now was read, or cannot be. */
  caughtUp(): void;
}

export class Tail {
  readonly #file: string;
  readonly #listener: TailListener;
  readonly #piece = new Uint8Array(PIECE);
  #descriptor: number | undefined;
  #identity = "";
  #head = new Uint8Array(0);
  #position = 0;
  #changedAt = 0;
  #error: string | undefined;
  #isCaughtUp = false;
  #isEager = true;
  #watcher: FSWatcher | undefined;
  #watched = "";
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;
  #isClosed = false;

  constructor(file: string, listener: TailListener) {
    this.#file = file;
    this.#listener = listener;
    this.#soon();
  }

  /** When the file was last seen to change, or says it did: milliseconds since 1970; 0 while there is none. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** How much was read so far, in bytes. */
  get position(): number {
    return this.#position;
  }

  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** Why the file cannot be read; undefined if it can, or is not there. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Whether to look often. */
  set isEager(isEager: boolean) {
    if (this.#isEager === isEager) return;
    this.#isEager = isEager;
    if (!this.#isScheduled) this.#later();
  }

  /** Not caught up any more, until it was seen what there is at this moment. */
  lookAgain(): void {
    this.#isCaughtUp = false;
    this.#soon();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#forget();
  }

  #soon(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    clearTimeout(this.#timer);
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isClosed) this.#look();
    });
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#look(), this.#isEager ? EAGER : CALM);
  }

  #look(): void {
    let hasMore = false;
    try {
      hasMore = this.#open() && this.#readPiece();
      this.#error = undefined;
    } catch (error) {
      this.#error = (error as Error).message;
    }
    if (this.#isClosed) return;
    if (hasMore) {
      this.#soon();
      return;
    }
    this.#isCaughtUp = true;
    this.#watch();
    this.#listener.caughtUp();
    if (!this.#isScheduled) this.#later();
  }

  /** Whether there is a file. */
  #open(): boolean {
    const found = statSync(this.#file, { throwIfNoEntry: false });
    if (found === undefined) return false;
    if (found.isDirectory()) throw new Error("it is a folder");
    // To open a pipe would wait for its writer.
    if (!found.isFile()) throw new Error("it is no file");
    const identity = `${found.dev} ${found.ino}`;
    if (this.#descriptor !== undefined && identity !== this.#identity) this.#restart();
    if (this.#descriptor === undefined) {
      this.#descriptor = openSync(this.#file, "r");
      const { dev, ino } = fstatSync(this.#descriptor);
      this.#identity = `${dev} ${ino}`;
      this.#isCaughtUp = false;
    }
    return true;
  }

  /** Whether there is more. */
  #readPiece(): boolean {
    const descriptor = this.#descriptor!;
    const { size, mtimeMs } = fstatSync(descriptor);
    const isSame = size === this.#position && mtimeMs <= this.#changedAt;
    if (isSame) return false;
    this.#changedAt = mtimeMs;
    if (size < this.#position || !this.#beginsAsBefore(descriptor)) {
      this.#restart();
      return true;
    }
    const count = readSync(descriptor, this.#piece, 0, PIECE, this.#position);
    if (count === 0) return false;
    const piece = this.#piece.subarray(0, count);
    if (this.#position < HEAD) this.#head = joined(this.#head, piece.subarray(0, HEAD - this.#position));
    this.#position += count;
    this.#listener.read(piece);
    return this.#position < size;
  }

  #beginsAsBefore(descriptor: number): boolean {
    const head = this.#piece.subarray(0, this.#head.length);
    const count = readSync(descriptor, head, 0, head.length, 0);
    return count === head.length && head.every((byte, i) => byte === this.#head[i]);
  }

  #restart(): void {
    this.#forget();
    // The same name may mean another file now.
    this.#watched = "";
    this.#listener.restarted();
  }

  #forget(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#position = 0;
    this.#head = new Uint8Array(0);
  }

  /** Watches the file, or until it is there the folder; the looks now and then do for where this does not work. */
  #watch(): void {
    const wanted = this.#descriptor === undefined ? dirname(this.#file) : this.#file;
    if (wanted === this.#watched && this.#watcher !== undefined) return;
    this.#watcher?.close();
    this.#watched = wanted;
    try {
      this.#watcher = watch(wanted, () => this.#soon());
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined;
    }
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
