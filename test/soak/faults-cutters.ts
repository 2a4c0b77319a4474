/** What stands between the clients of a soak of faults and a server on a port. */
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../support/random.js";
import { Cutter } from "../support/redis-server.js";

/** Milliseconds that a connection stays cut at most. */
const LONGEST_CUT = 1200;
const COUNT = 2;

export class Cutters implements AsyncDisposable {
  readonly #cutters: readonly Cutter[];

  private constructor(cutters: readonly Cutter[]) {
    this.#cutters = cutters;
  }

  static async start(port: number): Promise<Cutters> {
    return new Cutters(await Promise.all(Array.from({ length: COUNT }, () => Cutter.start(port))));
  }

  /** Of this machine, where clients find the server. */
  get ports(): readonly number[] {
    return this.#cutters.map(({ port }) => port);
  }

  /** Cuts off the clients of one of them, or all, for a random time. */
  async cut(random: Random): Promise<void> {
    const cut = this.#some(random);
    for (const cutter of cut) cutter.close();
    await delay(random.below(LONGEST_CUT));
    for (const cutter of cut) cutter.open();
  }

  /** The clients of one of them, or all, hear nothing any more by the connections that they have, and are not heard. */
  silence(random: Random): void {
    for (const cutter of this.#some(random)) cutter.silence();
  }

  #some(random: Random): readonly Cutter[] {
    const one = this.#cutters[random.below(COUNT + 1)];
    return one === undefined ? this.#cutters : [one];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cutter of this.#cutters) await cutter[Symbol.asyncDispose]();
  }
}
