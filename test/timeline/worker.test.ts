/** Recorded programs, read by the built worker while they run and after. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { ACTIVITY, HOLDING } from "../../client/shared/frame.js";
import type { Answer, Instruction } from "../../client/shared/messages.js";
import type { ThreadNow } from "../../client/shared/snapshot.js";
import { exportTrace } from "../../runtime/src/trace/export.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { readChrome } from "../support/exported-trace.js";
import { family } from "../support/family-trace.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { pixels, TimelineWorker } from "../support/timeline.js";
import { program } from "../support/trace.js";

const cwd = fileURLToPath(repositoryRoot);

suite("the timeline of the deadlock sample", () => {
  let whole: Uint8Array;

  before(async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const { code } = await heddle(["run", "--trace", trace, program("samples/deadlock")], { cwd });
    assert.equal(code, 0);
    whole = readFileSync(trace);
  });

  test("tells who waits for whom, where, and who holds what", async () => {
    using folder = new Folder();
    await using worker = new TimelineWorker(folder.write("run.heddletrace", whole));
    const { duration, exitCode, problem } = await worker.status(({ state }) => state === "ended");
    assert.deepEqual([exitCode, problem], [0, undefined]);
    const { threads, locks, deadlocks } = await worker.snapshot(({ deadlocks }) => deadlocks.length > 0);
    assert.deepEqual(threads.map(waitsAndHolds), [
      ["MainThread", [], undefined, []],
      ["t1", ["mutexA"], "mutexB", ["t2"]],
      ["t2", ["mutexB"], "mutexA", ["t1"]],
    ]);
    assert.deepEqual(locks.map(({ object, owner, waiters }) => [object.name, owner, waiters]).sort(), [
      ["mutexA", 2, [3]],
      ["mutexB", 3, [2]],
    ]);
    assert.deepEqual(deadlocks[0]?.parties.map(({ waitsFor, owner }) => [waitsFor.name, owner]).sort(), [
      ["mutexA", 2],
      ["mutexB", 3],
    ]);

    const columns = 200;
    const { lanes } = await worker.frame(0, duration, columns);
    const last = lanes
      .slice(1)
      .map(({ activity, holding }) => [
        pixels(activity, columns).at(-1)?.worst,
        pixels(holding, columns).at(-1)?.worst,
      ]);
    assert.deepEqual(last, [
      [ACTIVITY.waitsForLock, HOLDING.holdsWhileOthersWait],
      [ACTIVITY.waitsForLock, HOLDING.holdsWhileOthersWait],
    ]);
    assert.equal(pixels(lanes[1]!.activity, columns)[0]?.most, ACTIVITY.absent);

    const { thread, blockers } = await worker.description(2, duration);
    assert.equal(thread.wait?.object.name, "mutexB");
    assert.deepEqual(
      blockers.map(({ id }) => id),
      [3, 2],
    );
    const early = await worker.description(2, thread.began);
    assert.deepEqual([early.thread.wait, early.thread.holds, early.blockers], [undefined, [], []]);

    function waitsAndHolds({ name, holds, wait }: ThreadNow): unknown[] {
      const holder = threads.find(({ id }) => id === wait?.holder)?.name;
      const names = holds.map(({ object }) => object.name);
      return [name, names, wait?.object.name, holder === undefined ? [] : [holder]];
    }
  });
});

test("a trace is exported beside what is there, which stays until the export is whole, and of what is no trace nothing is", async () => {
  using folder = new Folder();
  const trace = folder.write("run.heddletrace", family());
  const [output, part] = [folder.write("run.json", "before"), folder.file("part")];
  const told = async (file: string): Promise<readonly unknown[]> => {
    const worker = new Worker(new URL("dist/timeline.cjs", repositoryRoot));
    const said: unknown[] = [];
    worker.on("message", (answer: Answer) => said.push(answer));
    worker.on("error", ({ message }: Error) => said.push(message));
    worker.postMessage({ type: "export", file, output, part, format: "chrome" } satisfies Instruction);
    await once(worker, "exit").catch(() => undefined);
    return said;
  };
  const foreign = folder.write("foreign.heddletrace", "This is a letter.");
  assert.match(String(await told(foreign)), /this is no Heddle trace/);
  assert.equal(readFileSync(output, "utf8"), "before");
  assert.deepEqual(await told(trace), [{ type: "exported", problem: undefined }]);
  assert.deepEqual(readFileSync(output), Buffer.concat([...exportTrace([readFileSync(trace)], "chrome")]));
  assert.equal(existsSync(part), false);
});

test("a program that runs is seen live, and that it was killed once it is", async () => {
  using folder = new Folder();
  const trace = folder.file("run.heddletrace");
  await using worker = new TimelineWorker(trace);
  await worker.status(({ state }) => state === "waiting");
  const preload = import.meta.resolve("heddle/trace/preload");
  const args = ["--import", preload, program("trace/programs/self-deadlock")];
  const env = { ...process.env, HEDDLE_TRACE: JSON.stringify({ file: trace }) };
  const child = spawn(process.execPath, args, { env, stdio: "ignore" });
  try {
    const { threads } = await worker.snapshot(({ deadlocks }) => deadlocks.length > 0);
    assert.equal(threads[0]?.wait?.holder, 1);
    // Nothing happens any more, and time goes on.
    const first = await worker.status(({ state }) => state === "live", { after: worker.said.length });
    await worker.status(({ duration }) => duration > first.duration + 1e9);
  } finally {
    child.kill("SIGKILL");
  }
  const { problem } = await worker.status(({ state }) => state === "killed");
  assert.ok(problem?.startsWith(`${trace} has no end: the program was killed`), problem);
});

test("what is drawn, reported and exported adds up: rows to the thread's life, waits to what the program measured", async () => {
  using folder = new Folder();
  const trace = folder.file("run.heddletrace");
  const { stdout } = await heddle(["run", "--trace", trace, program("trace/programs/measured-waits")], { cwd });
  const measured = stdout.trim().split("\n").map(Number);
  assert.equal(measured.length, 3);
  const truth = measured.reduce((sum, length) => sum + length, 0);
  await using worker = new TimelineWorker(trace);
  const { duration } = await worker.status(({ state }) => state === "ended");
  const { threads } = await worker.snapshot(({ threads }) => threads.length === 4);
  const { contention } = await worker.answer("contention", ({ contention }) => contention.length > 0);
  const atGate = contention.filter(({ object }) => object.name === "gate");
  const gate = atGate[0]?.object.id;
  const total = atGate.reduce((sum, row) => sum + row.total, 0);
  assert.ok(Math.abs(total - truth) <= truth / 100, `${total} of ${truth} nanoseconds`);

  const columns = 20_000;
  const { lanes } = await worker.frame(0, duration, columns);
  const length = duration / columns;
  let drawn = 0;
  for (const { thread, activity } of lanes.slice(1)) {
    const row = pixels(activity, columns);
    const { began, ended = duration } = threads.find(({ id }) => id === thread)!;
    const life = row.filter(({ most }) => most !== ACTIVITY.absent).length * length;
    assert.ok(Math.abs(life - (ended - began)) <= 2 * length, `thread ${thread} lived ${ended - began}, ${life} drawn`);
    const waits = row.filter(({ most, object }) => most === ACTIVITY.waitsForLock && object === gate);
    drawn += waits.length * length;
  }
  assert.ok(Math.abs(drawn - truth) <= truth / 100, `${drawn} of ${truth} nanoseconds are drawn`);

  const bytes = readFileSync(trace);
  const { contention: reported } = summarise(bytes);
  const atTheGate = reported.filter(({ lock }) => lock === "gate").reduce((sum, row) => sum + row.total, 0);
  assert.equal(atTheGate, total);
  const { slices } = readChrome(Buffer.concat([...exportTrace([bytes], "chrome")]));
  const lengthOf = (found: typeof slices): number => found.reduce((sum, { from, to }) => sum + to - from, 0);
  assert.equal(lengthOf(slices.filter(({ name }) => name === "waits for gate")), total);
  for (const { name, began, ended = duration } of threads) {
    // To the nanosecond: the row has no holes, and nothing overlaps.
    assert.equal(lengthOf(slices.filter(({ track }) => track === name)), ended - began, name);
  }
});
