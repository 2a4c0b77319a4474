/** What `heddle worker` runs: a process that does tasks of a pool at a server, one at a time, until it is told to stop. */

import { Socket } from "node:net";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { host } from "#host";
import {
  ConnectionClosedError,
  HeddleError,
  SerializationError,
  ShutDown,
  StateError,
  WorkerDiedError,
} from "../../errors.js";
import { isolate } from "../../isolate.js";
import { type PoolResult, type PoolTask, runTask, sendable } from "../../task-run.js";
import "../index.js"; // all that may be among the arguments of tasks
import { QueueProxy } from "../manager/queue-proxy.js";
import { remoteOf } from "../manager/remote.js";
import { connectRabbit, type RabbitManager } from "../rabbitmq/rabbit-manager.js";
import { QUEUE } from "../rabbitmq/rabbit-messages.js";
import { RabbitDelivery } from "../rabbitmq/rabbit-queue.js";
import { connectRedis, type RedisManager } from "../redis/redis-manager.js";
import { isOutOfMemory } from "../redis/redis-messages.js";
import { pauseFor } from "./deadlines.js";
import type { Delivery } from "./delivery.js";
import { type ResultMessage, TASK_DELIVERIES, type TaskClient, type TaskMessage, tasksName } from "./remote-crew.js";

/** What the process finds in its environment, in JSON. */
interface PoolWorkerPlan {
  readonly url: string;
  readonly pool: string;
  /** Absolute paths of the modules that have the tasks. */
  readonly modules: readonly string[];
  readonly options: object;
  /** A descriptor of which `heddle worker` holds the other end. */
  readonly lifeline?: number;
}

/** Milliseconds between two attempts to report to a server without memory. */
const MEMORY_PAUSE = 250;

/** Told to stop, and the server does not take what came of the task: it is the next worker's. */
class Unreported extends Error {}

/** How a server is reached whose address begins so. */
const CONNECTORS: Readonly<Record<string, (url: string, options: object) => RedisManager | RabbitManager>> = {
  "amqp:": connectRabbit,
  "amqps:": connectRabbit,
  "redis:": connectRedis,
  "rediss:": connectRedis,
};

async function serve({ url, pool, modules, options, lifeline }: PoolWorkerPlan): Promise<void> {
  isolate.isLoading = true; // a module that starts something when it is loaded does so where the program begins
  for (const path of modules) await host.load(pathToFileURL(path).href);
  isolate.isLoading = false;
  const connect = CONNECTORS[new URL(url).protocol];
  if (connect === undefined) throw new StateError(`No pool is at ${new URL(url).protocol}`);
  const server = connect(url, options);
  const tasks = server.queue<TaskMessage>(0, { name: tasksName(pool), maxDeliveries: TASK_DELIVERIES });
  const client = clientOf(tasks) as Client;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stop.abort());
  }
  // The end of whoever has started it is a request to stop, too.
  if (lifeline !== undefined) {
    const line = new Socket({ fd: lifeline });
    line.on("error", () => {}).on("close", () => stop.abort());
    line.resume().unref();
  }
  process.stderr.write(`heddle worker ${process.pid}: waiting for tasks of "${pool}"\n`);
  while (!stop.signal.aborted) {
    let delivery: Delivery<TaskMessage>;
    try {
      delivery = await tasks.receiveAsync({ signal: stop.signal });
    } catch (error) {
      if (stop.signal.aborted) break;
      if (!(error instanceof SerializationError)) throw error;
      leaveAside(error.message);
      continue;
    }
    if (!isTask(delivery.item, client)) {
      leaveAside("An item of the queue is no task of a pool.", delivery);
      continue;
    }
    try {
      await work(delivery, client, stop.signal);
    } catch (error) {
      if (error instanceof Unreported) {
        const what = "The server takes nothing that came of a task, which is left to the next worker.";
        process.stderr.write(`heddle worker ${process.pid}: ${what}\n`);
        break;
      }
      // Somebody else would only find the same.
      leaveAside(`What came of a task cannot be reported: ${error instanceof Error ? error.message : error}`, delivery);
    }
  }
  server.close();
}

/** What others have put there is a dead letter, or stays this worker's until it ends: all others go on, and nothing is lost. */
function leaveAside(why: string, delivery?: Delivery<unknown>): void {
  if (delivery instanceof RabbitDelivery) delivery.setAside();
  process.stderr.write(`heddle worker ${process.pid}: ${why} It is left aside.\n`);
}

