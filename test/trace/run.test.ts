/** Programs that end in all sorts of ways under `heddle run`. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Folder } from "../support/folder.js";
import { heddle, heddleBinary } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { runProgram } from "../support/run-program.js";
import { program, reportOf } from "../support/trace.js";

const cwd = fileURLToPath(repositoryRoot);
const file = "test/samples/deadlock.ts";

suite("a program", () => {
  test("whose tasks wait without blocking, for a lock and for other threads, and whose pool is idle", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const args = ["run", "--trace", trace, "--on-deadlock=exit", program("trace/programs/tasks")];
    assert.deepEqual(await heddle(args, { cwd }), { code: 0, signal: null, stdout: "[1,4]\n", stderr: "" });
    const report = await reportOf(trace, cwd);
    const [turns] = report.locks;
    assert.deepEqual([turns?.name, turns?.acquisitions, turns?.waits], ["turns", 3, 2]);
    assert.deepEqual(
      report.contention.map(({ lock, site, waits, holder }) => [lock, site?.file, waits, holder]),
      [["turns", "test/trace/programs/tasks.ts", 2, "MainThread"]],
    );
    const ended = report.endedWaits.map(({ thread, endedBy, waitedFor, kind }) => [thread, endedBy, waitedFor, kind]);
    for (const [object, kind] of [
      ["permits", "semaphore"],
      ["gate", "barrier"],
    ]) {
      assert.deepEqual(
        ended.filter(([, , waitedFor]) => waitedFor === object),
        [["MainThread", "opener", object, kind]],
      );
    }
  });

  const endings: readonly (readonly [way: string, code: number, stderr: RegExp])[] = [
    ["return", 0, /^$/],
    ["exit", 5, /^$/],
    ["throw", 1, /on purpose/],
    ["uncaught", 1, /on purpose/],
  ];
  for (const [way, expected, message] of endings) {
    test(`that ends by ${way}: its exit code, and a whole trace`, async () => {
      using folder = new Folder();
      const trace = folder.file("run.heddletrace");
      const { code, stderr } = await heddle(["run", "--trace", trace, program("trace/programs/ends"), way], { cwd });
      assert.equal(code, expected);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /heddle:/);
      const report = await reportOf(trace, cwd);
      assert.deepEqual([report.problem, report.trace.ended, report.trace.exitCode], [null, "exit", expected]);
      assert.deepEqual(
        report.locks.map(({ name, acquisitions }) => [name, acquisitions]),
        [["lock", 1]],
      );
    });
  }

  test("without Heddle runs as ever, workers, forks and arguments included, and leaves a trace of its threads", async () => {
    using folder = new Folder({
      "plain.cjs": `
        const { fork } = require("node:child_process");
        const { Worker, isMainThread } = require("node:worker_threads");
        if (process.argv[2] === "child") process.exit(0);
        const fresh = isMainThread && Object.keys(process.env).filter((name) => name.startsWith("HEDDLE"));
        if (isMainThread) console.log(JSON.stringify([process.argv.slice(2), fresh]));
        if (isMainThread) new Worker(__filename).on("exit", (code) => {
          fork(__filename, ["child"]).on("exit", (forked) => console.log(code, forked));
        });
      `,
    });
    const args = ["run", "--trace", "t.heddletrace", "--", "plain.cjs", "--help", "--trace", "x"];
    const { code, stdout, stderr } = await heddle(args, { cwd: folder.path });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout, '[["--help","--trace","x"],[]]\n0 0\n');
    const report = await reportOf("t.heddletrace", folder.path);
    assert.deepEqual(
      report.threads.map(({ name, events, ended }) => [name.replace(/\d+/, "n"), events, ended !== null]),
      [
        ["MainThread", 2, false],
        ["Worker n", 0, true],
        ["MainThread of process n", 0, true],
      ],
    );
    assert.equal(report.trace.exitCode, 0);
  });

  test("without Heddle shows what its threads wait for, however they were started, and says of nothing else", async () => {
    using folder = new Folder({
      "plain.cjs": `
        const { Worker, isMainThread, workerData } = require("node:worker_threads");
        if (isMainThread) {
          // Node.js waits here for the thread that loads modules.
          require("node:module").register("data:text/javascript,export {}");
          const words = new Int32Array(new SharedArrayBuffer(16));
          const whole = new Worker(__filename, { workerData: words, execArgv: [], env: {} });
          const text = "const { workerData } = require('node:worker_threads'); Atomics.wait(workerData, 1, 0, 40);";
          const string = new Worker(text, { eval: true, workerData: words });
          const forever = new Int32Array(new SharedArrayBuffer(4));
          const stuck = new Worker(
            "const { workerData } = require('node:worker_threads'); for (;;) Atomics.wait(workerData, 0, 0);",
            { eval: true, workerData: forever },
          );
          // Only a thread that waits can be woken; it waits again, or is about to, when it is terminated.
          const end = () => (Atomics.notify(forever, 0) === 1 ? stuck.terminate() : setTimeout(end, 1));
          end();
          console.log(Worker.name, whole instanceof Worker, Atomics.wait.name, Atomics.wait.length);
          for (const wrong of [() => Atomics.wait([], 0, 0), () => Atomics.wait(words, 9, 0), () => Worker(__filename)]) {
            try { wrong(); } catch (error) { console.log(error.name); }
          }
          console.log(Atomics.wait(words, 2, 1), Atomics.wait(words, 2, 0, 0), Atomics.wait(words, 2, 0, 40));
        } else {
          console.log(Atomics.wait(workerData, 3, 0, 40), process.execArgv.length > 0);
        }
      `,
    });
    const { code, stdout, stderr } = await heddle(["run", "--trace", "t.heddletrace", "plain.cjs"], {
      cwd: folder.path,
    });
    assert.deepEqual([code, stderr], [0, ""]);
    const errors = "TypeError\nRangeError\nTypeError\n";
    assert.equal(stdout, `Worker true wait 4\n${errors}not-equal timed-out timed-out\ntimed-out true\n`);
    const report = await reportOf("t.heddletrace", folder.path);
    const threads = report.threads.toSorted((a, b) => a.began - b.began);
    assert.equal(threads.length, 4);
    assert.ok(threads.slice(1).every(({ ended }) => ended !== null));
    const waits = threads.map(({ waitedOtherwise }) => waitedOtherwise).filter((waited) => waited >= 39);
    assert.ok(waits.length >= 3, `waits of ${JSON.stringify(threads)}`);
    const { stdout: counted } = await heddle(["trace", "stats", "--format", "json", "t.heddletrace"], {
      cwd: folder.path,
    });
    const { kinds }: { kinds: { kind: string; count: number }[] } = JSON.parse(counted);
    // One of main's, one of each that waits 40 ms, and one or two of the thread that is terminated.
    const began = kinds.find(({ kind }) => kind === "waitBegan")?.count ?? 0;
    assert.ok(began === 4 || began === 5, `${began} waits began`);
  });

  test("without Heddle shows which messages went where, and what it cannot know it does not say", async () => {
    using folder = new Folder({
      "plain.mjs": `
        import { MessageChannel, Worker, isMainThread, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
        if (isMainThread) {
          const [near, sentOn] = [new MessageChannel(), new MessageChannel()];
          near.port1.postMessage("to myself");
          console.log(receiveMessageOnPort(near.port2).message, receiveMessageOnPort(near.port2));
          const words = new Int32Array(new SharedArrayBuffer(4));
          const worker = new Worker(new URL(import.meta.url), { workerData: words });
          try { worker.postMessage(() => {}); } catch (error) { console.log(error.name); }
          for (const word of ["one", "two"]) worker.postMessage(word);
          worker.postMessage(sentOn.port2, [sentOn.port2]);
          sentOn.port1.on("message", (reply) => {
            console.log(reply);
            sentOn.port1.close();
            Atomics.store(words, 0, 1);
            Atomics.notify(words, 0);
          });
          worker.once("message", (reply) => console.log(reply));
        } else {
          const woken = Atomics.waitAsync(workerData, 0, 0).value;
          let count = 0;
          const listen = (message) => {
            if (++count < 3) return;
            parentPort.off("message", listen);
            parentPort.postMessage("all three came");
            message.postMessage("through the port");
            woken.then(() => message.close());
          };
          parentPort.on("message", listen);
        }
      `,
    });
    const ran = await heddle(["run", "--trace", "t.heddletrace", "plain.mjs"], { cwd: folder.path });
    assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    assert.deepEqual(ran.stdout.split("\n").slice(0, 2), ["to myself undefined", "DataCloneError"]);
    assert.deepEqual(ran.stdout.split("\n").slice(2).sort(), ["", "all three came", "through the port"]);
    const { messages, threads } = await reportOf("t.heddletrace", folder.path);
    const told = messages.map(({ channel, from, to, sent, received, longest }) => [
      ...[channel?.replace(/\d+/, "n") ?? null, from, to, sent, received].map((each) =>
        String(each).replace(/ \d+/, " n"),
      ),
      longest !== null,
    ]);
    assert.deepEqual(
      told.sort(),
      [
        // One was refused, after it had been said.
        ["channel n", "MainThread", "MainThread", "1", "1", true],
        ["messages of Worker n", "MainThread", "Worker n", "4", "3", true],
        ["messages of Worker n", "Worker n", "MainThread", "1", "1", true],
        ["null", "Worker n", "null", "1", "0", false],
        ["channel n", "null", "MainThread", "0", "1", false],
      ].sort(),
    );
    assert.ok(threads.some(({ name }) => name.startsWith("Worker")));
    const { stdout } = await heddle(["trace", "report", "t.heddletrace"], { cwd: folder.path });
    assert.match(stdout, /^a port that was sent on +Worker \d+ +- +1 +0 +-$/m);
  });

  test("that records itself: what is done afterwards, in threads too, and once only", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const { code, stdout, stderr } = await runProgram([program("trace/programs/records-itself"), trace]);
    assert.deepEqual([code, stdout, stderr], [0, "This program is recorded already.\n", ""]);
    const report = await reportOf(trace, cwd);
    assert.deepEqual([report.trace.ended, report.problem], ["exit", null]);
    assert.deepEqual(
      report.threads.map(({ name }) => name),
      ["MainThread", "helper"],
    );
    assert.deepEqual([report.locks[0]?.name, report.locks[0]?.acquisitions], ["lock", 2]);
  });

  test("runs on when its trace finds no room on the disk, and what was written before can be read", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    // Blocks of 512 or 1024 bytes, whichever the shell counts in.
    const limited = 'ulimit -f 16; exec "$0" "$@"';
    const run = [process.execPath, heddleBinary, "run", "--trace", trace, program("trace/programs/busy"), "2", "9000"];
    const { status, stdout, stderr } = spawnSync("sh", ["-c", limited, ...run], { cwd, encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, "started\n18000\n"]);
    assert.match(stderr, /^heddle: the recording ended early: EFBIG: [^\n]+\n$/);
    const report = await reportOf(trace, cwd);
    assert.ok(report.trace.events > 0);
    assert.match(report.outcome.stderr, /the trace ends in the middle of a record/);
  });

  test("may run twice at once: each run has its own trace", async () => {
    using folder = new Folder();
    const run = (name: string, threads: string) =>
      heddle(["run", "--trace", folder.file(name), program("trace/programs/busy"), threads, "200"], { cwd });
    const both = await Promise.all([run("a.heddletrace", "1"), run("b.heddletrace", "2")]);
    assert.deepEqual(
      both.map(({ code, stderr }) => [code, stderr]),
      [
        [0, ""],
        [0, ""],
      ],
    );
    for (const [name, threads] of [
      ["a.heddletrace", 1],
      ["b.heddletrace", 2],
    ] as const) {
      const report = await reportOf(folder.file(name), cwd);
      assert.equal(report.threads.filter((thread) => thread.name.startsWith("busy-")).length, threads);
      assert.equal(report.locks.find((lock) => lock.name === "inner")?.acquisitions, 400 * threads);
    }
  });

  test("may run twice at once into one file, which is the later run's then", async () => {
    using folder = new Folder({
      "long.cjs": "process.stdin.resume(); console.log('up');",
      "short.cjs": "process.exitCode = 5;",
    });
    const args = ["run", "--trace", "t.heddletrace"];
    const long = spawn(process.execPath, [heddleBinary, ...args, "long.cjs"], { cwd: folder.path });
    try {
      await once(long.stdout, "data");
      assert.equal((await heddle([...args, "short.cjs"], { cwd: folder.path })).code, 5);
      const ended = once(long, "exit");
      long.stdin.end();
      assert.deepEqual(await ended, [0, null]);
    } finally {
      long.kill();
    }
    const report = await reportOf("t.heddletrace", folder.path);
    assert.deepEqual([report.problem, report.trace.exitCode], [null, 5]);
  });

  test("that closes the trace and opens files of its own gets nothing in them", async () => {
    using folder = new Folder({
      "closes.cjs": `
        const { closeSync, fstatSync, openSync, readFileSync } = require("node:fs");
        for (let descriptor = 3; descriptor < 200; descriptor++) {
          try {
            if (fstatSync(descriptor).isFile()) closeSync(descriptor);
          } catch {
            // Most of these descriptors are not open.
          }
        }
        openSync("own.txt", "w");
        setTimeout(() => {}, 100);
      `,
    });
    const { code, stderr } = await heddle(["run", "--trace", "t.heddletrace", "closes.cjs"], { cwd: folder.path });
    assert.equal(code, 0);
    assert.equal(readFileSync(folder.file("own.txt"), "utf8"), "");
    assert.match(stderr, /^heddle: the recording ended early: (the program closed the trace file|EBADF: [^\n]+)\n$/);
  });

  test("that takes its trace away and is killed ends as it would without", async () => {
    using folder = new Folder({
      "takes.cjs": "require('node:fs').unlinkSync('t.heddletrace'); process.kill(process.pid, 'SIGKILL');",
    });
    const { code, stderr } = await heddle(["run", "--trace", "t.heddletrace", "takes.cjs"], { cwd: folder.path });
    assert.deepEqual([code, stderr], [137, ""]);
  });

  test("whose name begins as a flag does runs", async () => {
    using folder = new Folder({ "-a b.cjs": "console.log(process.argv.slice(2).join());" });
    const { code, stdout } = await heddle(["run", "--", "-a b.cjs", "c"], { cwd: folder.path });
    assert.deepEqual([code, stdout], [0, "c\n"]);
  });

  test("is not run where the trace would go into a pipe", { skip: process.platform === "win32" }, async () => {
    using folder = new Folder({ "a.cjs": "console.log('ran');" });
    execFileSync("mkfifo", [folder.file("pipe")]);
    const { code, stdout, stderr } = await heddle(["run", "--trace", "pipe", "a.cjs"], { cwd: folder.path });
    assert.deepEqual([code, stdout, stderr], [2, "", "heddle: cannot write the trace pipe: it is a pipe\n"]);
  });

  test("is only described with --print, as a debugger starts it", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const described = await heddle(["run", "--print", "--trace", trace, file], { cwd });
    assert.deepEqual([described.code, described.stderr], [0, ""]);
    const { flags, env } = JSON.parse(described.stdout) as { flags: string[]; env: Record<string, string> };
    const { status, stdout } = spawnSync(process.execPath, [...flags, file], {
      cwd,
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
    assert.equal(status, 0);
    assert.match(stdout, /deadlock: t1 and t2 wait for ever\n$/);
    assert.equal((await reportOf(trace, cwd)).deadlocks.length, 1);

    const { code, stderr } = await heddle(["run", "--print", file], { cwd });
    assert.deepEqual([code, /^heddle: run --print needs a trace/.test(stderr)], [2, true]);
  });

  test("that is TypeScript where nothing can run it: one line says what to install", async () => {
    using folder = new Folder({ "a.ts": "const a: number = 1;" });
    const { code, stderr } = await heddle(["run", "a.ts"], { cwd: folder.path, env: { NODE_OPTIONS: "" } });
    if ("typescript" in process.features && process.features.typescript) assert.equal(code, 0);
    else assert.match(stderr, /^heddle: this Node\.js cannot run TypeScript by itself; npm install --save-dev tsx/);
  });
});
