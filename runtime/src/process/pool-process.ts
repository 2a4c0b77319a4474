/** What a worker of a pool of processes does: takes tasks until it is told to go, one at a time. */
import { host } from "#host";
import { ConnectionClosedError } from "../errors.js";
import type { CrewPlan } from "../pool-dispatch.js";
import { NO_TASK } from "../pool-ticket.js";
import { type PoolResult, type PoolTask, runTask, sendable } from "../task-run.js";
import { tasks } from "../tasks.js";
import type { Connection } from "./connection.js";
import { NUMBER_AT, READY_AT, REPORT_AT, TASK_AT } from "./pool-desk.js";
import { decodeFromProcess, encodeForProcess, loadForWork } from "./process-codec.js";

/** Turns of the event loop between tasks, so that timers and collection are not put off for ever. */
const TURN_AFTER = 20; // milliseconds

/** Runs in the worker's process. The connection leads to the desk. */
export async function poolProcess(desk: Connection, plan: CrewPlan): Promise<void> {
  try {
    await plan.initializer?.(...plan.initargs);
  } catch (error) {
    report(desk, NO_TASK, false, { error });
    return;
  }
  report(desk, NO_TASK, true);
  let lastTurn = performance.now();
  for (let left = plan.maxTasks; left > 0; left--) {
    const bytes = nextMessage(desk);
    if (bytes === undefined) return;
    // The kind of the message is gone by now.
    const number = new DataView(bytes.buffer, bytes.byteOffset).getInt32(NUMBER_AT - 1, true);
    if (number === NO_TASK) return;
    report(desk, number, left > 1, await perform(bytes.subarray(TASK_AT - 1)));
    if (performance.now() - lastTurn < TURN_AFTER) continue;
    await new Promise<void>(host.nextTurn);
    lastTurn = performance.now();
  }
}

function nextMessage(desk: Connection): Uint8Array | undefined {
  try {
    return desk.recvBytes();
  } catch (error) {
    if (error instanceof ConnectionClosedError) return undefined; // the pool was terminated
    throw error;
  }
}

async function perform(message: Uint8Array): Promise<PoolResult> {
  try {
    await loadForWork(message);
    return { value: await runTask(decodeFromProcess(message) as PoolTask, travels) };
  } catch (error) {
    return { error };
  }
}

function travels(value: unknown): void {
  encodeForProcess(value);
}

/** A result that cannot travel is an error that can; the worker goes on. */
function report(desk: Connection, number: number, isReady: boolean, result?: PoolResult): void {
  // `sendBytes` puts the kind of the message in front.
  const before = REPORT_AT - 1;
  const message = result === undefined ? new Uint8Array(before) : encoded(result, before);
  new DataView(message.buffer).setInt32(NUMBER_AT - 1, number, true);
  message[READY_AT - 1] = isReady ? 1 : 0;
  desk.sendBytes(message);
}

function encoded(result: PoolResult, before: number): Uint8Array<ArrayBuffer> {
  try {
    return encodeForProcess(result, before);
  } catch (reason) {
    return encodeForProcess({ error: sendable("error" in result ? result.error : reason, travels) }, before);
  }
}

// By a name of its own, which every process of this library knows.
tasks("heddle:process-pool", { poolProcess });
