import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { between, generated, SEEN_RULES } from "./support/generated.js";
import { sourceFiles } from "./support/imports.js";
import { repositoryRoot } from "./support/repository.js";

/** With `UPDATE=1` stale files are rewritten instead of reported. */
const isUpdate = Boolean(process.env.UPDATE);

const files = await generated();

suite("generated files", () => {
  for (const { file, text } of files) {
    test(`${file} says what the rules' folder says`, () => {
      const path = new URL(file, repositoryRoot);
      const wanted = text();
      if (isUpdate && readFileSync(path, "utf8") !== wanted) writeFileSync(path, wanted);
      assert.equal(readFileSync(path, "utf8"), wanted, `${file} is stale: run \`UPDATE=1 npm test\``);
    });
  }

  test("a text without its markers is refused", () => {
    assert.equal(between("a <!-- rules -->b<!-- /rules --> c", "x"), "a <!-- rules -->\nx\n<!-- /rules --> c");
    assert.throws(() => between("no marker", "x"), /one `<!-- rules -->`/);
    assert.throws(() => between("<!-- rules --> open", "x"), /one `<!-- rules -->`/);
  });
});

test("a rule is two files: its id stands nowhere else in the code", () => {
  const ids = readdirSync(new URL("server/src/rules/", repositoryRoot))
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.replace(".md", ""));
  assert.ok(ids.length > 0);
  for (const file of sourceFiles(["server/src/", "client/src/", "runtime/src/"])) {
    if (file === "server/src/rules/index.ts" || SEEN_RULES.includes(file)) continue;
    const text = readFileSync(new URL(file, repositoryRoot), "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
    // What other linters call the same may hold an id: `no-` and the id in the plural.
    const spoken = ids.filter((id) => new RegExp(`(?<![\\w-])${id}(?![\\w-])`).test(text));
    assert.deepEqual(spoken, [], `${file} speaks of rules`);
  }
});
