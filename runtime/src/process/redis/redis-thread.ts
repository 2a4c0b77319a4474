/**
 * The thread that has a client's connections to Redis, so that the client's own may block, and what it holds is renewed
 * meanwhile. It loads the driver and nothing else of the user's: values are bytes here.
 */
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { words } from "../../arena.js";
import { ConnectionClosedError, HeddleError } from "../../errors.js";
import { notify } from "../../futex.js";
import { DICT_METHODS, LIST_METHODS, VALUE_METHODS } from "./containers.js";
import type { Engine, Methods } from "./engine.js";
import { Leases } from "./leases.js";
import { CONDITION_METHODS, LOCK_METHODS } from "./locks.js";
import { make, Unnamed } from "./making.js";
import { giveAllBack, QUEUE_METHODS } from "./queues.js";
import type { RedisBoot, RedisFailure, RedisNews, RedisRequest, Subject } from "./redis-messages.js";
import { Late, Session } from "./session.js";
import { BARRIER_METHODS, EVENT_METHODS, SEMAPHORE_METHODS } from "./signals.js";
import { type Call, Cancelled } from "./waits.js";

const { plan, at, port, losses } = workerData as RedisBoot;

const session = new Session(plan);
const news: RedisNews[] = [];
let tickets = 0;

/** What one piece of what arrives comes to goes to the client together: ticks begin when all that follows from it is done. */
function tell(each: RedisNews): void {
  if ("lost" in each) return losses.postMessage(each);
  news.push(each);
  if (news.length === 1) process.nextTick(sendNews);
}

function sendNews(): void {
  if (news.length === 0) return;
  port.postMessage(news);
  news.length = 0;
  // Pairs with the client's waits on the word.
  Atomics.add(words, at, 1);
  notify(at);
}

const engine: Engine = { session, leases: new Leases(session), tell, ticket: () => String(++tickets) };
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

/** By their numbers: ends the wait of a call. */
const cancels = new Map<number, () => void>();

/** By the client's numbers. */
const subjects = new Map<number, Subject>();

async function perform(object: Subject | number, method: string, call: Call): Promise<unknown> {
  const subject = typeof object === "number" ? subjects.get(object) : object;
  if (subject === undefined) throw new TypeError(`No object ${String(object)} of Redis is known here.`);
  if (method === "start") return session.start();
  if (method === "make") return make(engine, subject, call.args);
  const found = KINDS[subject.kind]?.[method];
  if (found === undefined) throw new TypeError(`A ${subject.kind} in Redis has no ${method}.`);
  return found(engine, subject, call);
}

async function answer(request: Extract<RedisRequest, { do: "call" }>): Promise<void> {
  const { number = 0, subject, method, args } = request;
  let isCancelled = false;
  const cancelled = new Promise<void>((resolve) => {
    cancels.set(number, () => {
      isCancelled = true;
      resolve();
    });
  });
  try {
    const value = await perform(subject, method, {
      args,
      cancelled,
      get isCancelled() {
        return isCancelled;
      },
    });
    tell({ number, value });
  } catch (error) {
    tell(error instanceof Cancelled ? { number, cancelled: true } : { number, error: failureOf(error) });
  } finally {
    cancels.delete(number);
  }
}

const RANGE = /^(?:Redis refuses this: )?(?:ERR )?HEDDLE_RANGE (.*?)(?: script:.*)?$/s;

function failureOf(error: unknown): RedisFailure {
  if (error instanceof Late) {
    const message = `Redis did not answer within ${plan.patience} ms: whether this was done is not known.`;
    return failureOf(new ConnectionClosedError(message));
  }
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const [, range] = RANGE.exec(error.message) ?? [];
  if (range !== undefined) return { code: "RangeError", message: range };
  return { code: error instanceof HeddleError ? error.code : error.name, message: error.message };
}

/** What nobody waits for. If it fails, the lease ends it: a lock is free then, an item comes again. */
function performForNobody({ subject, method, args }: Extract<RedisRequest, { do: "call" }>): void {
  const never = new Promise<void>(() => {});
  const done = perform(subject, method, { args, cancelled: never, isCancelled: false }).catch(() => {});
  underWay.add(done);
  void done.finally(() => underWay.delete(done));
}

const underWay = new Set<Promise<unknown>>();

async function leave(number: number): Promise<void> {
  await Promise.all(underWay);
  await giveAllBack().catch(() => {}); // their leases end
  await unnamed.leave();
  tell({ number, value: undefined });
}

function obey(request: RedisRequest): void {
  switch (request.do) {
    case "call":
      if (request.number === undefined) performForNobody(request);
      else void answer(request);
      return;
    case "know":
      subjects.set(request.object, request.subject);
      return;
    case "cancel":
      return cancels.get(request.number)?.();
    case "keep":
      return unnamed.keep(request.subject);
    case "drop":
      return unnamed.drop(request.subject);
    case "leave":
      void leave(request.number);
  }
}

parentPort?.on("message", (requests: readonly RedisRequest[]) => {
  for (const request of requests) obey(request);
});

// A client that waits would wait for ever.
process.on("uncaughtException", (error) => {
  for (const number of cancels.keys()) tell({ number, error: failureOf(error) });
});