/** Whoever may write to the server may have put anything there. */
function isTask(item: unknown, client: Client): boolean {
  if (typeof item !== "object" || item === null) return false;
  const { results, ticket, retries, work } = item as Partial<TaskMessage>;
  if (!Number.isInteger(ticket) || !Number.isInteger(retries) || !(work instanceof Uint8Array)) return false;
  return results instanceof QueueProxy && clientOf(results) === client && RESULTS.has(remoteOf(results)?.kind ?? "");
}

/** What pools have for results: what is put into a queue of priorities is a pair. */
const RESULTS: ReadonlySet<string> = new Set(["durable queue", QUEUE]);

/** By which tasks are read, and results written. */
interface Client extends TaskClient<never> {
  /** Milliseconds that a call which waits for nothing else waits for the server. */
  readonly plan: { readonly patience: number };
}

function clientOf(queue: object): Client | undefined {
  return remoteOf(queue)?.reached as Client | undefined;
}

/** A task that is done but whose result nobody gets is done: its pool is gone. */
async function work(delivery: Delivery<TaskMessage>, client: Client, stop: AbortSignal): Promise<void> {
  const { ticket, retries, work: message } = delivery.item;
  const results = delivery.item.results as QueueProxy<ResultMessage>;
  const deaths = delivery.deliveries - 1;
  const outcome: PoolResult =
    deaths > retries
      ? { error: new WorkerDiedError(`${deaths} workers ended before this task did.`) }
      : await perform(message, client);
  const tell = (what: PoolResult): Promise<void> => {
    const result = { ticket, outcome: packed(what, client) };
    return unlessStopped((isOver) => report(results, result, isOver), stop, client.plan.patience / 2);
  };
  // Where the server refuses it, as too large, who waits hears that.
  await tell(outcome).catch((error: unknown) => {
    if (error instanceof Unreported) throw error;
    return tell({ error });
  });
  delivery.done();
  results.close();
}

async function perform(message: Uint8Array, client: Client): Promise<PoolResult> {
  const travels = (value: unknown): void => void client.pack(value);
  try {
    return { value: await runTask(client.unpack(message) as PoolTask, travels) };
  } catch (error) {
    return { error };
  }
}

function packed(outcome: PoolResult, client: Client): Uint8Array {
  try {
    return client.pack(outcome);
  } catch (reason) {
    const travels = (value: unknown): void => void client.pack(value);
    return client.pack({ error: sendable("error" in outcome ? outcome.error : reason, travels) });
  }
}

/** A server that has no memory for it takes it when there is some, as nobody else has what came of the task. */
async function report(results: QueueProxy<ResultMessage>, result: ResultMessage, isOver: () => boolean): Promise<void> {
  for (let isTold = false; !isOver(); ) {
    try {
      return await results.putAsync(result);
    } catch (error) {
      if (error instanceof ShutDown) return;
      if (isOutOfMemory(error)) {
        const what = "Redis has no memory left for what came of a task, which is reported when there is some.";
        if (!isTold) process.stderr.write(`heddle worker ${process.pid}: ${what}\n`);
        isTold = true;
        await pauseFor(MEMORY_PAUSE);
        continue;
      }
      // It may come twice, which its pool notices.
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
  }
}

/**
 * Waits for it as long as it takes; once the worker is told to stop, so many milliseconds longer. What was sent, and not
 * confirmed, may have arrived nevertheless. @throws Unreported
 */
async function unlessStopped(
  run: (isOver: () => boolean) => Promise<void>,
  stop: AbortSignal,
  grace: number,
): Promise<void> {
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hurry = (): void => {};
  const late = new Promise<never>((_, reject) => {
    hurry = () => {
      timer = setTimeout(() => {
        isOver = true;
        reject(new Unreported());
      }, grace);
    };
  });
  if (stop.aborted) hurry();
  else stop.addEventListener("abort", hurry, { once: true });
  try {
    await Promise.race([run(() => isOver), late]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", hurry);
  }
}

if (isMainThread) {
  const plan = process.env.HEDDLE_WORKER ?? "{}";
  delete process.env.HEDDLE_WORKER; // it may hold a password, and is for no process that tasks start
  serve(JSON.parse(plan) as PoolWorkerPlan).then(
    () => process.exit(0),
    (error: unknown) => {
      const message = error instanceof HeddleError ? error.message : error;
      console.error("heddle worker:", message);
      process.exit(2);
    },
  );
}
