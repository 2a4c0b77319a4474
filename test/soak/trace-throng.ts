import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { runProgram } from "../support/run-program.js";
import { TimelineWorker } from "../support/timeline.js";
import { program, reportOf } from "../support/trace.js";

/** Each thread needs some megabytes and, to start, some tens of milliseconds of a core. */
const DEADLINE = 900_000;
const TURNS = 20;
/** Of a window that shows a part of the lanes. */
const COLUMNS = 1600;
const LANES_SEEN = 40;

/**
 * Records a program that has so many threads at once. It must do what it does without a recorder, nothing of any thread may be
 * missing, and what a panel asks of the trace is answered.
 * @throws AssertionError
 */
export async function soakTraceThrong(threads: number): Promise<object> {
  const cwd = fileURLToPath(repositoryRoot);
  using folder = new Folder();
  const trace = folder.file("run.heddletrace");
  const script = program("trace/programs/throng");
  const seconds = (since: number): number => Number(((performance.now() - since) / 1000).toFixed(1));
  const wanted = `${threads * TURNS}\n`;

  const begun = performance.now();
  const alone = await runProgram([script, String(threads)], { deadline: DEADLINE });
  const aloneTook = seconds(begun);
  assert.deepEqual([alone.code, alone.stdout], [0, wanted], alone.stderr);

  const recordedSince = performance.now();
  const run = await heddle(["run", "--trace", trace, script, String(threads)], { cwd, deadline: DEADLINE });
  const recordedTook = seconds(recordedSince);
  assert.deepEqual(run, { code: 0, signal: null, stdout: wanted, stderr: "" });

  const reportSince = performance.now();
  const report = await reportOf(trace, cwd);
  const reportTook = seconds(reportSince);
  assert.deepEqual([report.problem, report.deadlocks.length], [null, 0]);
  const own = report.threads.filter(({ name }) => name.startsWith("thread-"));
  assert.equal(own.length, threads);
  for (const { name, dropped, events } of own) assert.ok(dropped === 0 && events >= 2 * TURNS, `${name}: ${events}`);
  assert.equal(report.locks.find(({ name }) => name === "turns")?.acquisitions, threads * TURNS);

  const openSince = performance.now();
  await using worker = new TimelineWorker(trace);
  const { duration, events } = await worker.status(({ state }) => state === "ended");
  const snapshot = await worker.snapshot((now) => now.threads.length === threads + 1);
  const openTook = seconds(openSince);
  const frameSince = performance.now();
  const seen = snapshot.threads.slice(-LANES_SEEN).map(({ id }) => id);
  const { lanes } = await worker.frame(0, duration, COLUMNS, seen);
  assert.deepEqual(
    lanes.map(({ thread }) => thread),
    seen,
  );
  const frame = Number((performance.now() - frameSince).toFixed(1));
  return {
    ...{ threads, events, bytes: statSync(trace).size },
    seconds: { alone: aloneTook, recorded: recordedTook, report: reportTook, open: openTook },
    milliseconds: { frame },
  };
}
