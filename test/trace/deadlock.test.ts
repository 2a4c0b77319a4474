/** Programs that deadlock under `heddle run`: what is announced, once, and what the report tells. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { soakTraceKnots } from "../soak/trace-knots.js";
import { Folder } from "../support/folder.js";
import { heddle, heddleBinary } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { program, reportOf } from "../support/trace.js";

const cwd = fileURLToPath(repositoryRoot);
const file = "test/samples/deadlock.ts";

/** The lines of the sample where each thread takes its locks, counted from 1. */
const source = readFileSync(new URL(file, repositoryRoot), "utf8").split("\n");
const acquires = source.flatMap((line, i) => (/mutex[AB]\.acquire\(\)/.test(line) ? [i + 1] : []));
const [t1First = 0, t1Second = 0, t2First = 0, t2Second = 0] = acquires;

/** What is said about the sample's deadlock: lines as of the TypeScript, although compiled code runs. */
const announced = new RegExp(
  "^heddle: deadlock: 2 threads wait for each other\n" +
    ` {2}t1 waits for mutexB, which t2 holds \\(taken at ${file}:${t2First}:\\d+\\)\n {4}at ${file}:${t1Second}:\\d+\n` +
    ` {2}t2 waits for mutexA, which t1 holds \\(taken at ${file}:${t1First}:\\d+\\)\n {4}at ${file}:${t2Second}:\\d+\n$`,
);

