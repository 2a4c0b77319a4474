/** The programs under samples/ print what their documents say. */
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Folder } from "./support/folder.js";
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

/** What the samples print whose lines have one order. */
const prints: Readonly<Record<string, readonly string[]>> = {
  callback: ["----main goes on----", "----0---", "----1---", "----2---", "---callback---in main: true, it got hahah"],
  condition: ["eats a apple", "eats a pear", "eats a plum"],
  "count-threads": [
    "--- begin ---",
    "threads that run: 3, namely MainThread, dancer, singer",
    "threads that run: 2",
    "threads that run: 1",
  ],
  "dict-by-thread": [
    "task 1 for dongGe",
    "task 2 for dongGe",
    "task 1 for 老王",
    "task 2 for 老王",
    "Thread-1 (stdThread): dongGe, Thread-2 (stdThread): 老王",
  ],
  "interrupt-main": ["main was interrupted"],
  "list-argument": [
    "----in work1--- [ 11, 22, 33, 44 ]",
    "----in work2--- [ 11, 22, 33, 44 ] and the copy [ 11, 22, 33 ]",
  ],
  "passed-along": ["dongGe reads and writes", "老王 reads and writes"],
  "pool-methods": [
    "apply: 1024",
    "map: [ 1, 4, 9 ]",
    "starmap: [ 8, 9 ]",
    "imap: [ 16, 25, 36 ]",
    "imapUnordered: [ 49, 64 ]",
    "mapAsync, awaited: [ 81, 100 ]",
    "ready: true successful: true get: 121",
    "get gave up, the task goes on",
    "get: at last",
    "the task threw: RangeError: on purpose",
  ],
  "pool-queue": ["reader got dongGe"],
  "process-callback": [
    "---in the pool---, in another process: true",
    "----0---",
    "----1---",
    "----2---",
    "---callback---in main: true, it got hahah",
  ],
  "process-class": [
    "another process: true",
    "ProcessClass-1 has slept for as long as it was told: true",
    "ProcessClass-1 has ended with 0",
  ],
  "process-pool-queue": ["reader got dongGe"],
  "process-queue": [
    "Put A to queue...",
    "Put B to queue...",
    "Put C to queue...",
    "Get A from queue.",
    "Get B from queue.",
    "Get C from queue.",
    "all data written and read",
  ],
  "process-start": [
    "the child is about to run",
    "the child runs, its name is test, its parent is the one that says so: true",
    "the child has ended with 0",
  ],
  "producer-consumer": ["all items are dealt with, their sum is 55", "the consumers have gone home"],
  "queue-orders": [
    "mid-level job, low-level job, important job",
    "important job, low-level job, mid-level job",
    "important job, mid-level job, low-level job",
  ],
  rlock: ["the balance is 4000, the lock is held: false"],
  "say-sorry": Array.from({ length: 5 }, () => "I am sorry. May I eat now?"),
  "say-sorry-alone": [...Array.from({ length: 5 }, () => "I am sorry. May I eat now?"), "it took half a second: true"],
  semaphore: ["never more than two: true, seats that are free: 2", "one permit cannot be given back twice"],
  "shared-memory": ["3.25 0,-1,-2,-3,-4 true 1,2,3"],
  "shared-number": [
    "---before the threads, num is 100---",
    "----in work1, num is 103---",
    "----in work2, num is 103---",
  ],
  singleton: ["made 1 time, the home page was visited 4000 times"],
  "thread-names": [
    "before the start: alive false, ident undefined, daemon false",
    "I am first, and not MainThread: true",
    "after the start: alive true, ident is a number: true",
    "Now I am second",
    "after the end: alive false",
    "it runs in MainThread",
  ],
  timer: ["main goes on", "the other one was cancelled", "Hello, dongGe!"],
};

for (const [sample, lines] of Object.entries(prints)) {
  test(`${sample} prints what it says`, async () => {
    assert.deepEqual(await linesOf(sample), lines);
  });
}

test("sing-and-dance: the program ends when its threads do", async () => {
  const lines = await linesOf("sing-and-dance");
  assert.deepEqual(lines.slice(0, 2), ["--- begin ---", "--- end ---"]);
  for (const what of ["singing", "dancing"]) {
    assert.deepEqual(
      lines.filter((line) => line.startsWith(what)),
      [0, 1, 2].map((i) => `${what}... ${i}`),
    );
  }
  assert.equal(lines.length, 8);
});

