/** What a pool's worker does: takes tasks until the pool is closed, one at a time. */
import { words } from "./arena.js";
import { END, receive, send } from "./channel.js";
import { decode, encode, labelOf, loadModules } from "./codec.js";
import { notify } from "./futex.js";
import { self, TICKET } from "./self.js";
import { SIGNAL } from "./sweep.js";
import { tasks } from "./tasks.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** What a task is to do: call the function with these arguments, or with each of these items. */
interface PoolTask {
  readonly run: AnyFunction;
  readonly args?: readonly unknown[];
  readonly items?: readonly unknown[];
}

/** What came of it. */
export type PoolResult = { readonly value: unknown } | { readonly error: unknown };

/** Turns of the event loop between tasks, so that timers and collection are not put off for ever. */
const TURN_AFTER = 20; // milliseconds

/** Runs in the worker's thread. The cells are the pool's, which keeps them until all its workers have ended. */
export async function poolWorker(pool: number, todo: number, done: number): Promise<void> {
  let lastTurn = performance.now();
  for (;;) {
    // While it waits here, what earlier tasks left in the event loop stands still: they return when they are done.
    const message = receive(todo, Number.POSITIVE_INFINITY, self + TICKET);
    if (message === END || message === undefined) return;
    const ticket = Atomics.load(words, self + TICKET);
    sendResult(done, ticket, await perform(message));
    Atomics.store(words, self + TICKET, 0);
    // Pairs with the pool's wait and watch on its signal.
    Atomics.add(words, pool + SIGNAL, 1);
    notify(pool + SIGNAL);
    if (performance.now() - lastTurn < TURN_AFTER) continue;
    await new Promise(setImmediate);
    lastTurn = performance.now();
  }
}

async function perform(message: Uint8Array): Promise<PoolResult> {
  try {
    await loadModules(message);
    const { run, args, items } = decode(message) as PoolTask;
    if (items === undefined) return { value: await run(...(args ?? [])) };
    const results: unknown[] = [];
    for (const item of items) results.push(await run(item));
    return { value: results };
  } catch (error) {
    return { error };
  }
}

/** A result that cannot travel is an error that can; the worker goes on. */
function sendResult(done: number, ticket: number, result: PoolResult): void {
  const write = (sent: PoolResult): unknown =>
    encode(sent, (message) => send(done, message, Number.POSITIVE_INFINITY), ticket);
  try {
    write(result);
  } catch (error) {
    write({ error });
  }
}

/** The ticket of the task that a result belongs to. */
export { labelOf as ticketOf };

tasks(import.meta.url, { poolWorker });
