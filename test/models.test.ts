import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { Ajv } from "ajv";
import { FileChangeType } from "vscode-languageserver/node";
import { Analysis } from "../server/src/analysis.js";
import { readConfiguration } from "../server/src/configuration.js";
import { asyncMutex } from "../server/src/model/catalogue/async-mutex.js";
import { events } from "../server/src/model/catalogue/events.js";
import type { LibraryModel } from "../server/src/model/catalogue/format.js";
import { global } from "../server/src/model/catalogue/global.js";
import { heddle as heddleModel } from "../server/src/model/catalogue/heddle.js";
import { workerThreads } from "../server/src/model/catalogue/worker-threads.js";
import { readModelFile } from "../server/src/model-files.js";
import { Editor } from "./support/editor.js";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { pageDirectory, pageProject } from "./support/page-project.js";
import { plainProject } from "./support/plain-project.js";
import { repositoryRoot } from "./support/repository.js";

const schema: object = JSON.parse(
  readFileSync(new URL("server/dist/heddle.model.schema.json", repositoryRoot), "utf8"),
);
const conforms = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(schema);

suite("models", () => {
  for (const model of [asyncMutex, events, global, heddleModel, workerThreads]) {
    test(`the built-in one of ${model.module} could as well stand in a file`, () => {
      using folder = new Folder({ "model.json": JSON.stringify(model) });
      assert.deepEqual(readModelFile(folder.file("model.json")), { model, problems: [] });
      conforms(model);
      assert.deepEqual(conforms.errors ?? [], []);
    });
  }

  test("what changes a database is one more thing to do with a lease that is not lost", () => {
    const texts = {
      "database.ts":
        "export class Database {\n  async run(sql: string): Promise<void> {\n    console.log(sql);\n  }\n}\n",
      "sale.ts": [
        'import type { LeasedLock } from "heddle/process";',
        'import type { Database } from "./database.js";',
        "export async function sell(lock: LeasedLock, database: Database, ask: () => Promise<string>): Promise<void> {",
        "  using _held = await lock.holdAsync();",
        "  const name = await ask();",
        "  await database.run(`DELETE FROM stock WHERE name = ` + JSON.stringify(name));",
        "}",
      ].join("\n"),
    };
    const files = Object.entries(texts).map(([name, text]) => ({ file: `${pageDirectory}/${name}`, text }));
    const module = `${pageDirectory}/database.ts`;
    const write = { effect: "outside", does: "write" } as const;
    const found = (models: readonly LibraryModel[]): readonly string[] => {
      const analysis = new Analysis(pageProject, { models });
      analysis.update(files);
      const snapshot = analysis.snapshot();
      return snapshot
        .findings()
        .map(({ ruleId, site }) => `${ruleId}:${snapshot.position(site.file, site.start).line + 1}`);
    };
    assert.deepEqual(found([]), []);
    assert.deepEqual(found([{ module, classes: {}, members: { "Database.run": write } }]), ["unchecked-lease:6"]);
  });

  test("nested deeper than can be followed is refused, as model and as configuration", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    using folder = new Folder({
      "model.json": `{ "module": "a", "classes": ${deep} }`,
      "heddle.config.json": `{ "rules": ${deep} }`,
    });
    const reason = ":1:1: This is nested too deeply to be understood";
    const { problems } = readModelFile(folder.file("model.json"));
    assert.deepEqual(problems, [`${folder.file("model.json")}${reason}`]);
    const { problems: others } = readConfiguration(folder.file("heddle.config.json"));
    assert.deepEqual(others, [`${folder.file("heddle.config.json")}${reason}`]);
  });

  test("tens of thousands of mistakes are told in time that grows with their number", () => {
    const members = Array.from({ length: 30_000 }, (_, i) => `"m${i}": { "effect": "zzz" }`);
    using folder = new Folder({ "model.json": `{ "module": "a",\n"members": {\n${members.join(",\n")} } }` });
    const start = performance.now();
    const { problems } = readModelFile(folder.file("model.json"));
    const took = performance.now() - start;
    assert.equal(problems.length, 30_000);
    assert.match(problems.at(-1) ?? "", /model\.json:30002:\d+: unknown effect of m29999/);
    assert.ok(took < 10_000, `${took} ms`);
  });

  const wrong: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /model\.json:1:1: /],
    ["[]", /:1:1: the model is a list; write an object$/],
    ["{}", /:1:1: "module" is missing; name the module as it is imported$/],
    [`{ "module": 1 }`, /:1:13: "module" is 1; name the module as it is imported$/],
    [`{ "module": "a", "member": {} }`, /:1:18: unknown part, "member"; did you mean "members"\?$/],
    [`{ "module": "a", "classes": [] }`, /:1:29: "classes" is a list; write an object$/],
    [
      `{ "module": "a", "classes": { "B": { "kind": "look", "shared": true } } }`,
      /:1:46: "kind" of the class B is "look"; write lock, value, view, container, buffer, thread, other$/,
    ],
    [
      `{ "module": "a", "classes": { "B": { "kind": "lock" } } }`,
      /the class B has no "shared": whether it passes to another thread as the same object$/,
    ],
    [`{ "module": "a", "members": { "f g": { "effect": "plain" } } }`, /"f g" is no member; write "Class\.member"/],
    [`{ "module": "a", "members": { "f": {} } }`, /:1:36: f has no "effect"; there are acquire, release, /],
    [
      `{ "module": "a", "members": { "f": { "effect": "aquire" } } }`,
      /unknown effect of f, "aquire"; did you mean "ac/,
    ],
    [
      `{ "module": "a", "members": { "f": { "effect": "release", "lok": 0, "lock": 0 } } }`,
      /:1:59: unknown property of f, "lok"; did you mean "lock"\?$/,
    ],
    [`{ "module": "a", "members": { "f": { "effect": "release", "lock": -1 } } }`, /"lock" of f is -1; write "this", /],
    [
      `{ "module": "a", "members": { "f": { "effect": "release", "lock": { "argument": 0 } } } }`,
      /"lock" of f has no "property": the name of the property$/,
    ],
    [
      `{ "module": "a", "members": { "f": { "effect": "hear", "from": 0, "hears": { "event": 1 } } } }`,
      /"hears" of f has no "told": what each event tells, by its name$/,
    ],
    [
      `{ "module": "a", "members": { "f": { "effect": "meet", "async": true } } }`,
      /unknown property of f, "async"; there are effect, at$/,
    ],
  ];
  for (const [text, message] of wrong) {
    test(`${JSON.stringify(text)} is refused with file, place and what was meant`, () => {
      using folder = new Folder({ "model.json": text });
      const { model, problems } = readModelFile(folder.file("model.json"));
      assert.equal(model, undefined);
      assert.match(problems[0] ?? "", message);
      assert.equal(problems.length, 1);
      if (!message.source.includes("is no member") && text !== "") assert.equal(conforms(JSON.parse(text)), false);
    });
  }

  test("a model with a mistake, or none at the path, ends a check before it begins", async () => {
    using folder = new Folder({ "heddle.config.json": `{ "models": ["m.json"] }`, "m.json": "{}", "a.ts": "" });
    const { code, stderr } = await heddle(["check"], { cwd: folder.path });
    assert.deepEqual(
      [code, stderr],
      [2, 'heddle: m.json:1:1: "module" is missing; name the module as it is imported\n'],
    );
    folder.write("heddle.config.json", `{ "models": ["none.json"] }`);
    assert.match(
      (await heddle(["check"], { cwd: folder.path })).stderr,
      /^heddle: none\.json: cannot be read \(ENOENT/,
    );
    folder.write("heddle.config.json", `{ "models": [1] }`);
    assert.match(
      (await heddle(["check"], { cwd: folder.path })).stderr,
      /:1:14: "models" lists 1; write paths of model/,
    );
  });
});

