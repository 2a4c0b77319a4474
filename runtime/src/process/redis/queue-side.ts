/** A client's side of one queue in Redis: what it asks for together, and the items that it has. */
import { Batch } from "./batch.js";
import type { Engine } from "./engine.js";
import { type QueueScripts, queueKeys, queueScripts } from "./queue-scripts.js";
import type { Subject } from "./redis-messages.js";

/** An item that is this client's. */
export interface Taken {
  readonly id: Uint8Array;
  readonly value: Uint8Array;
  readonly deliveries: number;
}

interface PutQuestion {
  readonly value: Uint8Array;
  readonly rank: string | Uint8Array;
  /** Who waits; nothing for nobody. */
  readonly entry: string;
}

export type PutOutcome = "in" | "full" | "shut";
export type GetOutcome = Taken | "none" | "shut";

let made = 0;

export class QueueSide {
  readonly puts: Batch<PutQuestion, PutOutcome>;
  readonly gets: Batch<string, GetOutcome>;
  readonly dones: Batch<Uint8Array, undefined>;
  readonly scripts: QueueScripts;
  readonly keys: string[];
  /** By their numbers in text: items that were taken and not reported. */
  readonly inHand = new Map<string, Uint8Array>();
  /** The client has no proxy of the queue any more; what is in hand, or comes yet, may still be reported. */
  isForgotten = false;
  /** Calls under way that an item may come of. */
  gettings = 0;
  /** Its own: while items of one side are reported, there may be another one of the same queue. */
  readonly #lease: string;
  readonly #engine: Engine;
  readonly #subject: Subject;

  constructor(engine: Engine, subject: Subject) {
    this.#engine = engine;
    this.#subject = subject;
    this.#lease = `items ${subject.name} ${++made}`;
    this.scripts = queueScripts(subject);
    this.keys = queueKeys(subject);
    this.puts = new Batch((questions) => this.#put(questions));
    this.gets = new Batch((entries) => this.#get(entries));
    this.dones = new Batch((ids) => this.#done(ids));
  }

  async run(name: keyof QueueScripts, args: readonly (string | Uint8Array)[], again: boolean, deadline?: number) {
    const { session } = this.#engine;
    return session.run(this.scripts[name], this.keys, args, { again, deadline: deadline ?? session.soon() });
  }

  /** Back to the queue, for the next one. */
  async giveBack(ids: readonly Uint8Array[]): Promise<void> {
    for (const id of ids) this.#forget(id);
    await this.run("giveBack", [this.#engine.session.plan.client, ...ids], true);
  }

  async #put(questions: readonly PutQuestion[]): Promise<readonly PutOutcome[]> {
    const args = questions.flatMap(({ value, rank, entry }) => [value, rank, entry]);
    const count = (await this.run("put", [String(this.#subject.maxsize), ...args], false)) as number;
    return questions.map((_, i) => (count < 0 ? "shut" : i < count ? "in" : "full"));
  }

  async #get(entries: readonly string[]): Promise<readonly GetOutcome[]> {
    const { lease, maxDeliveries, maxsize } = this.#subject;
    const { client } = this.#engine.session.plan;
    const asked = performance.now();
    const args = [client, String(lease), String(maxDeliveries), maxsize > 0 ? "1" : "0", ...entries];
    const found = (await this.run("get", args, true, Number.POSITIVE_INFINITY)) as [
      readonly [Uint8Array, Uint8Array, number][],
      number,
    ];
    const [items, isShut] = found;
    const isFirst = this.inHand.size === 0;
    const taken = items.map(([id, value, deliveries]): Taken => ({ id, value, deliveries }));
    for (const { id } of taken) this.inHand.set(textOf(id), id);
    if (isFirst && taken.length > 0) this.#keep(asked);
    return entries.map((_, i) => taken[i] ?? (isShut === 1 ? "shut" : "none"));
  }

  async #done(ids: readonly Uint8Array[]): Promise<readonly undefined[]> {
    for (const id of ids) this.#forget(id);
    await this.run("done", ids, true, Number.POSITIVE_INFINITY);
    return ids.map(() => undefined);
  }

  #forget(id: Uint8Array): void {
    this.inHand.delete(textOf(id));
    if (this.inHand.size === 0) this.#engine.leases.end(this.#lease);
  }

  /** All items in hand are renewed together. One that is lost was handed to somebody else: it comes twice. */
  #keep(since: number): void {
    const { leases, session, tell } = this.#engine;
    const { lease, name } = this.#subject;
    leases.keep(this.#lease, since, {
      milliseconds: lease,
      renew: async (deadline) => {
        const ids = [...this.inHand.values()];
        const lost = (await this.run(
          "renew",
          [session.plan.client, String(lease), ...ids],
          true,
          deadline,
        )) as Uint8Array[];
        for (const id of lost) {
          this.inHand.delete(textOf(id));
          tell({ lost: name, ticket: textOf(id) });
        }
        return this.inHand.size > 0;
      },
      // The server is away for so long that others may have them by now. Who reports one as done afterwards may do so.
      lost: () => {
        for (const id of this.inHand.keys()) tell({ lost: name, ticket: id });
        this.inHand.clear();
      },
    });
  }
}

/** An item's number as text, byte by byte. */
function textOf(id: Uint8Array): string {
  return Buffer.from(id).toString("latin1");
}
