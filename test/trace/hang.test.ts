/** A program that hangs and is killed: its report says who waited for what, where, and for how long. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as passes } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { summarise, type TraceSummary } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { heddle, heddleBinary } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { program, reportOf } from "../support/trace.js";
import { TraceWriter } from "../support/trace-writer.js";

const cwd = fileURLToPath(repositoryRoot);
const LONG = 1_500;

test("who hangs in a queue or a join is named with its line, and its wait lasts to the kill", async () => {
  using folder = new Folder();
  const trace = folder.file("run.heddletrace");
  const run = spawn(process.execPath, [heddleBinary, "run", "--trace", trace, program("trace/programs/hangs")], {
    cwd,
    stdio: "ignore",
  });
  const ended = once(run, "exit");
  const { start } = await untilBothWaitLong(trace);
  assert.ok(start);
  process.kill(start.pid, "SIGKILL");
  await ended;

  const report = await reportOf(trace, cwd);
  assert.equal(report.trace.ended, "killed");
  const places = report.waiting.map(({ thread, waitsFor, kind, site }) => [
    thread,
    waitsFor,
    kind,
    site?.file,
    site?.line,
  ]);
  const hangs = "test/trace/programs/hangs.ts";
  const source = readFileSync(new URL(hangs, repositoryRoot), "utf8").split("\n");
  const lineOf = (code: string): number => source.findIndex((line) => line.includes(code));
  assert.deepEqual(places.sort(), [
    ["MainThread", "consumer", "thread", hangs, lineOf("consumer.join()")],
    ["consumer", "jobs", "queue", hangs, lineOf("jobs.get()")],
  ]);
  for (const { milliseconds } of report.waiting) assert.ok(milliseconds >= LONG, `${milliseconds} ms`);
  const { stdout } = await heddle(["trace", "report", trace], { cwd });
  assert.match(stdout, /Still waiting at the end +for +since +at\n/);
  assert.match(stdout, /MainThread +the end of consumer .* so far +test\/trace\/programs\/hangs\.ts:\d+:\d+\n/);
  assert.match(stdout, /consumer +jobs .* so far +test\/trace\/programs\/hangs\.ts:\d+:\d+\n/);
});

test("who reads twice holds the lock until it ended both", () => {
  const out = new TraceWriter();
  out.thread(1, 0, "reader");
  out.object(1, "rwlock", "table");
  for (const [time, kind] of [
    [10, EVENTS.acquired],
    [20, EVENTS.acquired],
    [30, EVENTS.released],
    [100, EVENTS.released],
  ] as const) {
    out.event(1, time, kind, { object: 1 });
  }
  out.pass(200);
  out.end(300);
  const [lock] = summarise(out.take()).locks;
  assert.deepEqual([lock?.acquisitions, lock?.held, lock?.longestHeld], [2, 90, 90]);
});

/** What the trace says as soon as it says that two threads have waited so long. */
async function untilBothWaitLong(trace: string): Promise<TraceSummary> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if ((statSync(trace, { throwIfNoEntry: false })?.size ?? 0) > 0) {
      const summary = summarise(readFileSync(trace));
      const long = summary.waiting.filter(({ since }) => summary.duration - since >= LONG * 1e6);
      if (long.length === 2) return summary;
    }
    assert.ok(Date.now() < deadline, "The trace never told of two long waits.");
    await passes(50);
  }
}
