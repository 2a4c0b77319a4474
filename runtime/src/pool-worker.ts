/** What a pool's worker does: takes tasks until the pool is closed, one at a time. */
import { host } from "#host";
import { words } from "./arena.js";
import { END, receive, send } from "./channel.js";
import { decode, discard, encode, labelOf, loadForWork, missingModules } from "./codec.js";
import { ArenaFullError } from "./errors.js";
import { notify } from "./futex.js";
import { guarded } from "./mutex.js";
import { SLEEPERS, WITHDRAWN } from "./pool-cell.js";
import type { CrewPlan } from "./pool-dispatch.js";
import { IDLE, NO_TASK, RETIRED } from "./pool-ticket.js";
import { self, TICKET } from "./self.js";
import { SIGNAL } from "./sweep.js";
import { type PoolResult, type PoolTask, runTask, sendable } from "./task-run.js";
import { taskNameOf, tasks } from "./tasks.js";
import { recorder } from "./trace/hook.js";
import { wasWithdrawn } from "./withdrawn.js";

/** What a worker is to know. The cells are the pool's, which keeps them until all its workers have ended. */
export interface WorkerPlan extends CrewPlan {
  readonly pool: number;
  readonly todo: number;
  readonly done: number;
}

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
  Atomics.store(words, self + TICKET, IDLE);
  let lastTurn = performance.now();
  for (let left = plan.maxTasks; left > 0; ) {
    // While it waits here, what earlier tasks left in the event loop stands still: they return when they are done.
    const message = receive(todo, Number.POSITIVE_INFINITY, self + TICKET);
    if (message === END || message === undefined) return;
    const ticket = Atomics.load(words, self + TICKET);
    if (words[pool + WITHDRAWN] !== 0 && guarded(todo, () => wasWithdrawn(pool + WITHDRAWN, ticket))) {
      Atomics.store(words, self + TICKET, IDLE);
      discard(message);
      continue;
    }
    left--;
    sendResult(done, ticket, await perform(message, pool));
    Atomics.store(words, self + TICKET, left > 0 ? IDLE : RETIRED);
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
    return { value: await runTask(task, travels) };
  } catch (error) {
    return { error };
  } finally {
    recorded?.();
  }
}

function travels(value: unknown): void {
  encode(value, discard);
}

/** A result that cannot travel is an error that can; the worker goes on. */
function sendResult(done: number, ticket: number, result: PoolResult): void {
  const write = (sent: PoolResult): unknown =>
    encode(sent, (message) => send(done, message, Number.POSITIVE_INFINITY), ticket);
  try {
    write(result);
  } catch (reason) {
    const isTooLarge = reason instanceof ArenaFullError;
    write({ error: sendable("error" in result && !isTooLarge ? result.error : reason, travels) });
  }
}

/** The ticket of the task that a result belongs to. */
export { labelOf as ticketOf };

// By a name of its own: in a bundle the address of this module is that of a program.
tasks("heddle:pool", { poolWorker });
