/** Traces in the formats of other viewers: read again by what knows nothing of Heddle, and compared with the report. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { EVENTS, FLAGS } from "../../runtime/src/trace/decode.js";
import { type ExportFormat, exportTrace } from "../../runtime/src/trace/export.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { writeBigTrace } from "../support/big-trace.js";
import { type ExportedTrace, readChrome, readPerfetto, sorted } from "../support/exported-trace.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { program } from "../support/trace.js";
import { TraceWriter } from "../support/trace-writer.js";
import { chaoticTrace } from "../timeline/chaos.js";

const cwd = fileURLToPath(repositoryRoot);

/** In both formats, which must say the same. */
function exported(trace: Uint8Array): ExportedTrace {
  const chrome = readChrome(whole(trace, "chrome"));
  const perfetto = readPerfetto(whole(trace, "perfetto"));
  assert.deepEqual(sorted(perfetto), sorted(chrome));
  for (const track of chrome.tracks) checkTrack(chrome, track);
  for (const { name, from, to } of chrome.arrows) {
    assert.ok(from[1] <= to[1], `${name} goes back in time`);
    assert.ok(
      chrome.slices.some((slice) => slice.track === from[0] && slice.from <= from[1] && from[1] <= slice.to),
      `${name} begins in a slice`,
    );
    assert.ok(
      chrome.slices.some((slice) => slice.track === to[0] && slice.from === to[1]),
      `${name} ends where a slice begins`,
    );
  }
  return chrome;
}

function whole(trace: Uint8Array, format: ExportFormat): Uint8Array {
  return Buffer.concat([...exportTrace([trace], format)]);
}

/** Slices of a row follow each other. Rows of the same name are told apart by when they were written. */
function checkTrack({ slices, tracks }: ExportedTrace, track: string): void {
  if (tracks.filter((other) => other === track).length > 1) return;
  const own = slices.filter((slice) => slice.track === track).sort((a, b) => a.from - b.from || a.to - b.to);
  for (const [i, { from, to, name }] of own.entries()) {
    assert.ok(from <= to, `${name} ends before it begins`);
    assert.ok((own[i - 1]?.to ?? 0) <= from, `${own[i - 1]?.name} and ${name} overlap on ${track}`);
  }
}

/** How long a thread did something. */
function sum({ slices }: ExportedTrace, wanted: { track?: string; category?: string; name?: string }): number {
  const isWanted = (slice: ExportedTrace["slices"][number]): boolean =>
    (wanted.track === undefined || slice.track === wanted.track) &&
    (wanted.category === undefined || slice.category === wanted.category) &&
    (wanted.name === undefined || slice.name === wanted.name);
  return slices.filter(isWanted).reduce((total, { from, to }) => total + to - from, 0);
}

