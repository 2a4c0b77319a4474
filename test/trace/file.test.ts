/** Trace files that are not what they should be, and files in pieces. */
import assert from "node:assert/strict";
import { readFileSync, truncateSync } from "node:fs";
import { before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { fileHeader } from "../../runtime/src/trace/chunk-writer.js";
import { TraceDecoder, TraceFormatError, type TraceSink } from "../../runtime/src/trace/decode.js";
import { CHUNKS, checksum, EVENTS } from "../../runtime/src/trace/format.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { Random } from "../support/random.js";
import { repositoryRoot } from "../support/repository.js";
import { program, reportOf } from "../support/trace.js";
import { TraceWriter } from "../support/trace-writer.js";

const cwd = fileURLToPath(repositoryRoot);

suite("a trace file", () => {
  let whole: Uint8Array;

  before(async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const { code } = await heddle(["run", "--trace", trace, program("samples/deadlock")], { cwd });
    assert.equal(code, 0);
    whole = readFileSync(trace);
  });

  test("cut anywhere reads up to there, and says that it was cut", () => {
    const all = tell(whole);
    assert.equal(summarise(whole).problem, undefined);
    let most = 0;
    for (let length = 0; length < whole.length; length++) {
      const part = whole.subarray(0, length);
      const told = tell(part);
      assert.deepEqual(told, all.slice(0, told.length), `of ${length} bytes`);
      assert.ok(told.length >= most, `${length} bytes tell less than ${length - 1}`);
      most = told.length;
      if (summarise(part).problem === undefined) assert.ok(told.length > 0);
    }
    assert.ok(most > 10);
  });

  test("in pieces of any size is the same as in one", () => {
    const random = new Random(1);
    const told: string[] = [];
    const decoder = new TraceDecoder(teller(told));
    for (let at = 0; at < whole.length; ) {
      const size = random.below(40);
      decoder.push(whole.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(told, tell(whole));
    assert.equal(decoder.problem, undefined);
  });

  test("with any byte changed reads up to the damage, and nothing wrong is told", () => {
    const all = tell(whole);
    for (let at = 32; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      const told = tell(damaged);
      const { problem } = summarise(damaged);
      // A chunk of a type that nobody knows is skipped: one that is missing is the only difference then.
      if (problem !== undefined) assert.deepEqual(told, all.slice(0, told.length), `byte ${at}`);
      else assert.ok(told.length < all.length && told.every((line) => all.includes(line)), `byte ${at}`);
    }
  });

  test("tells each thread's worker, as a debugger names it", () => {
    const workers = new Map<string, number>();
    new TraceDecoder({ thread: ({ name, worker }) => void workers.set(name, worker) }).push(whole);
    assert.deepEqual([...workers.keys()].sort(), ["MainThread", "t1", "t2"]);
    assert.equal(workers.get("MainThread"), 0);
    const [first = 0, second = 0] = [workers.get("t1"), workers.get("t2")];
    assert.ok(first > 0 && second > 0 && first !== second, `${first}, ${second}`);
  });

  test("of another kind or version is refused in one line", async () => {
    using folder = new Folder();
    const later = Uint8Array.from(whole);
    later[8] = 9;
    for (const [content, message] of [
      [new TextEncoder().encode("{}"), /this is no Heddle trace/],
      [later, /the trace has version 9; this Heddle reads version 1/],
    ] as const) {
      assert.throws(() => summarise(content), TraceFormatError);
      const file = folder.write("foreign.heddletrace", content);
      const { code, stdout, stderr } = await heddle(["trace", "report", file], { cwd });
      assert.match(stderr, message);
      assert.match(stderr, /^heddle: [^\n]+\n$/);
      assert.deepEqual([code, stdout], [2, ""]);
    }
  });

  test("that was cut is reported with one line about it", async () => {
    using folder = new Folder();
    const file = folder.write("cut.heddletrace", whole.subarray(0, whole.length - 5));
    const { code, stdout, stderr } = await heddle(["trace", "report", file], { cwd });
    assert.match(
      stderr,
      /^heddle: .*cut\.heddletrace: the trace ends in the middle of a record; all before it was read\n$/,
    );
    assert.match(stdout, /no end: the program was killed, or runs still/);
    assert.match(stdout, /Deadlock after/);
    assert.equal(code, 0);
  });
});

suite("a trace that no recorder wrote", () => {
  const most = [255, 255, 255, 255, 255, 255, 255, 15];
  const beyond = [255, 255, 255, 255, 255, 255, 255, 16];
  const payloads: readonly (readonly [what: string, type: number, payload: readonly number[]])[] = [
    ["more parties than there is room for", CHUNKS.deadlock, [1, ...most, 1, 1, 1, 1, 1]],
    ["more events than there are", CHUNKS.events, [1, ...most, 1, EVENTS.acquired, 1, 1]],
    ["an id that is no whole number", CHUNKS.threadEnded, [...beyond, 1, 0]],
    ["an endless number", CHUNKS.end, [...Array<number>(300).fill(255), 1, 0, 0, 0, 0]],
    ["a text longer than the record", CHUNKS.object, [1, 2, 100, 65]],
    ["nothing", CHUNKS.thread, []],
  ];
  for (const [what, type, payload] of payloads) {
    test(`with ${what}, and the right checksum, is read up to there and reported`, async () => {
      using folder = new Folder();
      const file = folder.write("run.heddletrace", followedBy(chunk(type, payload)));
      const report = await reportOf(file, cwd);
      assert.equal(report.problem, "a part of the trace is damaged; what follows it was left out");
      assert.deepEqual(
        report.threads.map(({ name }) => name).filter((name) => name !== "thread 1"),
        ["main"],
      );
      const text = await heddle(["trace", "report", file], { cwd });
      assert.doesNotMatch(text.stdout, /Infinity|NaN/);
    });
  }

  test("with a record longer than a recorder's is damaged there, however much follows", async () => {
    using folder = new Folder();
    const record = chunk(CHUNKS.events, [1]);
    new DataView(record.buffer).setUint32(4, 0xffff_ffff, true);
    const file = folder.write("run.heddletrace", followedBy(record));
    // Longer than a buffer can be; it takes no room on the disk.
    truncateSync(file, 5e9);
    const report = await reportOf(file, cwd);
    assert.match(report.problem ?? "", /is damaged/);
    assert.deepEqual(
      report.threads.map(({ name }) => name),
      ["main"],
    );
  });

  test("whose header says no time is refused", () => {
    for (const header of [fileHeader(Number.NaN, 0, 1), fileHeader(1e300, 0, 1), fileHeader(0, Number.NaN, 1)]) {
      assert.throws(() => summarise(header), { message: "the header of the trace is damaged" });
    }
  });

  test("has as many locks as it likes", async () => {
    using folder = new Folder();
    const out = new TraceWriter();
    out.thread(1, 0, "main");
    for (let id = 1; id <= 150_000; id++) {
      out.object(id, "lock", "");
      out.event(1, id, EVENTS.acquired, { object: id });
    }
    out.end(200_000);
    const file = folder.write("run.heddletrace", out.take());
    const { code, stdout, stderr } = await heddle(["trace", "report", file], { cwd });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /150,000 locks/);
  });
});

/** A header, a thread, and then this. */
function followedBy(record: Uint8Array): Uint8Array {
  const out = new TraceWriter();
  out.thread(2, 0, "main");
  return Buffer.concat([out.take(), record]);
}

function chunk(type: number, payload: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(12 + payload.length);
  bytes.set(payload, 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, payload.length, true);
  view.setUint32(8, checksum(bytes, 12, bytes.length), true);
  return bytes;
}

/** Everything a trace says, one line each. */
function tell(bytes: Uint8Array): string[] {
  const told: string[] = [];
  new TraceDecoder(teller(told)).push(bytes);
  return told;
}

function teller(told: string[]): Required<TraceSink> {
  const as = (name: string) => (said: object) => void told.push(`${name} ${JSON.stringify(said)}`);
  return {
    ...{
      start: as("start"),
      process: as("process"),
      thread: as("thread"),
      threadEnded: as("threadEnded"),
      object: as("object"),
    },
    ...{ site: as("site"), label: as("label"), event: as("event"), deadlock: as("deadlock"), end: as("end") },
    ...{ processEnded: as("processEnded"), unrecorded: (time) => void told.push(`unrecorded ${time}`) },
    chunk: (type) => void (type === CHUNKS.batch && told.push("batch")),
    drained: (time) => void told.push(`drained ${time}`),
  };
}