test("event: both cars wait while it is red, and drive when it is green", async () => {
  const lines = await linesOf("event");
  assert.deepEqual(lines.slice(0, 2).sort(), ["blue car waits", "red car waits"]);
  assert.deepEqual(lines.slice(3, 5).sort(), ["blue car drives", "red car drives"]);
  assert.deepEqual([lines[2], ...lines.slice(5)], ["the light is green: false", "the light is green: false"]);
});

test("own-data: each thread counts from its own number", async () => {
  const lines = await linesOf("own-data");
  assert.deepEqual(lines.sort(), ["thread(first), num=101", "thread(second), num=201"]);
});

test("the guide for those who know Python shows all samples as they are", () => {
  const guide = readFileSync(new URL("runtime/docs/from-python.md", repositoryRoot), "utf8");
  const shown = [...guide.matchAll(/^`([\w-]+\.ts)`\n\n```ts\n(.*?)\n```$/gms)];
  assert.equal(shown.length, [...guide.matchAll(/^```ts$/gm)].length);
  assert.deepEqual(shown.map(([, name]) => name).sort(), Object.keys(findings).sort());
  for (const [, name, code] of shown) {
    const sample = readFileSync(new URL(`test/samples/${name}`, repositoryRoot), "utf8");
    assert.ok(sample.includes(`\n${code}\n`), `the guide shows another ${name}`);
  }
});

/** What the linter says of each sample: rule, the lines of the finding and of its other sides, and its fixes. */
const findings: Readonly<Record<string, readonly string[]>> = {
  "callback.ts": [],
  "condition.ts": [],
  "count-threads.ts": [],
  "deadlock.ts": ['lock-order-inversion at "mutexB.acquire();", fixes: none'],
  "dict-by-thread.ts": [],
  "event.ts": [],
  "interrupt-main.ts": [],
  "list-argument.ts": [],
  "lost-update.ts": [
    'unguarded-shared-mutation at "num.value += i === 0 ? oneTogether() : 1;", fixes: Wrap in `num.getLock()`',
    'unguarded-shared-mutation at "num.value += i === 0 ? oneTogether() : 1;", fixes: Wrap in `num.getLock()`',
  ],
  "mutex.ts": [],
  "own-data.ts": [],
  "passed-along.ts": [],
  "pool.ts": ['blocking-apply-in-loop at "for (let i = 0; i < 3; i++) po.apply(worker, [i]);", fixes: none'],
  "pool-methods.ts": [],
  "pool-queue.ts": [],
  "process-callback.ts": [],
  "process-class.ts": [],
  "process-pool-queue.ts": [],
  "process-queue.ts": [],
  "process-start.ts": [],
  "producer-consumer.ts": [],
  "queue-orders.ts": [],
  "queue-writer-reader.ts": [],
  "rlock.ts": [],
  "say-sorry.ts": [],
  "say-sorry-alone.ts": [],
  "semaphore.ts": [],
  "shared-memory.ts": [],
  "shared-number.ts": [],
  "sing-and-dance.ts": [],
  "singleton.ts": [],
  "thread-local.ts": [],
  "thread-names.ts": [],
  "timer.ts": [],
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

test("the linter says the same where nothing is installed: no declarations of Node.js, none of Heddle", async () => {
  using folder = new Folder();
  const samples = fileURLToPath(new URL("test/samples/", repositoryRoot));
  for (const name of readdirSync(samples))
    if (/\.(?:ts|json)$/.test(name)) copyFileSync(samples + name, folder.file(name));
  const told = async (cwd: string): Promise<readonly string[]> => {
    const { stdout } = await heddle(["check", "--format", "json", "."], { cwd });
    const { findings } = JSON.parse(stdout) as { findings: { ruleId: string; file: string; range: unknown }[] };
    return findings.map(({ ruleId, file, range }) => `${ruleId} ${file} ${JSON.stringify(range)}`);
  };
  const bare = await told(folder.path);
  assert.ok(bare.length >= 3, bare.join("\n"));
  assert.deepEqual(bare, await told(samples));
});