test("a small trace is told slice by slice, with arrows to who went on, and how many waited", () => {
  const out = new TraceWriter({ pid: 4711 });
  out.object(1, "lock", "gate");
  out.object(2, "thread", "helper");
  out.object(3, "queue", "");
  out.site(1, 7, "/app/a.ts");
  out.thread(1, 0, "main");
  out.event(1, 10, EVENTS.acquired, { object: 1, site: 1 });
  out.event(1, 20, EVENTS.threadStarted, { object: 2, first: 2 });
  out.thread(2, 30, "helper");
  out.event(2, 40, EVENTS.waitBegan, { object: 1, site: 1, first: 1 });
  out.event(1, 50, EVENTS.released, { object: 1 });
  out.event(2, 55, EVENTS.waitEnded, { object: 1, first: 1 });
  out.event(2, 56, EVENTS.acquired, { object: 1, site: 1, flags: FLAGS.contended });
  out.event(1, 60, EVENTS.waitBegan, { object: 2, first: 2 });
  out.event(2, 70, EVENTS.waitBegan, { object: 3, flags: FLAGS.timed });
  out.event(2, 80, EVENTS.waitEnded, { object: 3 });
  out.event(2, 90, EVENTS.gap, { first: 6 });
  out.event(2, 95, EVENTS.waitBegan);
  out.event(2, 98, EVENTS.waitEnded);
  out.threadEnded(2, 100, 6);
  out.event(1, 110, EVENTS.waitEnded, { object: 2, first: 1 });
  out.event(1, 120, EVENTS.waitBegan, { object: 1, flags: FLAGS.async, second: 5 });
  out.end(200, 3, 6);
  const trace = exported(out.take());
  const at = "/app/a.ts:7";
  const runs = (track: string, from: number, to: number) => ({
    ...{ track, category: "running", name: "runs", from, to, args: {} },
  });
  const waits = (track: string, name: string, from: number, to: number, args: object) => ({
    ...{ track, category: "waiting", name, from, to, args },
  });
  const holds = (track: string, from: number, to: number, args: object) => ({
    ...{ track: `${track} holds`, category: "holding", name: "holds gate", from, to, args },
  });
  const byStart = (a: { from: number; track: string }, b: { from: number; track: string }): number =>
    a.from - b.from || (a.track < b.track ? -1 : 1);
  assert.deepEqual(
    [...trace.slices].sort(byStart),
    [
      runs("main", 0, 60),
      holds("main", 10, 50, { at }),
      runs("helper", 30, 40),
      waits("helper", "waits for gate", 40, 55, { at, holder: "main", cameAbout: true }),
      runs("helper", 55, 70),
      holds("helper", 56, 80, { at, contended: true, unfinished: true }),
      waits("main", "joins helper", 60, 110, { cameAbout: true }),
      waits("helper", "waits for queue 3", 70, 80, { timeout: true, cameAbout: false }),
      // Of length nothing: when the gap began is not known better.
      runs("helper", 80, 80),
      { track: "helper", category: "gap", name: "not recorded", from: 80, to: 90, args: { missing: 6 } },
      runs("helper", 90, 95),
      waits("helper", "sleeps", 95, 98, { cameAbout: false }),
      runs("helper", 98, 100),
      runs("main", 110, 200),
      waits("main tasks", "waits for gate", 120, 200, { unfinished: true }),
    ].sort(byStart),
  );
  assert.deepEqual(
    [...trace.arrows].sort((a, b) => a.from[1] - b.from[1]),
    [
      { name: "starts", from: ["main", 20], to: ["helper", 30] },
      { name: "gives back gate", from: ["main", 50], to: ["helper", 55] },
      { name: "ends", from: ["helper", 100], to: ["main", 110] },
    ],
  );
  const counts = (track: string) =>
    trace.counts.filter((count) => count.track === track).map(({ time, value }) => [time, value]);
  assert.deepEqual(counts("waiting for gate"), [
    [40, 1],
    [55, 0],
    [120, 1],
    [200, 0],
  ]);
  assert.deepEqual(counts("waiting for queue 3"), [
    [70, 1],
    [80, 0],
  ]);
  assert.deepEqual(trace.marks, [
    {
      name: "end of the recording",
      time: 200,
      args: { ended: "exit", exitCode: 3, dropped: 6, unrecordedThreads: 0 },
    },
  ]);
  assert.equal(trace.pid, 4711);
});

test("what has a name, what is in queues, and where messages go is told as well", () => {
  const out = new TraceWriter();
  out.object(1, "pool", "crew");
  out.object(2, "queue", "jobs");
  ["resize", "load", "ready"].forEach((text, i) => void out.label(i + 1, text));
  out.site(1, 7, "/app/a.ts");
  out.thread(1, 0, "main");
  out.thread(2, 0, "helper");
  out.event(1, 10, EVENTS.spanBegan, { first: 2, second: 1, site: 1 });
  out.event(1, 20, EVENTS.spanBegan, { object: 1, first: 1, second: 2 });
  out.event(1, 25, EVENTS.level, { object: 2, first: 1 });
  out.event(1, 30, EVENTS.spanEnded, { object: 1, second: 2 });
  out.event(1, 35, EVENTS.message, { object: 2, first: 1, second: 1 });
  out.event(2, 45, EVENTS.message, { object: 2, first: 1, second: 1, flags: FLAGS.received });
  out.event(2, 50, EVENTS.level, { object: 2 });
  out.event(1, 55, EVENTS.marker, { first: 3 });
  out.event(2, 60, EVENTS.spanBegan, { first: 2, second: 1 });
  out.event(1, 70, EVENTS.spanEnded, { second: 1 });
  out.end(100);
  const { slices, arrows, counts, marks } = exported(out.take());
  assert.deepEqual(
    slices.filter(({ category }) => category === "span").sort((a, b) => a.from - b.from),
    [
      { track: "main spans", category: "span", name: "load", from: 10, to: 70, args: { at: "/app/a.ts:7" } },
      { track: "main spans", category: "span", name: "resize", from: 20, to: 30, args: { pool: "crew" } },
      { track: "helper spans", category: "span", name: "load", from: 60, to: 100, args: { unfinished: true } },
    ],
  );
  assert.deepEqual(arrows, [{ name: "sends", from: ["main", 35], to: ["helper", 45] }]);
  assert.deepEqual(
    counts.map(({ track, time, value }) => [track, time, value]),
    [
      ["messages in jobs", 25, 1],
      ["messages in jobs", 50, 0],
    ],
  );
  assert.deepEqual(marks[0], { name: "ready", time: 55, args: { thread: "main" } });
});

