/** Something that `release` ends. */
export interface Releasable {
  release(): void;
}

/**
 * A lock that is held until this is disposed: `using _ = lock.hold();`. Disposing twice is harmless.
 * @see Python's `with lock:`.
 */
export class Held implements Disposable {
  #lock: Releasable | undefined;

  /**
   * Made by the locks' `hold` and `holdAsync`, which hand over a lock that is held.
   * @internal
   */
  constructor(lock: Releasable) {
    this.#lock = lock;
  }

  /** Releases the lock. */
  [Symbol.dispose](): void {
    const lock = this.#lock;
    this.#lock = undefined;
    lock?.release();
  }
}
