/** What a pool's worker does: takes tasks until the pool is closed, one at a time. */
import { host } from "#host";
import { words } from "./arena.js";
import { END, receive, send } from "./channel.js";
import { decode, discard, encode, labelOf, loadForWork, missingModules } from "./codec.js";
import { ArenaFullError, SerializationError } from "./errors.js";
import { notify } from "./futex.js";
import { guarded } from "./mutex.js";
import { SLEEPERS, WITHDRAWN } from "./pool-cell.js";
import { self, TICKET } from "./self.js";
import { SIGNAL } from "./sweep.js";
import { taskNameOf, tasks } from "./tasks.js";
import { recorder } from "./trace/hook.js";
import { wasWithdrawn } from "./withdrawn.js";

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * What a task is to do: call the function with these arguments, or once for each of these rows of arguments. Of `rows`
 * the first error ends the task, of `each` every row has an outcome of its own.
 */
export interface PoolTask {
  readonly run: AnyFunction;
  readonly args?: readonly unknown[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly items?: readonly unknown[];
  readonly each?: readonly unknown[];
}

/** What came of it. */
export type PoolResult = { readonly value: unknown } | { readonly error: unknown };

/** What a worker is to know. The cells are the pool's, which keeps them until all its workers have ended. */
export interface WorkerPlan {
  readonly pool: number;
  readonly todo: number;
  readonly done: number;
  readonly initializer: AnyFunction | undefined;
  readonly initargs: readonly unknown[];
  /** After so many tasks the worker ends and another one takes its place. */
  readonly maxTasks: number;
}

/** In place of a ticket: the worker has done its number of tasks. */
export const RETIRED = -1;
/** The ticket of a message that is no task's result, but the error that kept a worker from beginning. */
export const NO_TASK = 0;
/** Turns of the event loop between tasks, so that timers and collection are not put off for ever. */
const TURN_AFTER = 20; // milliseconds

/** Runs in the worker's thread. */
export async function poolWorker(plan: WorkerPlan): Promise<void> {
  const { pool, todo, done } = plan;
  try {
    await plan.initializer?.(...plan.initargs);
  } catch (error) {
    sendResult(done, NO_TASK, { error });
    return;
  }
  let lastTurn = performance.now();
  for (let left = plan.maxTasks; left > 0; ) {
    // While it waits here, what earlier tasks left in the event loop stands still: they return when they are done.
    const message = receive(todo, Number.POSITIVE_INFINITY, self + TICKET);
    if (message === END || message === undefined) return;
    const ticket = Atomics.load(words, self + TICKET);
    if (words[pool + WITHDRAWN] !== 0 && guarded(todo, () => wasWithdrawn(pool + WITHDRAWN, ticket))) {
      Atomics.store(words, self + TICKET, 0);
      discard(message);
      continue;
    }
    left--;
    sendResult(done, ticket, await perform(message, pool));
    Atomics.store(words, self + TICKET, left > 0 ? 0 : RETIRED);
    // Pairs with the pool's wait and watch on its signal, before which it counts itself.
    Atomics.add(words, pool + SIGNAL, 1);
    if (Atomics.load(words, pool + SLEEPERS) > 0) notify(pool + SIGNAL);
    if (performance.now() - lastTurn < TURN_AFTER) continue;
    await new Promise<void>(host.nextTurn);
    lastTurn = performance.now();
  }
}

async function perform(message: Uint8Array, pool: number): Promise<PoolResult> {
  let recorded: (() => void) | undefined;
  try {
    if (missingModules(message).length > 0 || host.receive === undefined) await loadForWork(message);
    const task = decode(message) as PoolTask;
    recorded = recorder?.span(pool, taskNameOf(task.run)?.name ?? "");
    return { value: await run(task) };
  } catch (error) {
    return { error };
  } finally {
    recorded?.();
  }
}

async function run({ run: call, args, items, rows, each }: PoolTask): Promise<unknown> {
  if (args !== undefined) return call(...args);
  const values: unknown[] = [];
  for (const item of items ?? []) {
    const value = call(item);
    values.push(isPromise(value) ? await value : value);
  }
  for (const row of rows ?? []) {
    const value = call(...row);
    values.push(isPromise(value) ? await value : value);
  }
  for (const item of each ?? []) values.push(await outcomeOf(call, item));
  return values;
}

/** An await costs more than all else about a small task, so only what asks for it gets one. */
function isPromise(value: unknown): boolean {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** An outcome that can travel. */
async function outcomeOf(run: AnyFunction, item: unknown): Promise<PoolResult> {
  try {
    const outcome = { value: await run(item) };
    encode(outcome, discard);
    return outcome;
  } catch (error) {
    return { error: sendable(error) };
  }
}

/** A result that cannot travel is an error that can; the worker goes on. */
function sendResult(done: number, ticket: number, result: PoolResult): void {
  const write = (sent: PoolResult): unknown =>
    encode(sent, (message) => send(done, message, Number.POSITIVE_INFINITY), ticket);
  try {
    write(result);
  } catch (reason) {
    const isTooLarge = reason instanceof ArenaFullError;
    write({ error: sendable("error" in result && !isTooLarge ? result.error : reason) });
  }
}

/** The error, or if it cannot travel what of it can: class, message and stack, with what kept it as its cause. */
function sendable(error: unknown): unknown {
  try {
    encode({ error }, discard);
    return error;
  } catch (reason) {
    const cause = reason instanceof SerializationError ? reason : new Error(String(reason));
    if (!(error instanceof Error)) return cause;
    const { message, stack } = error;
    return Object.create(error, {
      message: { value: message },
      stack: { value: stack },
      cause: { value: cause },
      errors: { value: [] },
    });
  }
}

/** The ticket of the task that a result belongs to. */
export { labelOf as ticketOf };

// By a name of its own: in a bundle the address of this module is that of a program.
tasks("heddle:pool", { poolWorker });
