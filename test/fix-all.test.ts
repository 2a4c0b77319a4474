import assert from "node:assert/strict";
import { test } from "node:test";
import { Analysis } from "../server/src/analysis.js";
import { fixAll } from "../server/src/fix-all.js";
import { pageDirectory, pageProject } from "./support/page-project.js";

test("findings that say the same of the same text are all fixed", () => {
  const file = `${pageDirectory}/case.ts`;
  const text = `const controller = new AbortController();
setTimeout(() => controller.abort, 1);
setTimeout(() => controller.abort, 2);
export const { signal } = controller;
`;
  const analysis = new Analysis(pageProject);
  analysis.update([{ file, text }]);
  const { texts, fixes } = fixAll(analysis, (snapshot) => snapshot.findings());
  assert.equal(fixes, 2);
  assert.equal(texts.get(file), text.replaceAll("controller.abort,", "controller.abort(),"));
  assert.deepEqual(analysis.snapshot().findings(), []);
});
