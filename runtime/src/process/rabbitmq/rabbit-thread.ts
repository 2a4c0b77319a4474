/**
 * The thread that has a client's connections to RabbitMQ, so that the client's own may block: heartbeats go on, and items
 * are sent and confirmed meanwhile. It loads the driver and nothing else of the user's: values are bytes here.
 */
import { ConnectionClosedError } from "../../errors.js";
import { inTime, Late, pauseFor } from "../engine/deadlines.js";
import { type Call, enginePlan, serveEngine } from "../engine/engine-thread.js";
import { declare, declareAgain, queueName, Unnamed } from "./declaring.js";
import { QueueSides } from "./queue-sides.js";
import type { QueueSubject } from "./rabbit-messages.js";
import { FIRST_PAUSE, refusalIn, Session, type SessionPlan } from "./session.js";

const NOT_FOUND = 404;

const session = new Session(enginePlan<SessionPlan>());
const unnamed = new Unnamed(session);

const sides = new QueueSides(session);

/** How many items nobody has. @throws Late @throws StateError */
async function size(subject: QueueSubject): Promise<number> {
  const { asking } = sides.of(subject);
  const deadline = session.soon();
  for (;;) {
    const lane = await asking.opened(deadline);
    try {
      const asked = lane.link.answered(lane.channel.checkQueue(queueName(subject)));
      return (await inTime(asked, deadline)).messageCount;
    } catch (error) {
      if (error instanceof Late) throw error;
      const isMissing = (error as { readonly code?: unknown }).code === NOT_FOUND;
      const refusal = isMissing ? undefined : refusalIn(error);
      if (refusal !== undefined) throw refusal;
      if (isMissing) await declareAgain(session, subject, deadline);
      lane.isGone = true;
      await pauseFor(FIRST_PAUSE);
    }
  }
}

async function perform(subject: QueueSubject, method: string, call: Call): Promise<unknown> {
  switch (method) {
    case "start":
      return session.start();
    case "make":
      return declare(session, subject, session.soon());
    case "put":
      return sides.of(subject).putting.put(call);
    case "get":
      return sides.of(subject).taking.get(call);
    case "done":
    case "giveBack":
    case "setAside":
      return sides.reporting(subject).taking.report(call.args[0] as number, method);
    case "qsize":
      return size(subject);
    default:
      throw new TypeError(`A queue in RabbitMQ has no ${method}.`);
  }
}

serveEngine<QueueSubject>({
  async perform(subject, method, call) {
    try {
      return await perform(subject, method, call);
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      const message = `RabbitMQ did not answer within ${session.plan.patience} ms: whether this was done is not known.`;
      throw new ConnectionClosedError(message);
    }
  },
  keep(subject) {
    unnamed.keep(subject);
    sides.keep(subject);
  },
  // By then nobody has a proxy of it, whether it has a name or none.
  forget: (subject) => sides.drop(subject),
  drop(subject) {
    if (unnamed.drop(subject)) sides.drop(subject);
  },
  leave: () => session.close(),
});
