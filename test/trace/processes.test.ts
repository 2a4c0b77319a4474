/** Programs of several processes: one recording, however they are started and end. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Manager } from "heddle/process";
import { Moment } from "../../client/timeline/moment.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { readChrome, readPerfetto } from "../support/exported-trace.js";
import { batch, introduction } from "../support/family-trace.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { Random } from "../support/random.js";
import { runProgram } from "../support/run-program.js";
import { reportOf } from "../support/trace.js";
import { TraceWriter } from "../support/trace-writer.js";
import { tellsHolders } from "./held-elsewhere.js";

suite("processes that a program starts", () => {
  test("join it when a Pool of heddle/process starts them, which end with their program", async () => {
    using folder = new Folder({});
    const program = fileURLToPath(new URL("../runtime/programs/open-process-pool.js", import.meta.url));
    const { code, stdout } = await heddle(["run", "--trace", "t.heddletrace", program], { cwd: folder.path });
    assert.deepEqual([code, stdout], [0, "4\n"]);
    const report = await reportOf("t.heddletrace", folder.path);
    const [main, ...workers] = report.processes;
    assert.deepEqual([main?.parent, main?.exitCode], [0, 0]);
    assert.deepEqual(
      workers.map(({ parent, signal }) => [parent, signal]),
      [
        [1, "SIGTERM"],
        [1, "SIGTERM"],
      ],
    );
    // The worker that watches over processes is no thread of the program.
    assert.equal(report.threads.length, 3);
  });

  test("are told to have the locks of managers that others wait for, and who is not recorded is named", async () => {
    using manager = new Manager({ address: "heddle://127.0.0.1:0", authkey: "held" });
    await tellsHolders(manager, manager.address, "held");
  });

  test("join it when a Process is not joined, with the end that the program waits for", async () => {
    using folder = new Folder({});
    const program = fileURLToPath(new URL("../runtime/programs/leaves-process.js", import.meta.url));
    const { code, stdout } = await heddle(["run", "--trace", "t.heddletrace", program], { cwd: folder.path });
    assert.deepEqual([code, stdout], [0, "bye\n"]);
    const { problem, processes } = await reportOf("t.heddletrace", folder.path);
    const [main, child] = processes;
    assert.deepEqual([problem, processes.length], [null, 2]);
    assert.deepEqual([main?.exitCode, child?.parent, child?.exitCode], [0, 1, 3]);
    assert.ok((child?.ended ?? Number.POSITIVE_INFINITY) <= (main?.ended ?? 0), "the recording ends after it");
  });

  test("join its timeline however they are started, with what they did and how they ended", async () => {
    using folder = new Folder({
      "main.cjs": `
        const children = require("node:child_process");
        const cluster = require("node:cluster");
        const { join } = require("node:path");
        const child = join(__dirname, "child.cjs");
        // What a process is told of the recording comes from nowhere that the program can reach.
        for (const name of Object.keys(process.env)) if (name !== "PATH") delete process.env[name];
        process.env = { ...process.env };
        cluster.setupPrimary({ exec: child, args: ["leaf", "3"] });
        cluster.fork();
        children.fork(child, ["nests", "4"]);
        children.spawn("node", [child, "killed"], { env: { PATH: process.env.PATH }, stdio: "inherit" });
        children.execFile(process.execPath, [child, "leaf", "5"], { env: {} });
        const env = Object.assign(Object.create({ INHERITED: "yes" }), { GIVEN: "yes", LEFT_OUT: undefined });
        console.log(children.execFileSync(process.execPath, [child, "leaf", "0"], { env, encoding: "utf8" }).trim());
        children.execSync("exit 0");
      `,
      "child.cjs": `
        const { spawnSync } = require("node:child_process");
        const { Worker } = require("node:worker_threads");
        const [how, code] = process.argv.slice(2);
        const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
        if (how === "killed") {
          new Worker("setInterval(() => {}, 1000)", { eval: true }).on("online", () => {
            wait(30);
            process.kill(process.pid, "SIGKILL");
          });
        } else {
          if (how === "nests") spawnSync(process.execPath, [__filename, "leaf", "6"], { env: {} });
          wait(20);
          if (code === "0") console.log(JSON.stringify(Object.keys(process.env)));
          process.exit(Number(code));
        }
      `,
    });
    const { code, stdout, stderr } = await heddle(["run", "--trace", "t.heddletrace", "main.cjs"], {
      cwd: folder.path,
    });
    assert.deepEqual(
      [code, stdout, stderr],
      [0, '["GIVEN","INHERITED"]\n', ""],
      "and see the environment that they were given, without anything of a recording",
    );

    const report = await reportOf("t.heddletrace", folder.path);
    assert.equal(report.problem, null);
    const [main, ...others] = report.processes;
    assert.deepEqual([main?.pid, main?.name, main?.exitCode], [report.trace.pid, "main.cjs", 0]);
    const ends = others.map(({ exitCode, signal }) => exitCode ?? signal);
    assert.deepEqual(ends.map(String).sort(), ["0", "3", "4", "5", "6", "SIGKILL"]);
    const nests = others.find(({ exitCode }) => exitCode === 4);
    assert.equal(
      others.find(({ exitCode }) => exitCode === 6)?.parent,
      nests?.id,
      "the one in the other was started by it",
    );
    for (const { id, pid, began, ended, signal } of others) {
      assert.ok(
        began > 0 && ended !== null && ended > began && ended <= report.trace.milliseconds + 1,
        `process ${pid}`,
      );
      const threads = report.threads.filter(({ process }) => process === id);
      const [first] = threads;
      assert.equal(first?.name, `MainThread of process ${pid}`);
      assert.ok(
        threads.every((thread) => thread.ended !== null && thread.ended <= ended + 1),
        "all are over with it",
      );
      // Who is killed as soon as it is up may not have had anything written but that.
      if (signal !== null) continue;
      assert.equal(threads.length, 1);
      assert.ok((first?.waitedOtherwise ?? 0) >= 19, `it waited ${first?.waitedOtherwise} ms`);
    }

    const text = await heddle(["trace", "report", "t.heddletrace"], { cwd: folder.path });
    assert.match(text.stdout, /^\S+ \S+, 7 processes, [78] threads/);
    assert.match(text.stdout, new RegExp(`\n${nests?.pid} +child\\.cjs +${main?.pid} .*exit code 4\n`));
    assert.match(text.stdout, /\n\d+ +child\.cjs .*SIGKILL\n/);
    const stats = await heddle(["trace", "stats", "t.heddletrace"], { cwd: folder.path });
    assert.match(stats.stdout, /; 7 processes\n/);
    assert.match(stats.stdout, /\nprocess started +4 /);

    const bytes = async (format: string): Promise<Uint8Array> => {
      const output = folder.file(format);
      const { code: exported } = await heddle(["trace", "export", "--format", format, "-o", output, "t.heddletrace"], {
        cwd: folder.path,
      });
      assert.equal(exported, 0);
      return readFileSync(output);
    };
    const timeline = new Timeline();
    new TraceDecoder(timeline).push(readFileSync(folder.file("t.heddletrace")));
    const { threads } = new Moment(timeline, timeline.duration).snapshot();
    assert.deepEqual(
      threads.map(({ name, process: { pid, exitCode, signal } }) => [name, pid, exitCode, signal].join()),
      report.threads.map(({ name, process }) => {
        const { pid, exitCode, signal } = report.processes.find(({ id }) => id === process)!;
        return [name, pid, exitCode, signal].join();
      }),
      "the panel has the threads of the report, in its order",
    );
    const pids = report.processes.map(({ pid }) => pid).sort((a, b) => a - b);
    const chrome = await bytes("chrome");
    readChrome(chrome);
    const events = (JSON.parse(Buffer.from(chrome).toString()) as { traceEvents: { pid: number; name: string }[] })
      .traceEvents;
    assert.deepEqual(
      [...new Set(events.map(({ pid }) => pid))].sort((a, b) => a - b),
      pids,
    );
    readPerfetto(await bytes("perfetto"));
  });

  test("without end are recorded up to a limit, and it is told that there were more", async () => {
    using folder = new Folder({
      "bomb.cjs": `
        const { spawnSync, spawn } = require("node:child_process");
        const depth = Number(process.argv[2]);
        if (depth > 0) spawn(process.execPath, [__filename, String(depth - 1)], { stdio: "inherit" });
        else console.log("out of patience");
      `,
    });
    const trace = folder.file("t.heddletrace");
    const preload = import.meta.resolve("heddle/trace/preload");
    const env = { HEDDLE_TRACE: JSON.stringify({ file: trace, processes: 3 }) };
    const { code, stdout, stderr } = await runProgram(["--import", preload, folder.file("bomb.cjs"), "5"], { env });
    assert.deepEqual([code, stdout, stderr], [0, "out of patience\n", ""]);
    const report = await reportOf(trace, folder.path);
    assert.deepEqual([report.problem, report.processes.length], [null, 3]);
    assert.ok((report.trace.unrecordedProcessesSince ?? 0) > 0);
    const text = await heddle(["trace", "report", trace], { cwd: folder.path });
    assert.match(text.stdout, /\nFrom .* on, further processes were not recorded: there were 3\.\n/);
  });

  test("that are killed while they write cut nobody else's records", () => {
    const batches = [
      introduction(1, 11, 0, 0, ""),
      wrote(1, 10),
      introduction(2, 22, 1, 15, ""),
      wrote(2, 20, 40),
      wrote(1, 30),
      wrote(1, 50),
    ];
    const told = tell([Buffer.concat(batches)]);
    assert.equal(told.problem, undefined);
    assert.deepEqual(told.events.toSorted(byTime), ["1@10", "2@20", "1@30", "2@40", "1@50"]);
    const random = new Random(3);
    const second = batches[3] ?? new Uint8Array();
    for (let length = 1; length < second.length; length++) {
      const bytes = Buffer.concat(batches.with(3, second.subarray(0, length)));
      for (const pieces of [[bytes], inPieces(bytes, random)]) {
        const { events, problem } = tell(pieces);
        const others = events.filter((event) => event.startsWith("1@"));
        assert.deepEqual(others, ["1@10", "1@30", "1@50"], `${length} bytes of the batch`);
        assert.ok(["", "2@20,2@40"].includes(events.filter((event) => event.startsWith("2@")).join()));
        assert.match(problem ?? "", /^what a process recorded ends in the middle of a record/);
      }
    }
  });
});

/** A batch with events at these times. */
function wrote(id: number, ...times: readonly number[]): Uint8Array {
  const out = new TraceWriter();
  out.thread(1, 0, `main ${id}`);
  for (const time of times) out.event(1, time, EVENTS.waitEnded);
  out.pass(times.at(-1) ?? 0);
  return batch(id, out);
}

function tell(pieces: readonly Uint8Array[]): {
  readonly events: readonly string[];
  readonly problem: string | undefined;
} {
  const names = new Map<number, string>();
  const events: string[] = [];
  const decoder = new TraceDecoder({
    thread: ({ id, name, process: owner }) => {
      assert.equal(name, `main ${owner}`);
      names.set(id, String(owner));
    },
    event: ({ thread, time }) => void events.push(`${names.get(thread)}@${time}`),
  });
  for (const piece of pieces) decoder.push(piece);
  return { events, problem: decoder.problem };
}

function byTime(a: string, b: string): number {
  return Number(a.split("@")[1]) - Number(b.split("@")[1]);
}

function inPieces(bytes: Uint8Array, random: Random): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(40);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}
