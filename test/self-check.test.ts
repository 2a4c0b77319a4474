import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { heddle } from "./support/heddle.js";
import { repositoryRoot } from "./support/repository.js";

// Left out are tests that do to locks what nobody should, to see what happens, and samples of what is found.
test("Heddle finds nothing in Heddle", { timeout: 900_000 }, async () => {
  const { code, stdout, stderr } = await heddle(["check", ".", "runtime", "client/webview"], {
    cwd: fileURLToPath(repositoryRoot),
    deadline: 800_000,
  });
  assert.equal(stderr, "");
  assert.match(stdout, /^No findings in [\d,]{3,} files\.\n$/);
  assert.equal(code, 0);
});
