/** Trace files that are not what they should be, and files in pieces. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TraceDecoder, TraceFormatError, type TraceSink } from "../../runtime/src/trace/decode.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { Random } from "../support/random.js";
import { repositoryRoot } from "../support/repository.js";
import { program } from "../support/trace.js";

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

/** Everything a trace says, one line each. */
function tell(bytes: Uint8Array): string[] {
  const told: string[] = [];
  new TraceDecoder(teller(told)).push(bytes);
  return told;
}

function teller(told: string[]): Required<TraceSink> {
  const as = (name: string) => (said: object) => void told.push(`${name} ${JSON.stringify(said)}`);
  return {
    ...{ start: as("start"), thread: as("thread"), threadEnded: as("threadEnded"), object: as("object") },
    ...{ site: as("site"), event: as("event"), deadlock: as("deadlock"), end: as("end") },
    drained: (time) => void told.push(`drained ${time}`),
  };
}
