/**
 * The thread that has a client's connections to Redis, so that the client's own may block, and what it holds is renewed
 * meanwhile. It loads the driver and nothing else of the user's: values are bytes here.
 */
import { ConnectionClosedError } from "../../errors.js";
import { Late } from "../engine/deadlines.js";
import { type Call, enginePlan, notice, serveEngine } from "../engine/engine-thread.js";
import { DICT_METHODS, LIST_METHODS, VALUE_METHODS } from "./containers.js";
import type { Engine, Methods } from "./engine.js";
import { Leases } from "./leases.js";
import { CONDITION_METHODS, LOCK_METHODS } from "./locks.js";
import { make, Unnamed } from "./making.js";
import { forgetQueue, giveAllBack, QUEUE_METHODS } from "./queues.js";
import type { Subject } from "./redis-messages.js";
import { Session, type SessionPlan } from "./session.js";
import { BARRIER_METHODS, EVENT_METHODS, SEMAPHORE_METHODS } from "./signals.js";

const session = new Session(enginePlan<SessionPlan>());
let tickets = 0;

const engine: Engine = { session, leases: new Leases(session), tell: notice, ticket: () => String(++tickets) };
const unnamed = new Unnamed(engine);

const KINDS: Readonly<Record<string, Methods>> = {
  list: LIST_METHODS,
  dict: DICT_METHODS,
  namespace: DICT_METHODS,
  value: VALUE_METHODS,
  "leased lock": LOCK_METHODS,
  "leased rlock": LOCK_METHODS,
  "leased condition": CONDITION_METHODS,
  "leased semaphore": SEMAPHORE_METHODS,
  "leased bounded semaphore": SEMAPHORE_METHODS,
  event: EVENT_METHODS,
  barrier: BARRIER_METHODS,
  "durable queue": QUEUE_METHODS,
  "durable lifo queue": QUEUE_METHODS,
  "durable priority queue": QUEUE_METHODS,
};

async function perform(subject: Subject, method: string, call: Call): Promise<unknown> {
  if (method === "start") return session.start();
  if (method === "make") return make(engine, subject, call.args);
  const found = KINDS[subject.kind]?.[method];
  if (found === undefined) throw new TypeError(`A ${subject.kind} in Redis has no ${method}.`);
  return found(engine, subject, call);
}

const RANGE = /^(?:Redis refuses this: )?(?:ERR )?HEDDLE_RANGE (.*?)(?: script:.*)?$/s;

/** In the words of the client's thread. */
function errorFor(error: unknown): unknown {
  if (error instanceof Late) {
    const message = `Redis did not answer within ${session.plan.patience} ms: whether this was done is not known.`;
    return new ConnectionClosedError(message);
  }
  const [, range] = (error instanceof Error && RANGE.exec(error.message)) || [];
  return range === undefined ? error : new RangeError(range);
}

serveEngine<Subject>({
  async perform(subject, method, call) {
    try {
      return await perform(subject, method, call);
    } catch (error) {
      throw errorFor(error);
    }
  },
  keep: (subject) => unnamed.keep(subject),
  drop: (subject) => unnamed.drop(subject),
  forget: (subject) => forgetQueue(subject),
  async leave() {
    await giveAllBack().catch(() => {}); // their leases end
    await unnamed.leave();
  },
});
