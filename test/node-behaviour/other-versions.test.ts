/** The other tests of this folder, run by the later versions of Node.js, where some things are otherwise. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { installedNode } from "../support/node-versions.js";

const here = fileURLToPath(new URL("./", import.meta.url));
const self = fileURLToPath(import.meta.url);
const DEADLINE = 120_000;

for (const version of ["22", "24"]) {
  test(`Node.js ${version} does what the pages claim`, async () => {
    const node = await installedNode(version);
    const files = readdirSync(here)
      .filter((file) => file.endsWith(".test.js"))
      .map((file) => here + file)
      .filter((file) => file !== self);
    // Within a test, Node's runner would report to the one above it and run nothing by itself.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(node, ["--test", "--test-reporter=spec", ...files], {
      encoding: "utf8",
      env,
      timeout: DEADLINE,
    });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /^ℹ pass [1-9]/m);
  });
}
