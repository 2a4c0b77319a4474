import { GENERATION, release, words } from "./arena.js";
import { cellsOf, decode, encode, retainShared } from "./codec.js";
import { StateError } from "./errors.js";
import { eraseEntry, journalReference } from "./self.js";

/** What a handle is made of, and what a clone of it still has. */
export interface SharedContent {
  /** What `attach` reads. */
  readonly heddle: EncodedContent;
}

/** A value as bytes. */
export interface EncodedContent {
  /** The value itself. */
  readonly message: Uint8Array;
  /** Which life of each shared object in it is meant: memory is used again. */
  readonly generations: readonly number[];
}

/**
 * A value on its way through a channel that is not this library's: `postMessage`, `workerData`, a BroadcastChannel. It
 * can be cloned, and the clone can be given to `attach` in any thread of the program, any number of times.
 * @see Python has none; memory is shared there.
 */
export class SharedHandle implements SharedContent, Disposable {
  /** What `attach` reads. */
  readonly heddle: SharedContent["heddle"];
  #references: readonly { readonly at: number; readonly entry: number }[];

  constructor(value: unknown) {
    const message = encode(value, (bytes) => bytes.slice());
    const cells = cellsOf(message);
    this.heddle = { message, generations: cells.map(generationOf) };
    // The message's own references become this thread's: whatever ends it, they are given back.
    this.#references = cells.map((at) => ({ at, entry: journalReference(at) }));
  }

  /** Lets go of the shared objects in the value. Who has attached them by then keeps them; later it is an error. */
  close(): void {
    for (const { at, entry } of this.#references) {
      eraseEntry(entry);
      release(at);
    }
    this.#references = [];
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A handle of a value with shared objects in it, which keeps them until its `close()`, or until this thread ends.
 * @throws SerializationError the value cannot travel
 * @see Python has none; memory is shared there.
 */
export function share(value: unknown): SharedHandle {
  return new SharedHandle(value);
}

/**
 * The value of a handle, or of a clone of one. Shared objects are the same objects, all else is a copy.
 * @throws StateError the handle was closed and its objects are gone
 * @see Python has none; memory is shared there.
 */
export function attach<T = unknown>(handle: SharedContent): T {
  const content = handle?.heddle;
  if (!(content?.message instanceof Uint8Array) || !Array.isArray(content.generations)) {
    throw new TypeError("attach: this is no handle that share() made.");
  }
  const message = content.message.slice();
  if (cellsOf(message).some((at, i) => generationOf(at) !== content.generations[i])) {
    throw new StateError("attach: the handle was closed, and what it referred to is gone.");
  }
  retainShared(message);
  return decode(message) as T;
}

function generationOf(at: number): number {
  return Atomics.load(words, at + GENERATION);
}
