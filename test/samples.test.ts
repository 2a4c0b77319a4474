/** The programs under samples/ print what their documents say. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { heddle } from "./support/heddle.js";
import { repositoryRoot } from "./support/repository.js";
import { runProgram } from "./support/run-program.js";

/** The lines that a sample prints. It must end by itself, with exit code 0 and nothing on stderr. */
async function linesOf(sample: string): Promise<string[]> {
  const program = fileURLToPath(new URL(`./samples/${sample}.js`, import.meta.url));
  const { code, stdout, stderr } = await runProgram([program]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout.trimEnd().split("\n");
}

test("lost-update: additions without a lock are lost", async () => {
  const lines = await linesOf("lost-update");
  assert.deepEqual(lines.slice(0, -1).sort(), ["---test1--- done", "---test2--- done"]);
  const num = Number(/^---num=(\d+)---$/.exec(lines.at(-1) ?? "")?.[1]);
  assert.ok(num > 0 && num < 2_000_000, `num is ${num}`);
});

test("mutex: with a lock every addition counts", async () => {
  const lines = await linesOf("mutex");
  assert.deepEqual(lines.slice(0, -1).sort(), ["---test1--- done", "---test2--- done"]);
  assert.equal(lines.at(-1), "---num=2000000---");
});

test("deadlock: both threads hold one lock and wait for the other, and the program says so", async () => {
  const lines = await linesOf("deadlock");
  assert.deepEqual(lines.slice(0, -1).sort(), ["t1----do1---up----", "t2----do2---up----"]);
  assert.equal(lines.at(-1), "deadlock: t1 and t2 wait for ever");
});

test("queue-writer-reader: what was put is got, in order", async () => {
  assert.deepEqual(await linesOf("queue-writer-reader"), [
    "full: false",
    "full: true",
    "the queue is full, it holds 3 messages",
    "the queue is full, it holds 3 messages",
    "message 1",
    "message 2",
    "message 3",
    "Put A to queue...",
    "Put B to queue...",
    "Put C to queue...",
    "Get A from queue.",
    "Get B from queue.",
    "Get C from queue.",
    "all data written and read",
  ]);
});

test("pool: apply runs one task after the other, applyAsync all of them, map keeps the order", async () => {
  const lines = await linesOf("pool");
  assert.deepEqual(lines.slice(0, 8), [
    "----apply----",
    "0 begins",
    "0 is done",
    "1 begins",
    "1 is done",
    "2 begins",
    "2 is done",
    "----applyAsync----",
  ]);
  const between = lines.slice(8, lines.indexOf("----map----") - 1);
  const expected = [3, 4, 5, 6, 7, 8, 9].flatMap((i) => [`${i} begins`, `${i} is done`]);
  assert.deepEqual([...between].sort(), expected);
  assert.deepEqual(lines.slice(8 + expected.length), [
    "3: ok, 4: ok, 5: ok, 6: ok, 7: ok, 8: ok, 9: ok",
    "----map----",
    "1, 4, 9, 16, 25",
    "in a thread of its own: true",
    "-----end-----",
  ]);
});

test("thread-local: every thread has its own value", async () => {
  const lines = await linesOf("thread-local");
  assert.deepEqual(lines.slice(0, 2).sort(), ["Hello, dongGe (in Thread-A)", "Hello, 老王 (in Thread-B)"]);
  assert.deepEqual(lines.slice(2), ["main has a value: false"]);
});

/** What the linter says of each sample: rule, the lines of the finding and of its other sides, and its fixes. */
const findings: Readonly<Record<string, readonly string[]>> = {
  "deadlock.ts": ['lock-order-inversion at "mutexB.acquire();", fixes: none'],
  "lost-update.ts": [
    'unguarded-shared-mutation at "num.value += i === 0 ? oneTogether() : 1;", fixes: Wrap in `num.getLock()`',
    'unguarded-shared-mutation at "num.value += i === 0 ? oneTogether() : 1;", fixes: Wrap in `num.getLock()`',
  ],
  "mutex.ts": [],
  "pool.ts": [],
  "queue-writer-reader.ts": [],
  "thread-local.ts": [],
};

interface SampleReport {
  readonly findings: readonly {
    readonly ruleId: string;
    readonly file: string;
    readonly range: { readonly start: { readonly line: number } };
    readonly related: readonly unknown[];
    readonly fixes: readonly { readonly title: string; readonly edits: readonly unknown[] }[];
  }[];
}

test("the linter says of every sample what it should, the same on every run", async () => {
  const samples = fileURLToPath(new URL("test/samples/", repositoryRoot));
  const check = () => heddle(["check", ".", "--format", "json"], { cwd: samples });
  const [first, second] = [await check(), await check()];
  assert.equal(first.stderr, "");
  assert.equal(first.code, 1);
  assert.equal(second.stdout, first.stdout);
  const report = JSON.parse(first.stdout) as SampleReport;
  const said = new Map<string, string[]>();
  for (const name of readdirSync(samples).sort()) if (name.endsWith(".ts")) said.set(name, []);
  for (const { ruleId, file, range, related, fixes } of report.findings) {
    assert.ok(related.length > 0, `${file}: a finding without its other side`);
    const line = readFileSync(samples + file, "utf8")
      .split("\n")
      [range.start.line]?.trim();
    const titles = fixes.map(({ title }) => title).join(", ") || "none";
    said.get(file)?.push(`${ruleId} at "${line}", fixes: ${titles}`);
  }
  assert.deepEqual(Object.fromEntries(said), findings);
});
