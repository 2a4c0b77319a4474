/** What `heddle worker` runs: a process that does tasks of a pool in Redis, one at a time, until it is told to stop. */

import { Socket } from "node:net";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { host } from "#host";
import { ConnectionClosedError, HeddleError, SerializationError, ShutDown, WorkerDiedError } from "../../errors.js";
import { isolate } from "../../isolate.js";
import { type PoolResult, type PoolTask, runTask, sendable } from "../../task-run.js";
import "../index.js"; // all that may be among the arguments of tasks
import { type Delivery, DurableQueue } from "./durable-queue.js";
import { clientOfProxy, type RedisClient } from "./redis-client.js";
import { type ResultMessage, TASK_DELIVERIES, type TaskMessage, tasksName } from "./redis-crew.js";
import { connectRedis, type RedisOptions } from "./redis-manager.js";

/** What the process finds in its environment, in JSON. */
interface PoolWorkerPlan {
  readonly url: string;
  readonly pool: string;
  /** Absolute paths of the modules that have the tasks. */
  readonly modules: readonly string[];
  readonly options: RedisOptions;
  /** A descriptor of which `heddle worker` holds the other end. */
  readonly lifeline?: number;
}

async function serve({ url, pool, modules, options, lifeline }: PoolWorkerPlan): Promise<void> {
  isolate.isLoading = true; // a module that starts something when it is loaded does so where the program begins
  for (const path of modules) await host.load(pathToFileURL(path).href);
  isolate.isLoading = false;
  const redis = connectRedis(url, options);
  const tasks = redis.queue<TaskMessage>(0, { name: tasksName(pool), maxDeliveries: TASK_DELIVERIES });
  const { client } = clientOfProxy(tasks);
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
    if (isTask(delivery.item, client)) await work(delivery, client);
    else leaveAside("An item of the queue is no task of a pool.");
  }
  redis.close();
}

/** What others have put there stays this worker's until it ends: all others go on, and nothing is lost. */
function leaveAside(why: string): void {
  process.stderr.write(`heddle worker ${process.pid}: ${why} It is left aside.\n`);
}

/** Whoever may write to the server may have put anything there. */
function isTask(item: unknown, client: RedisClient): boolean {
  if (typeof item !== "object" || item === null) return false;
  const { results, ticket, retries, work } = item as Partial<TaskMessage>;
  if (!Number.isInteger(ticket) || !Number.isInteger(retries) || !(work instanceof Uint8Array)) return false;
  return results instanceof DurableQueue && clientOfProxy(results).client === client;
}

/** A task that is done but whose result nobody gets is done: its pool is gone. */
async function work(delivery: Delivery<TaskMessage>, client: RedisClient): Promise<void> {
  const { results, ticket, retries, work: message } = delivery.item;
  const deaths = delivery.deliveries - 1;
  const outcome: PoolResult =
    deaths > retries
      ? { error: new WorkerDiedError(`${deaths} workers ended before this task did.`) }
      : await perform(message, client);
  await report(results, { ticket, outcome: packed(outcome, client) });
  delivery.done();
  results.close();
}

async function perform(message: Uint8Array, client: RedisClient): Promise<PoolResult> {
  const travels = (value: unknown): void => void client.pack(value);
  try {
    return { value: await runTask(client.unpack(message) as PoolTask, travels) };
  } catch (error) {
    return { error };
  }
}

function packed(outcome: PoolResult, client: RedisClient): Uint8Array {
  try {
    return client.pack(outcome);
  } catch (reason) {
    const travels = (value: unknown): void => void client.pack(value);
    return client.pack({ error: sendable("error" in outcome ? outcome.error : reason, travels) });
  }
}

async function report(results: DurableQueue<ResultMessage>, result: ResultMessage): Promise<void> {
  for (;;) {
    try {
      return await results.putAsync(result);
    } catch (error) {
      if (error instanceof ShutDown) return;
      // It may come twice, which its pool notices.
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
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
