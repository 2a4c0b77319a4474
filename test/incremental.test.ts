import assert from "node:assert/strict";
import { test } from "node:test";
import { soakIncremental } from "./soak/incremental.js";

test("after any sequence of edits the analysis says what a fresh one says", () => {
  const { findings } = soakIncremental(200, 1);
  assert.ok(findings > 0, "the edits never left a finding, so nothing was compared");
});
