/** A client's sides of queues. Each has channels of its own, as the server ends one for any mistake; of those there are some 2,000. */
import type { Channel } from "./driver.js";
import { Lane } from "./lane.js";
import { Putting } from "./putting.js";
import type { QueueSubject } from "./rabbit-messages.js";
import type { Session } from "./session.js";
import { Taking } from "./taking.js";

/** Queues that no proxy is of whose channels stay: one of them may come again, as the results of a pool do with each task. */
const MOST_IDLE = 32;

class QueueSide {
  readonly putting: Putting;
  readonly taking: Taking;
  readonly asking: Lane<Channel>;

  constructor(session: Session, subject: QueueSubject) {
    this.putting = new Putting(session, subject);
    this.taking = new Taking(session, subject);
    this.asking = new Lane(session, { open: ({ takes }) => takes.createChannel() });
  }

  get isBusy(): boolean {
    return this.putting.isBusy || this.taking.isBusy;
  }

  close(): void {
    this.putting.close();
    this.taking.close();
    this.asking.close();
  }
}

export class QueueSides {
  readonly #session: Session;
  readonly #sides = new Map<string, QueueSide>();
  /** Those that no proxy is of, the longest first. */
  readonly #idle = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** For who has a proxy of it. */
  of(subject: QueueSubject): QueueSide {
    this.keep(subject);
    return this.reporting(subject);
  }

  /** For who has an item of it, perhaps without a proxy. */
  reporting(subject: QueueSubject): QueueSide {
    const name = nameOf(subject);
    let side = this.#sides.get(name);
    if (side === undefined) {
      side = new QueueSide(this.#session, subject);
      this.#sides.set(name, side);
    }
    return side;
  }

  keep(subject: QueueSubject): void {
    this.#idle.delete(nameOf(subject));
  }

  /** No proxy is of it any more. What is in hand can be reported nevertheless. */
  drop(subject: QueueSubject): void {
    const name = nameOf(subject);
    const { taking } = this.#sides.get(name) ?? {};
    if (taking === undefined) return;
    this.#idle.add(name);
    // What came before anybody asked is for others.
    if (subject.prefetch > 0 && !taking.isBusy) taking.close();
    for (const each of this.#idle) {
      if (this.#idle.size <= MOST_IDLE) return;
      const side = this.#sides.get(each);
      if (side?.isBusy) continue;
      this.#idle.delete(each);
      this.#sides.delete(each);
      side?.close();
    }
  }
}

function nameOf({ prefetch, name }: QueueSubject): string {
  return `${prefetch} ${name}`;
}
