import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { DiagnosticSeverity, FileChangeType } from "vscode-languageserver/node";
import { isExcluded, noConfiguration, readConfiguration } from "../server/src/configuration.js";
import { GlobError, matchesGlob, parseGlob } from "../server/src/source/globs.js";
import { Editor } from "./support/editor.js";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { lostUpdate, lostUpdateRule, withoutLostUpdate } from "./support/lost-update.js";
import { plainProject } from "./support/plain-project.js";
import { repositoryRoot } from "./support/repository.js";

suite("patterns for paths", () => {
  const cases: readonly (readonly [pattern: string, matched: readonly string[], not: readonly string[]])[] = [
    ["src", ["src", "src/a.ts", "src/deep/a.ts"], ["a/src", "src2/a.ts"]],
    ["src/**", ["src/a.ts", "src/deep/a.ts"], ["a/src/b.ts"]],
    ["**/fixtures", ["fixtures/a.ts", "a/b/fixtures/c.ts"], ["a/fixtures2/b.ts"]],
    ["**/*.{test,spec}.ts", ["a.test.ts", "a/b.spec.ts"], ["a/b.ts", "test.ts"]],
    ["./lib/*.js", ["lib/a.js"], ["lib/a/b.js", "lib/a.ts"]],
    ["a?c.ts", ["abc.ts"], ["ac.ts", "a/c.ts"]],
    ["a/**/z", ["a/z", "a/b/z", "a/b/c/z/y.ts"], ["a/b", "z"]],
    ["{a,b/{c,d}}/x.ts", ["a/x.ts", "b/c/x.ts", "b/d/x.ts"], ["b/x.ts"]],
    ["*.gen.*", ["a.gen.ts", "b.gen.gen.js"], ["deep/a.gen.ts"]],
    ["a+(b).ts", ["a+(b).ts"], ["ab.ts"]],
  ];
  for (const [pattern, matched, not] of cases) {
    test(pattern, () => {
      const glob = parseGlob(pattern);
      for (const path of matched) assert.ok(matchesGlob(path, glob), path);
      for (const path of not) assert.ok(!matchesGlob(path, glob), path);
    });
  }

  test("what nobody can match is refused", () => {
    const wrong = ["", "!a", "/a", "a\\b", "../a", "{a", "a}b", "**/..", ".", "{a,b}".repeat(20)];
    for (const pattern of wrong) assert.throws(() => parseGlob(pattern), GlobError, pattern);
  });

  test("many wildcards take no time", { timeout: 60_000 }, () => {
    const glob = parseGlob(`${"*a".repeat(200)}b`);
    assert.ok(!matchesGlob("a".repeat(20_000), glob));
  });
});

