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
