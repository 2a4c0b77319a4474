/** What a debugger is told to start a program with a recorder. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { nodeOptions } from "../../client/src/trace/node-options.js";
import { ProgramError } from "../../client/src/trace/program-error.js";
import { Folder } from "../support/folder.js";
import { repositoryRoot } from "../support/repository.js";

const heddle = fileURLToPath(new URL("server/dist/heddle.cjs", repositoryRoot));

suite("what Node.js needs to record a program", () => {
  test("is what `heddle run` would do, in an environment that lacks what the configuration takes away", async () => {
    using folder = new Folder();
    const file = folder.write("main.mjs", "");
    const trace = folder.file("run.heddletrace");
    // Node.js writes what it covered into the folder that this names.
    const env = { NODE_V8_COVERAGE: null, MINE: "1" };
    const { flags, env: needed } = await nodeOptions({ file, cwd: folder.path, env }, trace, heddle);
    assert.equal(flags[0], "--import");
    assert.match(flags[1] ?? "", /^file:.*preload\.js$/);
    assert.deepEqual(Object.keys(needed), ["HEDDLE_TRACE"]);
    assert.equal(JSON.parse(needed.HEDDLE_TRACE ?? "").file, trace);
    assert.deepEqual(readdirSync(folder.path).sort(), ["main.mjs", "run.heddletrace"]);
  });

  test("is asked of the Node.js of the configuration, unless that is something that only starts one", async () => {
    using folder = new Folder();
    const program = { file: folder.write("main.mjs", ""), cwd: folder.path };
    const trace = folder.file("run.heddletrace");
    await nodeOptions({ ...program, node: process.execPath }, trace, heddle);
    await nodeOptions({ ...program, node: "npm" }, trace, heddle);
    await assert.rejects(
      nodeOptions({ ...program, node: folder.file("node") }, trace, heddle),
      new ProgramError(`There is no ${folder.file("node")}: install Node.js 20.19 or later.`),
    );
  });

  test("is not known of a script that is not there", async () => {
    using folder = new Folder();
    await assert.rejects(
      nodeOptions({ file: folder.file("main.mjs"), cwd: folder.path }, folder.file("a.heddletrace"), heddle),
      (error) => error instanceof ProgramError && /^there is no script/.test(error.message),
    );
  });
});
