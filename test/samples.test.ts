/** The programs under samples/ print what their documents say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
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
