/** A channel for one purpose, which is opened again when it is wanted after its end: the server ends one for any mistake. */
import { inTime, pauseFor } from "../engine/deadlines.js";
import type { Channel } from "./driver.js";
import { FIRST_PAUSE, type Link, refusalIn, type Session } from "./session.js";

/** A channel, and the link that it is of. */
export interface OpenLane<C extends Channel> {
  readonly channel: C;
  readonly link: Link;
  isGone: boolean;
}

/** How to open one, and what to do when it has ended. */
export interface LanePlan<C extends Channel> {
  open(link: Link): Promise<C>;
  /** With the server's reason, if it gave one. */
  ended?(lane: OpenLane<C>, reason: Error | undefined): void;
}

export class Lane<C extends Channel> {
  readonly #session: Session;
  readonly #plan: LanePlan<C>;
  #opening: Promise<OpenLane<C>> | undefined;

  constructor(session: Session, plan: LanePlan<C>) {
    this.#session = session;
    this.#plan = plan;
  }

  /** @throws Late @throws AuthenticationError @throws StateError */
  async opened(deadline: number): Promise<OpenLane<C>> {
    for (;;) {
      const link = await this.#session.linked(deadline);
      this.#opening ??= this.#open(link);
      const opening = this.#opening;
      try {
        const lane = await inTime(opening, deadline);
        if (!lane.isGone && !lane.link.isGone) return lane;
      } catch (error) {
        // A link that is lost while a channel is opened is replaced.
        const refusal = refusalIn(error);
        if (refusal !== undefined) throw refusal;
        if (!link.isGone) throw error;
      }
      if (this.#opening === opening) this.#opening = undefined;
      await pauseFor(FIRST_PAUSE);
    }
  }

  /** Nobody wants it any more; who does nevertheless opens another one. */
  close(): void {
    const opening = this.#opening;
    this.#opening = undefined;
    opening
      ?.then(
        async (lane) => {
          if (lane.isGone || lane.link.isGone) return;
          lane.isGone = true;
          await lane.link.answered(lane.channel.close());
        },
        () => {}, // there is none
      )
      .catch(() => {}); // the connection is lost, and the channel with it
  }

  async #open(link: Link): Promise<OpenLane<C>> {
    try {
      const channel = await link.answered(this.#plan.open(link));
      const lane: OpenLane<C> = { channel, link, isGone: false };
      let reason: Error | undefined;
      channel.on("error", (error) => {
        reason = error;
      });
      channel.on("close", () => {
        lane.isGone = true;
        this.#plan.ended?.(lane, reason);
      });
      return lane;
    } catch (error) {
      // Whatever it is, nobody is to get the same failure again.
      this.#opening = undefined;
      throw error;
    }
  }
}
