import assert from "node:assert/strict";
import { test } from "node:test";
import { soakMutants } from "./soak/mutants.js";

test("no mutated file brings the analysis down", async () => {
  const { findings } = await soakMutants(150, 20261121);
  assert.ok(findings > 0, "the mutants never left a finding, so no rule was at work");
});