suite("a deadlock", () => {
  test("is announced once with threads, locks and lines; the program goes on, and the report tells the same", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const { code, stdout, stderr } = await heddle(["run", "--trace", trace, program("samples/deadlock")], { cwd });
    assert.match(stderr, announced);
    assert.match(stdout, /deadlock: t1 and t2 wait for ever\n$/);
    assert.equal(code, 0);

    const report = await reportOf(trace, cwd);
    assert.equal(report.problem, null);
    assert.deepEqual(
      report.deadlocks.map(({ parties }) =>
        parties.map(({ thread, waitsFor, kind, site, owner, ownerSite }) => ({
          ...{ thread, waitsFor, kind, owner, file: site?.file },
          ...{ line: site?.line, ownerLine: ownerSite?.line },
        })),
      ),
      [
        [
          {
            thread: "t1",
            waitsFor: "mutexB",
            kind: "lock",
            owner: "t2",
            file,
            line: t1Second - 1,
            ownerLine: t2First - 1,
          },
          {
            thread: "t2",
            waitsFor: "mutexA",
            kind: "lock",
            owner: "t1",
            file,
            line: t2Second - 1,
            ownerLine: t1First - 1,
          },
        ],
      ],
    );
    assert.deepEqual(report.threads.map(({ name }) => name).sort(), ["MainThread", "t1", "t2"]);
    assert.deepEqual(
      [...report.contention]
        .sort((a, b) => (a.lock < b.lock ? -1 : 1))
        .map(({ lock, holder, waits }) => [lock, holder, waits]),
      [
        ["mutexA", "t1", 1],
        ["mutexB", "t2", 1],
      ],
    );
    const text = await heddle(["trace", "report", trace], { cwd });
    assert.match(text.stdout, /Deadlock after .*\n {2}t1 waits for mutexB, which t2 holds\n {4}waits at test\/samples/);
  });

  test("ends the program with exit code 3 if that is wanted, TypeScript too, and leaves no trace unasked", async () => {
    const { code, stdout, stderr } = await heddle(["run", "--on-deadlock=exit", file], { cwd });
    assert.match(stderr, announced);
    assert.equal(code, 3);
    assert.doesNotMatch(stdout, /wait for ever/);
  });

  test("of a thread with itself, and of a thread that waits for its end", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const args = ["run", "--trace", trace, "--on-deadlock", "exit", program("trace/programs/self-deadlock")];
    const { code, stderr } = await heddle(args, { cwd });
    assert.match(
      stderr,
      /^heddle: deadlock: a thread waits for itself\n {2}MainThread waits for twice, which MainThread holds/,
    );
    assert.equal(code, 3);
    const report = await reportOf(trace, cwd);
    assert.equal(report.trace.ended, "deadlock");
    assert.equal(report.deadlocks.length, 1);
  });

  test("of one that reads with one that wants to write, whoever else reads; the report knows such locks", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const args = ["run", "--trace", trace, "--on-deadlock", "exit", program("trace/programs/rw-deadlock")];
    const { code, stderr } = await heddle(args, { cwd });
    assert.match(stderr, /^heddle: deadlock: 2 threads wait for each other\n/);
    assert.match(stderr, /reader waits for names, which writer holds \(taken at .*rw-deadlock\.ts:16:\d+\)/);
    assert.match(stderr, /writer waits for table, which reader holds \(taken at .*rw-deadlock\.ts:10:\d+\)/);
    assert.doesNotMatch(stderr, /bystander|hurried/);
    assert.equal(code, 3);
    const report = await reportOf(trace, cwd);
    assert.deepEqual(
      report.deadlocks.map(({ parties }) => parties.map(({ kind }) => kind).sort()),
      [["rlock", "rwlock"]],
    );
    assert.deepEqual(report.locks.map(({ name }) => name).sort(), ["names", "table"]);
    // Who tries to read while the hurried one begins to write may stand behind it for a moment: then it waited, too.
    const waited = report.contention.map(({ lock }) => lock).sort();
    assert.deepEqual([waited.slice(0, 3), new Set(waited).size], [["names", "table", "table"], 2]);
  });

  test("of threads beyond those whose events find room is told as well, and that theirs are missing", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const args = ["run", "--trace", trace, "--on-deadlock", "exit", program("trace/programs/crowd")];
    const { code, stderr } = await heddle(args, { cwd });
    assert.match(
      stderr,
      /^heddle: deadlock: 2 threads wait for each other\n {2}t1 waits for mutexB, which t2 holds \(taken at/,
    );
    assert.equal(code, 3);
    const report = await reportOf(trace, cwd);
    assert.equal(report.deadlocks.length, 1);
    const crowd = report.threads.filter(({ name }) => /^t[12]$/.test(name));
    assert.deepEqual(
      crowd.map(({ name, dropped }) => [name, dropped > 0]),
      [
        ["t1", true],
        ["t2", true],
      ],
    );
  });

  test("is told although the trace finds no room on the disk any more", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const limited = 'ulimit -f 1; exec "$0" "$@"';
    const run = [process.execPath, heddleBinary, "run", "--trace", trace, "--on-deadlock=exit"];
    const args = ["-c", limited, ...run, program("trace/programs/floods-and-deadlocks")];
    const { stderr } = spawnSync("sh", args, { cwd, encoding: "utf8", timeout: 120_000 });
    assert.match(
      stderr,
      /^heddle: the recording ended early: EFBIG: [^\n]+\nheddle: deadlock: a thread waits for itself\n/,
    );
  });

  test("is never a wait with a timeout, however long", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const args = ["run", "--trace", trace, "--on-deadlock=exit", program("trace/programs/inversion-with-timeouts")];
    assert.deepEqual(await heddle(args, { cwd }), { code: 0, signal: null, stdout: "done\n", stderr: "" });
    const report = await reportOf(trace, cwd);
    assert.deepEqual(report.deadlocks, []);
    // The stall is there all the same.
    const longest = Math.max(...report.contention.map((wait) => wait.longest));
    assert.ok(longest >= 290, `The longest wait took ${longest} ms.`);
  });

  test("is found in every ring of threads, whoever else waits for them, and nowhere else", async (t) => {
    t.diagnostic(JSON.stringify(await soakTraceKnots(2, 3)));
  });

  test("is not seen where there is none, in many thousand operations on two contended locks", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const args = ["run", "--trace", trace, "--on-deadlock=exit", program("trace/programs/busy"), "3", "4000"];
    const { code, stdout, stderr } = await heddle(args, { cwd });
    assert.deepEqual([code, stdout, stderr], [0, "started\n12000\n", ""]);
    const report = await reportOf(trace, cwd);
    assert.equal(report.trace.dropped, 0);
    // Of a thread that does more than 200,000 things a second, short sections are left out, which is told.
    const acquisitions = report.locks.find(({ name }) => name === "inner")?.acquisitions ?? 0;
    const { leftOut } = report.trace;
    assert.ok(acquisitions <= 24_000 && acquisitions >= 24_000 - leftOut / 2, `${acquisitions}, left out ${leftOut}`);
    const places = report.contention.map(({ lock, site }) => `${lock} at ${site?.line}:${site?.character}`);
    assert.deepEqual([...new Set(places)], places, "threads that wait at the same place count together");
  });
});