suite("heddle.config.json", () => {
  const wrong: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /heddle\.config\.json:1:1: /],
    ["[]", /:1:1: the configuration is a list; write an object$/],
    [`{ "rules": `, /:1:11: Expression expected$/],
    [`{ 'rules': {} }`, /:1:3: A name in double quotes is expected$/],
    [`{ "rules": {}, "rules": {} }`, /:1:16: The name "rules" is there twice$/],
    [`{ "rule": {} }`, /:1:3: unknown setting "rule"; did you mean "rules"\?$/],
    [`{ "ignore": [] }`, /:1:3: unknown setting "ignore"; there are \$schema, rules, exclude, models$/],
    [
      `{\n  "rules": { "lock-reaquired": "off" } }`,
      /:2:14: unknown rule "lock-reaquired"; did you mean "lock-reacquired"\?$/,
    ],
    [
      `{ "rules": { "nothing-like-it-at-all": "off" } }`,
      /unknown rule "nothing-like-it-at-all"; heddle rules lists them$/,
    ],
    [
      `{ "rules": { "lock-reacquired": "of" } }`,
      /:1:33: unknown level "of" for lock-reacquired; did you mean "off"\?$/,
    ],
    [`{ "rules": { "lock-reacquired": 2 } }`, /the level for lock-reacquired is 2; use error, warning, info, off$/],
    [`{ "rules": "off" }`, /"rules" is "off"; write an object$/],
    [`{ "exclude": "src" }`, /"exclude" is "src"; write a list of patterns$/],
    [`{ "exclude": ["a", null] }`, /:1:20: "exclude" lists null; write patterns in quotes$/],
    [`{ "exclude": ["../a"] }`, /the pattern "\.\.\/a" leads out of the folder of the file it stands in$/],
    [`{ "exclude": ["!a"] }`, /the pattern "!a" begins with !/],
    [`{ "exclude": [new Date()] }`, /:1:15: /],
  ];
  for (const [text, message] of wrong) {
    test(`${JSON.stringify(text)} is refused with file, place and what was meant`, async () => {
      using folder = new Folder({ "heddle.config.json": text, "a.ts": lostUpdate });
      const [problem, ...more] = readConfiguration(folder.file("heddle.config.json")).problems;
      assert.match(problem ?? "", message);
      assert.deepEqual(more, []);
    });
  }

  test("the command line refuses it in one line, relative to where it was called", async () => {
    using folder = new Folder({ "heddle.config.json": `{ "rules": { "lock": "off" } }`, "a.ts": lostUpdate });
    const { code, stdout, stderr } = await heddle(["check"], { cwd: folder.path });
    assert.equal(stderr, `heddle: heddle.config.json:1:14: unknown rule "lock"; heddle rules lists them\n`);
    assert.equal(stdout, "");
    assert.equal(code, 2);
  });

  test("comments, a schema and an encoding of its own are fine", () => {
    const text = `{ // why\n  "$schema": "https://example.org/s.json", "rules": { "${lostUpdateRule}": "off" } }`;
    using folder = new Folder({ "heddle.config.json": Buffer.from(`\ufeff${text}`, "utf16le") });
    const { configuration, problems } = readConfiguration(folder.file("heddle.config.json"));
    assert.deepEqual(problems, []);
    assert.deepEqual([...configuration.severities], [[lostUpdateRule, "off"]]);
  });

  test("one that cannot be read is a problem", () => {
    using folder = new Folder({ "heddle.config.json/a": "" });
    assert.match(readConfiguration(folder.file("heddle.config.json")).problems[0] ?? "", /cannot be read \(EISDIR/);
  });

  test("severities hold, and --rule counts more", async () => {
    const config = JSON.stringify({ rules: { [lostUpdateRule]: "info" } });
    using folder = new Folder({ "heddle.config.json": config, ...plainProject("deep"), "deep/a.ts": lostUpdate });
    const cwd = folder.file("deep");
    const said = await heddle(["check"], { cwd });
    assert.match(said.stdout, /^info /);
    assert.equal(said.code, 0);
    assert.equal((await heddle(["check", "--rule", `${lostUpdateRule}=error`], { cwd })).code, 1);
    folder.write("deep/heddle.config.json", "{}");
    assert.equal((await heddle(["check"], { cwd })).code, 1, "the nearest file is the only one");
  });

  test("what is excluded is not analysed, unless it is named", async () => {
    const config = JSON.stringify({ exclude: ["old", "**/*.gen.ts"] });
    const files = { "old/a.ts": lostUpdate, "b.gen.ts": lostUpdate, "c.ts": withoutLostUpdate };
    using folder = new Folder({ "heddle.config.json": config, ...plainProject(), ...files });
    const check = async (...paths: string[]) => {
      const { stdout } = await heddle(["check", ...paths], { cwd: folder.path });
      return stdout.trimEnd().split("\n").at(-1);
    };
    assert.equal(await check(), "No findings in 1 file.");
    assert.match((await check("old")) ?? "", /^1 warning in 2 files/);
    assert.match((await check("old/a.ts")) ?? "", /^1 warning in 2 files/);
    assert.match((await check("b.gen.ts")) ?? "", /^1 warning in 2 files/);
    folder.write("heddle.config.json", JSON.stringify({ exclude: ["**"] }));
    const { code, stderr } = await heddle(["check"], { cwd: folder.path });
    assert.match(stderr, /^heddle: heddle\.config\.json: "exclude" leaves out every file; name files/);
    assert.equal(code, 2);
  });

  test("a named folder lifts what leaves it out, not what leaves out things in it", () => {
    const configuration = {
      ...noConfiguration,
      file: "/w/heddle.config.json",
      exclude: [parseGlob("a/gen"), parseGlob("a")],
    };
    assert.ok(isExcluded("/w/a/b.ts", configuration));
    assert.ok(!isExcluded("/w/a/b.ts", configuration, ["/w/a"]));
    assert.ok(isExcluded("/w/a/gen/b.ts", configuration, ["/w/a"]));
    assert.ok(!isExcluded("/w/a/gen/b.ts", configuration, ["/w/a/gen/b.ts"]));
    assert.ok(!isExcluded("/elsewhere/a/b.ts", configuration));
    assert.ok(isExcluded("/w/a/b.ts", configuration, ["/w"]));
  });

  test("the editor follows the file without a restart, tells what is wrong, and its setting counts more", async () => {
    using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
    await using editor = await Editor.start({ folders: [folder.path], settings: {} });
    const uri = await editor.open(folder.file("a.ts"), lostUpdate);
    const severity = async (wanted: DiagnosticSeverity | undefined) =>
      editor.diagnostics(uri, (found) => found[0]?.severity === wanted);
    const configure = async (text: string, type: FileChangeType = FileChangeType.Changed) =>
      editor.changeOnDisk(folder.write("heddle.config.json", text), type);
    await severity(DiagnosticSeverity.Warning);
    await configure(JSON.stringify({ rules: { [lostUpdateRule]: "error" } }), FileChangeType.Created);
    await severity(DiagnosticSeverity.Error);
    await editor.changeSettings({ rules: { [lostUpdateRule]: "info" } });
    await severity(DiagnosticSeverity.Information);
    await editor.changeSettings({});
    await severity(DiagnosticSeverity.Error);
    await configure(JSON.stringify({ exclude: ["a.*"] }));
    await severity(undefined);
    await configure(`{ "rules": { "${lostUpdateRule}": "inf" } }`);
    await editor.message(/heddle\.config\.json:1:\d+: unknown level "inf" for .*; did you mean "info"\?/);
    await severity(DiagnosticSeverity.Warning);
  });

  test("what the README shows is understood", () => {
    const readme = readFileSync(new URL("README.md", repositoryRoot), "utf8");
    const [, example = ""] = /```json\n(\{\n {2}"rules"[\s\S]*?)```/.exec(readme) ?? [];
    using folder = new Folder({ "heddle.config.json": example });
    const { configuration, problems } = readConfiguration(folder.file("heddle.config.json"));
    assert.deepEqual(problems, []);
    assert.equal(configuration.severities.size, 2);
    assert.equal(configuration.exclude.length, 2);
  });

  test("the schema that ships knows every part", () => {
    const schema: unknown = JSON.parse(
      readFileSync(new URL("server/dist/heddle.config.schema.json", repositoryRoot), "utf8"),
    );
    assert.ok(typeof schema === "object" && schema !== null && "properties" in schema);
    assert.deepEqual(Object.keys(schema.properties ?? {}), ["$schema", "rules", "exclude", "models"]);
  });
});
