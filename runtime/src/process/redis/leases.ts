/** What this client has of the server for a time only, renewed while it has it. */
import type { Session } from "./session.js";
import { pauseFor } from "./session.js";

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

export class Leases {
  readonly #kept = new Map<string, Lease>();
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** `since`: when it was asked for, from which on it counts, as the server may have given it at once. */
  keep(id: string, since: number, lease: Lease): void {
    this.#kept.set(id, lease);
    void this.#renew(id, since + lease.milliseconds, lease);
  }

  /** From here on nobody renews it. False: it was lost before. */
  end(id: string): boolean {
    return this.#kept.delete(id);
  }

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  async #renew(id: string, until: number, lease: Lease): Promise<void> {
    const pause = lease.milliseconds / RENEWALS;
    for (let end = until; ; ) {
      await pauseFor(Math.min(pause, end - performance.now()));
      if (this.#kept.get(id) !== lease) return;
      const asked = performance.now();
      let isOurs = asked < end;
      if (isOurs) {
        try {
          isOurs = await lease.renew(Math.min(end, this.#session.soon()));
          end = asked + lease.milliseconds;
        } catch {
          // Not in time, or refused: it stays ours until the end, by our clock, which began before the server's.
          isOurs = performance.now() < end;
          if (isOurs) await pauseFor(Math.min(pause / 10, 50));
        }
      }
      if (this.#kept.get(id) !== lease) return;
      if (isOurs) continue;
      this.#kept.delete(id);
      lease.lost();
      return;
    }
  }
}
