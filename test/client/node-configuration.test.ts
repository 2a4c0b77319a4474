/** Which debug configurations of people's own are recorded, and which program they mean. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { suite, test } from "node:test";
import { canRecord, type NodeConfiguration, programPath } from "../../client/src/trace/node-configuration.js";

suite("a debug configuration for Node.js", () => {
  test("means a program from the folder where it runs", () => {
    const folder = resolve("/project");
    const path = (program: string, cwd?: string): string => programPath({ program, cwd }, folder);
    assert.equal(path("src/a.ts"), resolve("/project/src/a.ts"));
    assert.equal(path("a.ts", "packages/b"), resolve("/project/packages/b/a.ts"));
    assert.equal(path("a.ts", resolve("/elsewhere")), resolve("/elsewhere/a.ts"));
    assert.equal(path(resolve("/there/a.ts"), "packages/b"), resolve("/there/a.ts"));
    assert.equal(programPath({ program: resolve("/a.ts") }, undefined), resolve("/a.ts"));
  });

  test("is recorded only where that changes nothing else", () => {
    const plain = { type: "pwa-node", request: "launch", program: "/a.js" } satisfies NodeConfiguration;
    const recorded: readonly NodeConfiguration[] = [
      plain,
      { ...plain, type: "node", runtimeExecutable: "/usr/bin/node" },
      { ...plain, runtimeExecutable: "node.exe", console: "internalConsole" },
    ];
    const left: readonly NodeConfiguration[] = [
      { ...plain, type: "python" },
      { ...plain, request: "attach" },
      { ...plain, program: undefined },
      { ...plain, runtimeExecutable: "npm" },
      { ...plain, console: "integratedTerminal" },
    ];
    for (const each of recorded) assert.equal(canRecord(each), true, JSON.stringify(each));
    for (const each of left) assert.equal(canRecord(each), false, JSON.stringify(each));
  });
});
