/** Something that `release` ends. */
export interface Releasable {
  release(): void;
}

/** A lock that is held until this is disposed: `using _ = lock.hold();`. Disposing twice is harmless. */
export class Held implements Disposable {
  #lock: Releasable | undefined;

  /** Made by the locks' `hold` and `holdAsync`, which hand over a lock that is held. */
  constructor(lock: Releasable) {
    this.#lock = lock;
  }

  [Symbol.dispose](): void {
    const lock = this.#lock;
    this.#lock = undefined;
    lock?.release();
  }
}