test("locks that are not given back in reverse, and read twice, are told as long as they were held", () => {
  const out = new TraceWriter();
  out.object(1, "lock", "first");
  out.object(2, "lock", "second");
  out.object(3, "rwlock", "table");
  out.thread(1, 0, "main");
  for (const [time, kind, object] of [
    [10, EVENTS.acquired, 1],
    [20, EVENTS.acquired, 2],
    [30, EVENTS.released, 1],
    [40, EVENTS.acquired, 3],
    [50, EVENTS.acquired, 3],
    [60, EVENTS.released, 3],
    [70, EVENTS.released, 2],
    [80, EVENTS.released, 3],
  ] as const) {
    out.event(1, time, kind, { object });
  }
  out.end(100);
  const { slices, tracks } = exported(out.take());
  assert.deepEqual(
    slices.filter(({ category }) => category === "holding").map(({ name, from, to }) => [name, from, to]),
    [
      ["holds first", 10, 30],
      ["holds second", 20, 70],
      ["holds table", 40, 80],
    ],
  );
  assert.deepEqual(tracks, ["main", "main holds", "main holds"]);
});

test("what any program did is told without overlaps, in both formats alike, and adds up to what the report says", () => {
  const chaos = fc.record({
    seed: fc.integer(),
    threads: fc.integer({ min: 1, max: 6 }),
    locks: fc.integer({ min: 1, max: 5 }),
    steps: fc.integer({ min: 0, max: 300 }),
    unit: fc.constantFrom(1, 1000),
  });
  fc.assert(
    fc.property(chaos, (wanted) => {
      const bytes = chaoticTrace(wanted);
      const trace = exported(bytes);
      const { threads, duration } = summarise(bytes);
      for (const { name, began, ended = duration } of threads) {
        assert.equal(sum(trace, { track: name }), ended - began, `${name} lived from ${began} to ${ended}`);
      }
    }),
    { seed: 7, numRuns: 60 },
  );
});

