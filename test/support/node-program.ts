import assert from "node:assert/strict";
import { Folder } from "./folder.js";
import { runProgram } from "./run-program.js";

/** The lines that a module prints which is the program. */
export async function linesOf(text: string): Promise<readonly string[]> {
  using folder = new Folder();
  const { code, stdout, stderr } = await runProgram([folder.write("program.mjs", text)]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

/** The number in front of the first dot of the version that runs the tests. */
export const nodeVersion = Number.parseInt(process.versions.node, 10);
