import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { Analysis } from "../server/src/analysis.js";
import { rules } from "../server/src/rules/index.js";
import { projectFor } from "./soak/incremental.js";
import { repositoryRoot } from "./support/repository.js";
import { TypeCheck } from "./support/type-check.js";

const page = readFileSync(new URL("server/docs/annotations.md", repositoryRoot), "utf8");
const directory = new URL("out/pages", repositoryRoot).pathname;
const typeCheck = new TypeCheck(directory);

/** The examples, by the heading they stand under. */
const examples = page.split(/^## /m).flatMap((section) => {
  const heading = section.slice(0, section.indexOf("\n"));
  return [...section.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => ({ heading, text }));
});

function found(text: string): readonly string[] {
  const project = projectFor(new Map([["example.ts", text]]));
  const analysis = new Analysis(project);
  const file = `${project.directory}/example.ts`;
  analysis.update([{ file, text }]);
  const snapshot = analysis.snapshot();
  assert.deepEqual(snapshot.problems, []);
  return snapshot.findings().map(({ ruleId, site }) => `${snapshot.position(file, site.start).line} ${ruleId}`);
}

function said(text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) => {
    const ruleId = / \/\/ ([a-z-]+)$/.exec(line)?.[1];
    return ruleId !== undefined && rules.has(ruleId) ? [`${index} ${ruleId}`] : [];
  });
}

suite("what the page of annotations shows", () => {
  for (const [index, { heading, text }] of examples.entries()) {
    test(`${index + 1}: ${heading}`, () => {
      assert.deepEqual(typeCheck.diagnostics(new Map([[`${directory}/example.ts`, text]])), []);
      assert.deepEqual(found(text), said(text));
    });

    test(`${index + 1}: ${heading}, without the tags`, () => {
      assert.notDeepEqual(found(text.replace(/@\w+/g, "")), said(text));
    });

    test(`${index + 1}: ${heading}, with the tags in other comments or with other capitals`, () => {
      assert.notDeepEqual(found(text.replace(/\/\*\* (.*) \*\//g, "// $1")), said(text));
      assert.notDeepEqual(found(text.replace(/@\w/g, (start) => start.toUpperCase())), said(text));
    });
  }

  test("every tag that it says is read has an example", () => {
    const shown = examples.map(({ text }) => text).join("\n");
    const [read = ""] = page.split("## Not read");
    for (const [tag] of read.matchAll(/@(?!requiresShared)\w+/g)) assert.ok(shown.includes(tag), tag);
  });
});
