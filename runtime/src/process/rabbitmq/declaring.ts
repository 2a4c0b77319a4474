/** Queues as the server knows them: what they are made of, and how those without a name stay. */
import { StateError } from "../../errors.js";
import { pauseFor } from "../engine/deadlines.js";
import { deadLettersOf, PRIORITY_QUEUE, type QueueSubject, UNNAMED } from "./rabbit-messages.js";
import { FIRST_PAUSE, messageOf, refusalIn, type Session } from "./session.js";

/** Milliseconds that a queue without a name stays when no client has it any more. */
const STAYS = 180_000;
/** Milliseconds after which the server has told everybody that a queue is gone. */
const SETTLED_AFTER = 250;
const ANY_NUMBER = 2 ** 31;
const PRECONDITION_FAILED = 406;

/** What the server has the queue by. */
export function queueName({ name }: QueueSubject): string {
  return `heddle:${name}`;
}

function argumentsOf(subject: QueueSubject): object {
  const { kind, name, maxsize, maxDeliveries, priorities } = subject;
  const isClassic = kind === PRIORITY_QUEUE;
  return {
    // Quorum queues keep all items on disk, on several servers if there are; they know no priorities, or two of them.
    "x-queue-type": isClassic ? "classic" : "quorum",
    ...(isClassic ? { "x-max-priority": priorities } : {}),
    ...(maxsize > 0 ? { "x-max-length": maxsize } : {}),
    // The other way to be full is to forget the oldest item; and a dead letter that must not be lost wants this one.
    ...(maxsize > 0 || !isClassic ? { "x-overflow": "reject-publish" } : {}),
    ...(name.startsWith(UNNAMED) ? { "x-expires": STAYS } : {}),
    // Newer servers have a limit of their own.
    ...(isClassic ? {} : { "x-delivery-limit": (maxDeliveries || ANY_NUMBER) - 1 }),
    ...(maxDeliveries > 0
      ? {
          "x-dead-letter-exchange": "",
          "x-dead-letter-routing-key": queueName(deadLettersOf(subject)),
          "x-dead-letter-strategy": "at-least-once",
        }
      : {}),
  };
}

/** Makes the queue, and the one of its dead letters, unless they are there. @throws StateError one by the name is of another kind @throws Late */
export async function declare(session: Session, subject: QueueSubject, deadline: number): Promise<void> {
  if (subject.maxDeliveries > 0) await declare(session, deadLettersOf(subject), deadline);
  for (;;) {
    const link = await session.linked(deadline);
    try {
      // The server ends the channel if it refuses.
      const channel = await link.answered(link.takes.createChannel());
      channel.on("error", () => {});
      const options = { durable: true, arguments: argumentsOf(subject) };
      await link.answered(channel.assertQueue(queueName(subject), options));
      return void channel.close().catch(() => {});
    } catch (error) {
      if (link.isGone) continue;
      throw refusalOf(error, subject) ?? error;
    } finally {
      if (link.isGone) await pauseFor(FIRST_PAUSE);
    }
  }
}

/** Makes a queue again that somebody has deleted. The server mixes up two of a name that follow each other at once. */
export async function declareAgain(session: Session, subject: QueueSubject, deadline: number): Promise<void> {
  await pauseFor(SETTLED_AFTER);
  await declare(session, subject, deadline);
}

function refusalOf(error: unknown, { name, kind }: QueueSubject): StateError | undefined {
  if ((error as { readonly code?: unknown }).code !== PRECONDITION_FAILED) return refusalIn(error);
  const other = kind === PRIORITY_QUEUE ? "a priority queue" : "a queue";
  return new StateError(
    `The queue "${name}" is in RabbitMQ with other options, and cannot be made as ${other} with these: ${messageOf(error)}`,
  );
}

/** Queues without a name stay as long as a client has them: who declares one again renews it. */
export class Unnamed {
  readonly #kept = new Map<string, { readonly subject: QueueSubject; count: number }>();

  constructor(session: Session) {
    setInterval(() => {
      for (const { subject } of this.#kept.values()) {
        declare(session, subject, session.soon()).catch(() => {}); // the next time
      }
    }, STAYS / 4).unref();
  }

  keep(subject: QueueSubject): void {
    const known = this.#kept.get(subject.name);
    if (known !== undefined) known.count++;
    else this.#kept.set(subject.name, { subject, count: 1 });
  }

  /** Whether nobody has it any more. */
  drop({ name }: QueueSubject): boolean {
    const known = this.#kept.get(name);
    if (known === undefined || --known.count > 0) return false;
    return this.#kept.delete(name);
  }
}