/** What a page of the docs shows, by file name, and what it says comes of it. */
const page = readFileSync(new URL("server/docs/models.md", repositoryRoot), "utf8");
const files = Object.fromEntries(
  [...page.matchAll(/^```(?:ts|json) file=(\S+)\n([\s\S]*?)^```$/gm)].map(([, name = "", text = ""]) => [name, text]),
);
const [, output = ""] = /^```text output\n([\s\S]*?)^```$/m.exec(page) ?? [];

suite("what the page of models shows", () => {
  const [, expectedFile = "", expectedLine = "", expectedRule = ""] = /^(\S+):(\d+):\d+ {2}(\S+)$/m.exec(output) ?? [];

  test("is found with the model, and not without", async () => {
    using folder = new Folder({ ...plainProject(), ...files });
    const check = async (): Promise<readonly string[]> => {
      const { stdout, stderr } = await heddle(["check", "--format", "json"], { cwd: folder.path });
      assert.equal(stderr, "");
      const {
        findings,
      }: { findings: { file: string; range: { start: { line: number; character: number } }; ruleId: string }[] } =
        JSON.parse(stdout);
      return findings.map(
        ({ file, range: { start }, ruleId }) => `${file}:${start.line + 1}:${start.character + 1}  ${ruleId}\n`,
      );
    };
    assert.deepEqual(await check(), [output]);
    const model = files["gate.heddle.json"]!;
    for (const misspelt of [model.replace("./gate.ts", "./gate.js"), model.replace("Gate.run", "Gate.rnu")]) {
      folder.write("gate.heddle.json", misspelt);
      assert.deepEqual(await check(), []);
    }
    folder.write("gate.heddle.json", model);
    folder.write("heddle.config.json", "{}");
    assert.deepEqual(await check(), []);
  });

  test("holds for a package that the workspace declares, under whatever name it is imported", async () => {
    using folder = new Folder({
      "tsconfig.json": "{}",
      "heddle.config.json": files["heddle.config.json"] ?? "",
      "gate.heddle.json": (files["gate.heddle.json"] ?? "").replace("./gate.ts", "some-gates"),
      "gate.d.ts": `declare module "some-gates" { export class Gate { run<T>(work: () => Promise<T>): Promise<T>; } }`,
      "account.ts": (files["account.ts"] ?? "")
        .replace('{ Gate } from "./gate.js"', '{ Gate as Door } from "some-gates"')
        .replace("new Gate", "new Door"),
    });
    const { stdout } = await heddle(["check", "--format", "github"], { cwd: folder.path });
    assert.match(stdout, new RegExp(`file=${expectedFile},line=${expectedLine},.*${expectedRule}`));
  });

  test("is followed by the editor while the model changes", async () => {
    using folder = new Folder({ ...plainProject(), ...files });
    await using editor = await Editor.start({ folders: [folder.path], settings: {} });
    const uri = await editor.open(folder.file(expectedFile), files[expectedFile] ?? "");
    await editor.diagnostics(uri, (found) => found[0]?.code === expectedRule);
    const change = (text: string) =>
      editor.changeOnDisk(folder.write("gate.heddle.json", text), FileChangeType.Changed);
    await change(`{ "module": "./gate.ts" }`);
    await editor.diagnostics(uri, (found) => found.length === 0);
    await change(`{ "module": 1 }`);
    await editor.message(/gate\.heddle\.json:1:13: "module" is 1; name the module/);
    await change(files["gate.heddle.json"] ?? "");
    await editor.diagnostics(uri, (found) => found[0]?.code === expectedRule);
  });
});
