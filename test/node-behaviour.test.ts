/** What pages of rules claim about Node.js, done by the Node.js that runs the tests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Folder } from "./support/folder.js";
import { runProgram } from "./support/run-program.js";

/** The lines that a module prints which is the program. */
async function linesOf(text: string): Promise<readonly string[]> {
  using folder = new Folder();
  const { code, stdout, stderr } = await runProgram([folder.write("program.mjs", text)]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

test("a module that starts a worker for itself does so in each worker again", async () => {
  const lines = await linesOf(`
    import { Worker, workerData } from "node:worker_threads";
    const depth = workerData ?? 0;
    console.log(depth);
    if (depth < 3) new Worker(new URL(import.meta.url), { workerData: depth + 1 });
  `);
  assert.deepEqual(lines, ["0", "1", "2", "3"]);
});

test("a loop over an array leaves one out where an element is taken out while it waits, and a loop over a copy does not", async () => {
  const lines = await linesOf(`
    async function seenOf(take) {
      const all = ["a", "b", "c"];
      const seen = [];
      for (const each of take(all)) {
        queueMicrotask(() => all.splice(all.indexOf(each), 1));
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(each);
      }
      return seen.join("");
    }
    console.log(await seenOf((all) => all));
    console.log(await seenOf((all) => [...all]));
  `);
  assert.deepEqual(lines, ["ac", "abc"]);
});

test("a loop over an array comes to what is appended while it waits, and one over a set leaves nothing out", async () => {
  const lines = await linesOf(`
    const all = ["a"];
    const seen = [];
    for (const each of all) {
      if (all.length < 3) queueMicrotask(() => all.push(each + each));
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(each);
    }
    console.log(seen.join(" "));
    const set = new Set(["x", "y", "z"]);
    for (const each of set) {
      queueMicrotask(() => set.delete(each));
      await new Promise((resolve) => setImmediate(resolve));
      console.log(each);
    }
  `);
  assert.deepEqual(lines, ["a aa aaaa", "x", "y", "z"]);
});

test("a timer that has lost a race goes on and keeps the process up", async () => {
  const lines = await linesOf(`
    const late = new Promise((resolve) => setTimeout(() => resolve(console.log("late")), 50));
    await Promise.race([Promise.resolve(), late]);
    console.log("over");
  `);
  assert.deepEqual(lines, ["over", "late"]);
});
