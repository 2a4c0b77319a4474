/** Files that grow, begin anew, or are no traces, through the built worker. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ACTIVITY } from "../../client/shared/frame.js";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { Folder } from "../support/folder.js";
import { TimelineWorker } from "../support/timeline.js";
import { TraceWriter } from "../support/trace-writer.js";

/** The recorder of a program in this process, which lives. */
function recorder(name: string): TraceWriter {
  const out = new TraceWriter({ origin: Number(process.hrtime.bigint()), pid: process.pid });
  out.object(1, "lock", "gate");
  out.thread(1, 0, name);
  out.pass(1);
  return out;
}

test("what is appended is read within milliseconds, and drawn", async (t) => {
  using folder = new Folder();
  const out = recorder("main");
  const file = folder.write("run.heddletrace", out.take().slice());
  await using worker = new TimelineWorker(file);
  await worker.snapshot(({ threads }) => threads.length === 1);
  const delays: number[] = [];
  for (let i = 1; i <= 20; i++) {
    out.event(1, i * 1000, i % 2 === 1 ? EVENTS.waitBegan : EVENTS.waitEnded, { object: 1 });
    out.pass(i * 1000 + 1);
    const bytes = out.take().slice();
    const start = performance.now();
    appendFileSync(file, bytes);
    const wanted = i % 2 === 1 ? ACTIVITY.waitsForLock : ACTIVITY.running;
    await drawn(worker, wanted);
    delays.push(performance.now() - start);
  }
  delays.sort((a, b) => a - b);
  t.diagnostic(`milliseconds from write to frame: median ${delays[10]?.toFixed(1)}, worst ${delays[19]?.toFixed(1)}`);
  // Half of them may have waited for their turn on a machine that has more to do.
  assert.ok((delays[5] ?? 0) < 100, "a delay is not to be seen");
});

/** Asks for frames until the last moment of the thread looks as wanted. */
async function drawn(worker: TimelineWorker, activity: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { lanes } = await worker.frame(1000, 30_000_000_000, 1);
    const columns = lanes[0]?.activity ?? [];
    const { thread } = await worker.description(1, Number.MAX_SAFE_INTEGER);
    if (thread.activity === activity && columns.length > 0) return;
    assert.ok(performance.now() < deadline, `the thread never did ${activity}`);
  }
}

test("a file that begins anew is another trace, in place, by another file or by the same number of bytes", async () => {
  using folder = new Folder();
  const file = folder.write("run.heddletrace", recorder("one").take());
  await using worker = new TimelineWorker(file);
  const named = (name: string) => worker.snapshot(({ threads }) => threads[0]?.name === name && threads.length === 1);
  await named("one");
  writeFileSync(file, recorder("two").take());
  await named("two");
  renameSync(folder.write("next", recorder("three").take()), file);
  await named("three");
  writeFileSync(file, new Uint8Array(0));
  await worker.status(({ state }) => state === "waiting", { after: worker.said.length });
  writeFileSync(file, recorder("four").take());
  await named("four");
});

test("a file that is no trace, or a later version's, is refused with its name, until it is one", async () => {
  using folder = new Folder();
  const later = recorder("later").take().slice();
  later[8] = 9;
  const file = folder.write("run.heddletrace", "this was never a trace");
  await using worker = new TimelineWorker(file);
  const refused = async (pattern: RegExp) => {
    const { problem = "" } = await worker.status(({ state, problem }) => {
      return state === "unreadable" && pattern.test(problem ?? "");
    });
    assert.ok(problem.startsWith(`${file} cannot be shown: `), problem);
    assert.match(problem, /Record the program again/);
  };
  await refused(/this is no Heddle trace/);
  writeFileSync(file, later);
  await refused(/the trace has version 9/);
  writeFileSync(file, recorder("good").take());
  await worker.snapshot(({ threads }) => threads[0]?.name === "good");
});

test("a folder, and a program that ended before its recording began, are told", async () => {
  using folder = new Folder();
  await using atFolder = new TimelineWorker(folder.path);
  const { problem } = await atFolder.status(({ state }) => state === "unreadable");
  assert.equal(problem, `${folder.path} cannot be read: it is a folder`);
  const file = folder.file("never.heddletrace");
  await using worker = new TimelineWorker(file);
  await worker.status(({ state }) => state === "waiting");
  worker.tell({ type: "running", isRunning: false });
  const never = await worker.status(({ state }) => state === "unreadable");
  assert.ok(never.problem?.startsWith(`There is no ${file}: the program ended`), never.problem);
});

test("a pipe is not waited for", { skip: process.platform === "win32" && "there are none" }, async () => {
  using folder = new Folder();
  const file = folder.file("run.heddletrace");
  execFileSync("mkfifo", [file]);
  await using worker = new TimelineWorker(file);
  const { problem } = await worker.status(({ state }) => state === "unreadable");
  assert.equal(problem, `${file} cannot be read: it is no file`);
});

test("a cut file was killed, a damaged one is read up to the damage", async () => {
  using folder = new Folder();
  const out = new TraceWriter({ pid: 2 ** 30 });
  out.thread(1, 0, "main");
  out.event(1, 500, EVENTS.waitBegan);
  out.pass(1000);
  const whole = out.take().slice();
  const cut = folder.write("cut.heddletrace", whole.subarray(0, whole.length - 3));
  await using worker = new TimelineWorker(cut);
  const { problem, events } = await worker.status(({ state }) => state === "killed");
  assert.match(problem ?? "", /cut\.heddletrace has no end: .*; the trace ends in the middle of a record/);
  assert.equal(events, 1);
  const damaged = whole.slice();
  damaged[damaged.length - 1]! ^= 0x55;
  await using other = new TimelineWorker(folder.write("damaged.heddletrace", damaged));
  const told = await other.status(({ state }) => state === "killed");
  assert.match(told.problem ?? "", /a part of the trace is damaged/);
});

test("a pause is drawn over what the thread does, is told with its place, and counts in no wait", async () => {
  using folder = new Folder();
  const out = recorder("main");
  out.event(1, 1000, EVENTS.waitBegan, { object: 1 });
  out.pass(2000);
  const file = folder.write("run.heddletrace", out.take().slice());
  await using worker = new TimelineWorker(file);
  worker.tell({ type: "running", isRunning: true });
  await worker.snapshot(({ threads }) => threads[0]?.activity === ACTIVITY.waitsForLock);
  const place = { file: "a.ts", line: 3, column: 1 };
  worker.tell({ type: "paused", thread: 1, place });
  const paused = await worker.snapshot(({ threads }) => threads[0]?.activity === ACTIVITY.paused);
  assert.deepEqual(paused.threads[0]?.pausedAt, place);
  assert.equal(paused.threads[0]?.wait?.object.name, "gate");
  const { duration } = await worker.status(({ duration }) => duration > paused.time + 3e8);
  worker.tell({ type: "continued", thread: 1 });
  await worker.snapshot(({ threads }) => threads[0]?.activity === ACTIVITY.waitsForLock, {
    after: worker.said.length,
  });
  const { contention } = await worker.answer("contention", ({ contention }) => contention.length > 0, {
    after: worker.said.length,
  });
  const waited = contention[0]?.total ?? 0;
  const frame = await worker.frame(paused.time, duration, 1);
  assert.equal(frame.lanes[0]?.activity[2], ACTIVITY.paused);
  const later = await worker.status(() => true, { after: worker.said.length });
  assert.ok(waited > 0 && waited < later.duration - 3e8, `${waited} of ${later.duration}`);
});
