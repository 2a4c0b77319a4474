/** What this client has of the server for a time only, renewed while it has it. */
import type { Session } from "./session.js";

/** Something that is this client's for so long. */
export interface Lease {
  readonly milliseconds: number;
  /** Prolongs it. False: it is not this client's any more. */
  renew(deadline: number): Promise<boolean>;
  /** It may be somebody else's by now. Called once at most. */
  lost(): void;
}

/** Renewals per lease: two may fail. */
const RENEWALS = 3;
/** Milliseconds at most after which a renewal that failed is tried again. */
const RETRY = 50;

interface Kept {
  readonly lease: Lease;
  /** Until when it is ours for certain, by our clock, which began before the server's. */
  end: number;
  /** When to renew it; `Infinity` while that is under way. */
  next: number;
}

export class Leases {
  readonly #kept = new Map<string, Kept>();
  readonly #session: Session;
  /** One for all: most are ended long before they are to be renewed, and a timer for each would outlive them. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakes = Number.POSITIVE_INFINITY;

  constructor(session: Session) {
    this.#session = session;
  }

  /** `since`: when it was asked for, from which on it counts, as the server may have given it at once. */
  keep(id: string, since: number, lease: Lease): void {
    const kept = { lease, end: since + lease.milliseconds, next: 0 };
    this.#kept.set(id, kept);
    this.#later(kept);
  }

  /** From here on nobody renews it. False: it was lost before. */
  end(id: string): boolean {
    return this.#kept.delete(id);
  }

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  #later(kept: Kept, pause = kept.lease.milliseconds / RENEWALS): void {
    kept.next = Math.min(performance.now() + pause, kept.end);
    this.#wake(kept.next);
  }

  #wake(moment: number): void {
    if (moment >= this.#wakes) return;
    clearTimeout(this.#timer);
    this.#wakes = moment;
    this.#timer = setTimeout(() => this.#look(), Math.max(0, moment - performance.now()));
  }

  #look(): void {
    this.#wakes = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [id, kept] of this.#kept) {
      if (kept.next <= now) void this.#renew(id, kept);
      else next = Math.min(next, kept.next);
    }
    if (next < Number.POSITIVE_INFINITY) this.#wake(next);
  }

  async #renew(id: string, kept: Kept): Promise<void> {
    const { lease } = kept;
    kept.next = Number.POSITIVE_INFINITY;
    const asked = performance.now();
    let isOurs = asked < kept.end;
    let pause = lease.milliseconds / RENEWALS;
    if (isOurs) {
      try {
        isOurs = await lease.renew(Math.min(kept.end, this.#session.soon()));
        kept.end = asked + lease.milliseconds;
      } catch {
        // Not in time, or refused: it stays ours until the end.
        isOurs = performance.now() < kept.end;
        pause = Math.min(pause / 10, RETRY);
      }
    }
    if (this.#kept.get(id) !== kept) return;
    if (isOurs) return this.#later(kept, pause);
    this.#kept.delete(id);
    lease.lost();
  }
}
