/** Deadlocks of a program, and when they were over. */
import type { TraceDeadlock } from "../../runtime/src/trace/decode.js";

/** A deadlock, and when it was over. */
export interface SeenDeadlock extends TraceDeadlock {
  /** Undefined while it lasts. */
  until: number | undefined;
}

export class Deadlocks {
  readonly all: SeenDeadlock[] = [];
  #lasting: readonly SeenDeadlock[] = [];

  get areLasting(): boolean {
    return this.#lasting.length > 0;
  }

  add(deadlock: TraceDeadlock): void {
    const seen: SeenDeadlock = { ...deadlock, until: undefined };
    this.all.push(seen);
    this.#lasting = [...this.#lasting, seen];
  }

  /**
   * Who is in a deadlock does nothing. Who does something goes on, and then nobody has to wait for ever. Of a thread whose
   * tasks wait for ever that is no sign, as it has others to do: `ends` says whether this is an end for who waits for an object.
   */
  goesOn(thread: number, now: number, ends: (object: number) => boolean): void {
    for (const deadlock of this.#lasting) {
      if (now <= deadlock.time) continue;
      if (!deadlock.parties.some((party) => party.thread === thread && (!party.isTask || ends(party.object)))) continue;
      deadlock.until = now;
      this.#lasting = this.#lasting.filter((each) => each !== deadlock);
    }
  }
}