suite("heddle trace export", () => {
  test("writes a deadlock for both viewers, with the report's threads, waits and lines", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    assert.equal((await heddle(["run", "--trace", trace, program("samples/deadlock")], { cwd })).code, 0);
    const pftrace = folder.file("run.pftrace");
    const toFile = await heddle(["trace", "export", "--format", "perfetto", "-o", pftrace, trace], { cwd });
    assert.deepEqual(toFile, { code: 0, signal: null, stdout: "", stderr: "" });
    const toStdout = await heddle(["trace", "export", trace], { cwd });
    assert.deepEqual([toStdout.code, toStdout.stderr], [0, ""]);
    const chrome = readChrome(new TextEncoder().encode(toStdout.stdout));
    assert.deepEqual(sorted(readPerfetto(readFileSync(pftrace))), sorted(chrome));
    const { threads, contention, start } = summarise(readFileSync(trace));
    assert.equal(chrome.pid, start?.pid);
    for (const { name, waitedForLocks } of threads) {
      const waits = chrome.slices.filter(({ track, name: what }) => track === name && /waits for mutex/.test(what));
      assert.equal(
        waits.reduce((total, { from, to }) => total + to - from, 0),
        waitedForLocks,
      );
    }
    for (const { lock, site } of contention) {
      const wait = chrome.slices.find(({ name }) => name === `waits for ${lock}`);
      assert.equal(wait?.args.at, `${site?.file}:${site?.line}`);
    }
    const [deadlock, end] = chrome.marks;
    assert.match(String(deadlock?.args.parties), /t1 waits for mutexB, which t2 holds; t2 waits for mutexA/);
    assert.equal(end?.args.exitCode, 0);
  });

  test("of a trace that was cut writes what is there, and says so in one line", async () => {
    using folder = new Folder();
    const out = new TraceWriter();
    out.thread(1, 0, "main");
    out.event(1, 10, EVENTS.waitBegan);
    out.pass(20);
    const whole = out.take();
    const file = folder.write("cut.heddletrace", whole.subarray(0, whole.length - 2));
    const { code, stdout, stderr } = await heddle(["trace", "export", "--format=chrome", file], { cwd });
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^heddle: .*cut\.heddletrace: the trace ends in the middle of a record; all before it was read\n$/,
    );
    const { slices, marks } = readChrome(new TextEncoder().encode(stdout));
    assert.deepEqual(
      slices.map(({ name }) => name),
      ["runs", "sleeps"],
    );
    assert.match(String(marks[0]?.args.problem), /ends in the middle of a record/);
  });

  test("says in one line what cannot be done, and leaves files as they are", async () => {
    using folder = new Folder();
    const out = new TraceWriter();
    out.thread(1, 0, "main");
    out.end(10);
    const trace = folder.write("run.heddletrace", out.take());
    const foreign = folder.write("foreign.heddletrace", "This is a text.");
    const other = folder.write("other.json", "mine");
    for (const [args, message] of [
      [[], /name what to do: trace report\|compare\|export\|stats file/],
      [["exprot", trace], /unknown verb of trace exprot; did you mean export\?/],
      [["export", "--format", "json", trace], /unknown format json; there are chrome, perfetto/],
      [["report", "--format", "chrome", trace], /unknown format chrome; there are text, json/],
      [["report", "-o", other, trace], /--output is for trace export, not report/],
      [["export", "-o", trace, trace], /cannot be exported into itself/],
      [
        ["export", "-o", folder.file("not/there.json"), trace],
        /cannot write .*there\.json: there is no folder .*not$/m,
      ],
      [["export", "-o", folder.path, trace], /cannot write .*: EISDIR/],
      [["export", "-o", other, foreign], /this is no Heddle trace/],
      [["stats", folder.path], /cannot read .*: EISDIR/],
    ] as const) {
      const { code, stdout, stderr } = await heddle(["trace", ...args], { cwd });
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, /^heddle: [^\n]+\n$/);
      assert.match(stderr, message);
    }
    assert.equal(readFileSync(other, "utf8"), "mine");
  });

  test("does what the README shows", async () => {
    using folder = new Folder();
    const out = new TraceWriter();
    out.thread(1, 0, "main");
    out.end(10);
    folder.write("run.heddletrace", out.take());
    const readme = readFileSync(new URL("README.md", repositoryRoot), "utf8");
    const shown = [...readme.matchAll(/^ *npx heddle (trace (?:export|stats) [^#\n]+)/gm)].map(([, line = ""]) =>
      line.trim(),
    );
    assert.equal(shown.length, 3);
    for (const line of shown) {
      const { code, stderr } = await heddle(line.split(/ +/), { cwd: folder.path });
      assert.deepEqual([code, stderr], [0, ""], line);
    }
    assert.deepEqual(readChrome(readFileSync(folder.file("run.json"))).tracks, ["main"]);
    assert.deepEqual(readPerfetto(readFileSync(folder.file("run.pftrace"))).tracks, ["main"]);
  });

  test("keeps neither the trace nor the result in memory", () => {
    using folder = new Folder();
    const file = folder.file("big.heddletrace");
    writeBigTrace(file, { seed: 3, events: 100_000, threads: 8 });
    const bytes = readFileSync(file);
    for (const format of ["chrome", "perfetto"] as const) {
      let read = 0;
      let readBefore = 0;
      let longest = 0;
      let most = 0;
      const pieces = function* (): Generator<Uint8Array> {
        for (; read < bytes.length; read += 10_000) yield bytes.subarray(read, read + 10_000);
      };
      for (const piece of exportTrace(pieces(), format)) {
        most = Math.max(most, piece.length);
        longest = Math.max(longest, read - readBefore);
        readBefore = read;
      }
      assert.ok(longest <= 50_000, `${longest} bytes were read before anything was written`);
      assert.ok(most <= 1e6, `${most} bytes were written at once`);
    }
  });
});
