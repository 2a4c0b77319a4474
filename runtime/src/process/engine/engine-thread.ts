/** The other end of an `EngineLine`: a thread that has connections to a server, and performs calls of the client's thread. */
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { words } from "../../arena.js";
import { notify } from "../../futex.js";
import { type EngineBoot, type EngineNews, type EngineRequest, failureOf } from "./engine-messages.js";

/** A call of the client's thread, which may give up. */
export interface Call {
  readonly args: readonly unknown[];
  /** Aborted when the thread waits no more. */
  readonly cancelled: AbortSignal;
}

/** Thrown for a call that was cancelled, and of which nothing came. */
export class Cancelled extends Error {}

/** What the thread does. */
export interface Service<S> {
  perform(subject: S, method: string, call: Call): Promise<unknown>;
  /** Keeps an object without a name alive, once more or once less. */
  keep(subject: S): void;
  drop(subject: S): void;
  /** The client has no proxy of it any more. */
  forget?(subject: S): void;
  /** The client ends: what it has is others' when this is done. */
  leave(): Promise<void>;
}

/** What the client's thread says of the server. */
export function enginePlan<Plan>(): Plan {
  return (workerData as EngineBoot<Plan>).plan;
}

/** Tells the client's thread what it has not asked for. */
export function notice(what: unknown): void {
  (workerData as EngineBoot<never>).notices?.postMessage(what);
}

/** Performs what the client's thread asks for, until it ends this one. */
export function serveEngine<S>(service: Service<S>): void {
  const { at, port } = workerData as EngineBoot<never>;
  const news: EngineNews[] = [];
  /** By the client's numbers. */
  const subjects = new Map<number, S>();
  /** By their numbers: what ends the wait of a call. */
  const calls = new Map<number, AbortController>();
  /** What nobody waits for. */
  const underWay = new Set<Promise<unknown>>();

  const sendNews = (): void => {
    if (news.length === 0) return;
    port.postMessage(news);
    news.length = 0;
    // Pairs with the client's waits on the word.
    Atomics.add(words, at, 1);
    notify(at);
  };

  /** What one piece of what arrives comes to goes to the client together: ticks begin when all that follows from it is done. */
  const tell = (each: EngineNews): void => {
    news.push(each);
    if (news.length === 1) process.nextTick(sendNews);
  };

  const perform = async (object: S | number, method: string, call: Call): Promise<unknown> => {
    const subject = typeof object === "number" ? subjects.get(object) : object;
    if (subject === undefined) throw new TypeError(`No object ${String(object)} is known here.`);
    return service.perform(subject, method, call);
  };

  const answer = async (
    number: number,
    subject: S | number,
    method: string,
    args: readonly unknown[],
  ): Promise<void> => {
    const controller = new AbortController();
    calls.set(number, controller);
    try {
      tell({ number, value: await perform(subject, method, { args, cancelled: controller.signal }) });
    } catch (error) {
      tell(error instanceof Cancelled ? { number, cancelled: true } : { number, error: failureOf(error) });
    } finally {
      calls.delete(number);
    }
  };

  /** If it fails, the end of the connection, or of the lease, does it: a lock is free then, an item comes again. */
  const performForNobody = (subject: S | number, method: string, args: readonly unknown[]): void => {
    const done = perform(subject, method, { args, cancelled: new AbortController().signal }).catch(() => {});
    underWay.add(done);
    void done.finally(() => underWay.delete(done));
  };

  const obey = (request: EngineRequest<S>): void => {
    switch (request.do) {
      case "call": {
        const { number, subject, method, args } = request;
        if (number === undefined) performForNobody(subject, method, args);
        else void answer(number, subject, method, args);
        return;
      }
      case "know":
        subjects.set(request.object, request.subject);
        return;
      case "forget": {
        const subject = subjects.get(request.object);
        subjects.delete(request.object);
        if (subject !== undefined) service.forget?.(subject);
        return;
      }
      case "cancel":
        return calls.get(request.number)?.abort();
      case "keep":
        return service.keep(request.subject);
      case "drop":
        return service.drop(request.subject);
      case "leave":
        void Promise.all(underWay)
          .then(() => service.leave())
          .finally(() => tell({ number: request.number, value: undefined }));
    }
  };

  parentPort?.on("message", (requests: readonly EngineRequest<S>[]) => {
    for (const request of requests) obey(request);
  });

  // A client that waits would wait for ever.
  process.on("uncaughtException", (error) => {
    for (const number of calls.keys()) tell({ number, error: failureOf(error) });
  });
}
