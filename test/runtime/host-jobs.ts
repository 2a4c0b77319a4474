/** The tasks of pools whose workers are on other "hosts", and what those pools are tested with, whatever the server is. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { pathToFileURL } from "node:url";
import { SerializationError, WorkerDiedError } from "heddle";
import type { QueueProxy, RabbitPool, RemotePool } from "heddle/process";
import type { Host } from "./hosts.js";

/** The module, as it is on each host. */
export const JOBS = `
import process from "node:process";
import { existsSync, writeFileSync } from "node:fs";
import { tasks } from "heddle";
export const square = (n) => n * n;
export const add = (a, b) => a + b;
export class Refused extends Error { constructor(message) { super(message); this.details = { n: 7 }; } }
export async function refuse() { throw new Refused("no"); }
export function die() { process.kill(process.pid, "SIGKILL"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
export function dieOnce(times) { times.put(process.pid); if (times.qsize() === 1) die(); return times.qsize(); }
class Elsewhere {}
if (process.argv[1].includes("pool-worker")) tasks("file:///else/where.js", { Elsewhere });
export const strange = () => new Elsewhere();
export function whenThere(path) {
  writeFileSync(path + ".begun", "");
  while (!existsSync(path)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  return "there";
}
tasks(import.meta.url, { square, add, Refused, refuse, die, dieOnce, strange, whenThere });
`;

interface Jobs {
  square(n: number): number;
  add(a: number, b: number): number;
  Refused: new () => Error;
  refuse(): never;
  die(): never;
  dieOnce(times: QueueProxy<number>): number;
  strange(): object;
  /** Waits for the file, and makes one that ends with ".begun" before. */
  whenThere(path: string): string;
}

/** What the pools are asked for, by a program that has the module. */
export async function jobsAt(host: Host): Promise<Jobs> {
  return (await import(pathToFileURL(host.file("jobs.js")).href)) as Jobs;
}

/**
 * Has three workers, of which two die of what they are asked to do, do all kinds of tasks; and closes both pools.
 * @param careless of the same name, and without retries
 */
export async function checkPools(
  pool: RedisOrRabbitPool,
  careless: RedisOrRabbitPool,
  jobs: Jobs,
  times: QueueProxy<number>,
): Promise<void> {
  const items = Array.from({ length: 30 }, (_, i) => i);
  const squares = items.map((n) => n * n);
  assert.deepEqual(await pool.mapAsync(jobs.square, items), squares);
  const pairs = [
    [1, 2],
    [3, 4],
  ] as const;
  assert.deepEqual(pool.starmap(jobs.add, pairs), [3, 7]);
  assert.deepEqual([...pool.imap(jobs.square, [1, 2, 3])], [1, 4, 9]);
  await assert.rejects(
    async () => pool.applyAsync(jobs.refuse),
    (error: Error) => {
      assert.ok(error instanceof jobs.Refused);
      assert.deepEqual((error as { details?: object }).details, { n: 7 });
      return true;
    },
  );
  await assert.rejects(async () => pool.applyAsync(jobs.strange), SerializationError);
  assert.equal(await pool.applyAsync(jobs.dieOnce, [times]), 2);
  await assert.rejects(async () => careless.applyAsync(jobs.die), WorkerDiedError);
  assert.equal(pool.apply(jobs.square, [9]), 81);
  for (const each of [pool, careless]) {
    each.close();
    each.join();
  }
}

type RedisOrRabbitPool = RemotePool | RabbitPool;

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** The only one of them that has not ended; waits until that is so. */
export async function lastOf(commands: readonly ChildProcess[], timeout: number): Promise<ChildProcess> {
  const left = (): readonly ChildProcess[] => commands.filter((command) => !hasEnded(command));
  const tooLate = AbortSignal.timeout(timeout);
  while (left().length > 1) {
    const ended = left().map((command) => new Promise((resolve) => command.once("exit", resolve)));
    const late = new Promise((resolve) => tooLate.addEventListener("abort", resolve, { once: true }));
    await Promise.race([...ended, late]);
    assert.ok(!tooLate.aborted, "the others have not ended");
  }
  const [last] = left();
  assert.ok(last, "all have ended");
  return last;
}
