import { deepEqual, equal, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import { Analysis } from "../server/src/analysis.js";
import { rules } from "../server/src/rules/index.js";
import { PeerLinters } from "../server/src/source/peer-linters.js";
import { looseProject } from "../server/src/source/project.js";

import { Folder } from "./support/folder.js";

/** A workspace in which these files exist. */
function workspace(files: Readonly<Record<string, string>>): PeerLinters {
  return new PeerLinters("/home/me/app/packages/one", (file) => files[file]);
}

suite("another linter's rule is on", () => {
  const on: Readonly<Record<string, Record<string, string>>> = {
    "where a flat configuration sets it": {
      "/home/me/app/eslint.config.js":
        'export default [{ rules: { "@typescript-eslint/no-misused-promises": "error" } }];',
    },
    "with options": {
      "/home/me/app/.eslintrc.json":
        '{ "rules": { "@typescript-eslint/no-misused-promises": [2, { "checksVoidReturn": false }] } }',
    },
    "by a set of typescript-eslint that has it": {
      "/home/me/app/packages/one/eslint.config.mjs":
        "export default tseslint.config(tseslint.configs.recommendedTypeChecked);",
    },
    "by a set with an older name": {
      "/home/me/app/.eslintrc.yml": "extends:\n  - plugin:@typescript-eslint/recommended-requiring-type-checking\n",
    },
  };
  for (const [what, files] of Object.entries(on)) {
    test(what, () => equal(workspace(files).has("no-misused-promises"), true));
  }

  test("in Biome, with options or without", () => {
    const biome = (level: string): PeerLinters =>
      workspace({
        "/home/me/app/biome.json": `{ "linter": { "rules": { "nursery": { "noMisusedPromises": ${level} } } } }`,
      });
    equal(biome('"error"').has("noMisusedPromises"), true);
    equal(biome('{ "level": "warn" }').has("noMisusedPromises"), true);
    equal(biome('{ "level": "off" }').has("noMisusedPromises"), false);
  });
});

suite("another linter's rule is off", () => {
  const off: Readonly<Record<string, Record<string, string>>> = {
    "without any configuration": {},
    "where nothing turns it on": { "/home/me/app/eslint.config.js": "export default [js.configs.recommended];" },
    "where a set has it and the configuration turns it off": {
      "/home/me/app/eslint.config.js":
        'export default [tseslint.configs.strictTypeChecked, { rules: { "@typescript-eslint/no-misused-promises": "off" } }];',
    },
    "where only a folder further up has a configuration": {
      "/home/me/app/packages/one/biome.json": "{}",
      "/home/me/app/eslint.config.js": "export default [tseslint.configs.strictTypeChecked];",
    },
    "where another rule of the kind is on": {
      "/home/me/app/eslint.config.js":
        'export default [{ rules: { "@typescript-eslint/no-floating-promises": "error" } }];',
    },
  };
  for (const [what, files] of Object.entries(off)) {
    test(what, () => equal(workspace(files).has("no-misused-promises"), false));
  }
});

suite("a rule that another linter has on", () => {
  const [ruleId = "", own] = [...rules].find(([, { peers }]) => peers?.includes("no-misused-promises")) ?? [];
  const text = "export const passing = (check) => [1, 2].filter(async (each) => await check(each));\n";
  const found = (folder: Folder, severities: ReadonlyMap<string, "error">): readonly string[] => {
    const analysis = new Analysis(looseProject(folder.path), { severities });
    analysis.update([{ file: folder.file("a.js"), text }]);
    return analysis
      .snapshot()
      .findings()
      .map(({ ruleId }) => ruleId);
  };

  test("is off by default, and says so by its findings", () => {
    ok(own);
    using folder = new Folder({ "a.js": text });
    deepEqual(found(folder, new Map()), [ruleId]);
    folder.write("eslint.config.js", "export default tseslint.configs.strictTypeChecked;");
    deepEqual(found(folder, new Map()), []);
  });

  test("is on where somebody asks for it", () => {
    using folder = new Folder({ "a.js": text, "biome.json": '{ "noMisusedPromises": "error" }' });
    deepEqual(found(folder, new Map([[ruleId, "error"]])), [ruleId]);
  });
});
