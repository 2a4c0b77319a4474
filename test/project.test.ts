import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { findProjects, type Project, ProjectError } from "../server/src/source/project.js";
import { readText, writeText } from "../server/src/source/text.js";
import { Folder } from "./support/folder.js";

function namesOf(folder: Folder, project: Project | undefined): string[] {
  return project?.files.map((file) => file.slice(folder.path.length + 1)) ?? [];
}

function onlyProject(folder: Folder, paths: string[] = [""], options?: { project: string }): Project {
  const projects = findProjects(
    paths.map((path) => folder.file(path)),
    options,
  );
  assert.equal(projects.length, 1);
  return projects[0]!;
}

function assertRefused(find: () => unknown, message: RegExp): void {
  assert.throws(find, (error) => {
    assert.ok(error instanceof ProjectError, String(error));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

test("the nearest tsconfig upward names the files, without declarations", () => {
  using folder = new Folder({
    "tsconfig.json": `{ "include": ["src"] } // comments are fine`,
    "src/deep/a.ts": "",
    "src/b.mts": "",
    "src/c.d.ts": "",
    "src/d.js": "",
    "other/e.ts": "",
  });
  const project = onlyProject(folder, ["src/deep"]);
  assert.deepEqual(namesOf(folder, project), ["src/b.mts", "src/deep/a.ts"]);
  assert.equal(project.configFile, folder.file("tsconfig.json"));
  assert.equal(project.directory, folder.path);
  assert.equal(project.options.noEmit, true);
  assert.deepEqual(project.problems, []);
});

test("a named file is analysed where the tsconfig leaves it out, and so is a folder of which it has none", () => {
  using folder = new Folder({
    "tsconfig.json": `{ "include": ["src"] }`,
    "src/a.ts": "",
    "scripts/b.mjs": "",
    "test/c.ts": "",
    "test/d.ts": "",
  });
  assert.deepEqual(namesOf(folder, onlyProject(folder)), ["src/a.ts"]);
  const named = onlyProject(folder, ["scripts/b.mjs", "test"]);
  assert.deepEqual(namesOf(folder, named), ["scripts/b.mjs", "src/a.ts", "test/c.ts", "test/d.ts"]);
  assert.equal(named.options.allowJs, true);
});

test("references are followed, each once, also in a circle", () => {
  using folder = new Folder({
    "tsconfig.json": `{ "files": [], "references": [{ "path": "a" }, { "path": "b/tsconfig.lib.json" }] }`,
    "a/tsconfig.json": `{ "compilerOptions": { "target": "es2020" }, "references": [{ "path": "../b/tsconfig.lib.json" }] }`,
    "a/one.ts": "",
    "b/tsconfig.lib.json": `{ "references": [{ "path": ".." }, { "path": "../gone" }] }`,
    "b/two.ts": "",
  });
  const project = onlyProject(folder);
  assert.deepEqual(namesOf(folder, project), ["a/one.ts", "b/two.ts"]);
  assert.equal(project.options.target, 7, "the options are those of the first project with files");
  assert.equal(project.problems.length, 1);
  assert.match(
    project.problems[0]!,
    /gone\/tsconfig\.json: no such file or folder; it is referred to by .*tsconfig\.lib/,
  );
});

test("paths below different tsconfigs are different projects, --project makes them one", () => {
  using folder = new Folder({
    "a/tsconfig.json": "{}",
    "a/one.ts": "",
    "b/tsconfig.json": "{}",
    "b/two.ts": "",
  });
  const projects = findProjects([folder.file("a"), folder.file("b")]);
  assert.deepEqual(
    projects.map((project) => namesOf(folder, project)),
    [["a/one.ts"], ["b/two.ts"]],
  );
  for (const project of ["a", "a/tsconfig.json"]) {
    assert.deepEqual(namesOf(folder, onlyProject(folder, [], { project: folder.file(project) })), ["a/one.ts"]);
  }
});

test("without a tsconfig the files below the paths count, and what is installed, built or hidden does not", () => {
  using folder = new Folder(
    Object.fromEntries(
      "a.ts b.tsx c.mts d.cts e.js f.mjs g.cjs h.d.ts i.min.js j.json node_modules/k/k.js dist/l.js .git/m.ts sub/n.ts"
        .split(" ")
        .map((name) => [name, ""]),
    ),
  );
  const project = onlyProject(folder);
  assert.deepEqual(namesOf(folder, project), ["a.ts", "b.tsx", "c.mts", "d.cts", "e.js", "f.mjs", "g.cjs", "sub/n.ts"]);
  assert.equal(project.configFile, undefined);
  assert.deepEqual(namesOf(folder, onlyProject(folder, ["dist"])), ["dist/l.js"]);
  assert.deepEqual(namesOf(folder, onlyProject(folder, ["a.ts", "sub"])), ["a.ts", "sub/n.ts"]);
});

test("a folder without sources, a missing path and files of another kind are refused with what to do", () => {
  using folder = new Folder({ "README.md": "", "types.d.ts": "", "lib/tsconfig.json": "{}" });
  assertRefused(() => onlyProject(folder), /: no TypeScript or JavaScript files in this folder; name one/);
  assertRefused(() => onlyProject(folder, ["gone"]), /gone: no such file or folder; name/);
  assertRefused(() => onlyProject(folder, ["README.md"]), /README\.md: neither TypeScript nor JavaScript; name/);
  assertRefused(() => onlyProject(folder, ["types.d.ts"]), /types\.d\.ts: declaration files hold nothing/);
  assertRefused(() => onlyProject(folder, ["lib"]), /lib\/tsconfig\.json: the project has no TypeScript or JavaScript/);
  assertRefused(
    () => onlyProject(folder, [], { project: folder.file("lib") }),
    /lib\/tsconfig\.json: .* check its "files" and "include"/,
  );
});

test("declarations of a tsconfig are known and not analysed", () => {
  using folder = new Folder({
    "tsconfig.json": `{ "references": [{ "path": "./part" }] }`,
    "part/tsconfig.json": `{ "compilerOptions": { "composite": true } }`,
    ...Object.fromEntries(["a.ts", "a.d.ts", "part/b.ts", "part/c.d.mts"].map((name) => [name, ""])),
  });
  const project = onlyProject(folder);
  assert.deepEqual(namesOf(folder, project), ["a.ts", "part/b.ts"]);
  assert.deepEqual(project.declarations, [folder.file("part/c.d.mts")]);
});

test("a missing or broken tsconfig is refused with its place", () => {
  using folder = new Folder({ "tsconfig.json": `{ "include": ["src" }`, "list/tsconfig.json": "[]", "a.ts": "" });
  assertRefused(() => onlyProject(folder), /tsconfig\.json:1:21: ',' expected; repair it/);
  assertRefused(() => onlyProject(folder, ["list"]), /list\/tsconfig\.json:1:1: .* must be an object; repair it/);
  assertRefused(
    () => onlyProject(folder, [], { project: folder.file("gone.json") }),
    /gone\.json: no such file or folder; repair it or name another one with --project/,
  );
  mkdirSync(folder.file("tsconfig.dir.json"));
  assertRefused(() => onlyProject(folder, [], { project: folder.file("tsconfig.dir.json") }), /no such file or folder/);
});

test("an extends that leads nowhere, or to itself, and unknown options are problems, not failures", () => {
  using folder = new Folder({
    "a.ts": "",
    "tsconfig.json": `{ "extends": "./gone.json", "compilerOptions": { "colour": "red" } }`,
    "circle/a.ts": "",
    "circle/tsconfig.json": `{ "extends": "./tsconfig.json" }`,
    "package/a.ts": "",
    "package/tsconfig.json": `{ "extends": "@tsconfig/node20/tsconfig.json" }`,
  });
  const project = onlyProject(folder);
  assert.deepEqual(namesOf(folder, project).slice(0, 1), ["a.ts"]);
  assert.match(project.problems.join("\n"), /Cannot read file '.*gone\.json'/);
  assert.match(project.problems.join("\n"), /tsconfig\.json:1:50: Unknown compiler option 'colour'/);
  assert.match(onlyProject(folder, ["circle"]).problems.join("\n"), /Circularity/);
  assert.match(onlyProject(folder, ["package"]).problems.join("\n"), /@tsconfig\/node20\/tsconfig\.json' not found/);
});

for (const config of [undefined, "{}"]) {
  test(`symbolic links end and are read once, ${config ? "with" : "without"} a tsconfig`, () => {
    using folder = new Folder({ "real/a.ts": "", ...(config ? { "tsconfig.json": config } : {}) });
    symlinkSync("..", folder.file("real/up"), "dir");
    symlinkSync("itself", folder.file("itself"), "dir");
    symlinkSync("gone.ts", folder.file("dangling.ts"));
    mkdirSync(folder.file("folder.ts"));
    if (process.platform !== "win32") execFileSync("mkfifo", [folder.file("pipe.ts")]);
    const files = namesOf(folder, onlyProject(folder));
    assert.ok(files.includes("real/a.ts"));
    assert.ok(!files.includes("pipe.ts") && !files.includes("folder.ts"), files.join());
    if (config === undefined) assert.deepEqual(files, ["real/a.ts"]);
    assertRefused(() => onlyProject(folder, ["dangling.ts"]), /dangling\.ts: no such file or folder/);
    assertRefused(() => onlyProject(folder, ["itself"]), /itself: a symbolic link that leads to itself/);
    if (process.platform !== "win32") {
      assertRefused(() => onlyProject(folder, ["pipe.ts"]), /pipe\.ts: not a regular file/);
      assert.throws(() => readText(folder.file("pipe.ts")), /EINVAL: is not a regular file/);
    }
    assert.throws(() => readText(folder.file("folder.ts")), /EISDIR/);
  });
}

test("every usual encoding is read without its mark and written back as it was", () => {
  const text = "const naïve = '\u{1f9f5}';\r\n";
  const utf16 = Buffer.from(`\ufeff${text}`, "utf16le");
  using folder = new Folder({
    "utf8.ts": text,
    "mark.ts": `\ufeff${text}`,
    "le.ts": utf16,
    "be.ts": Buffer.from(utf16).swap16(),
  });
  for (const name of ["utf8.ts", "mark.ts", "le.ts", "be.ts"]) {
    const file = folder.file(name);
    const before = readFileSync(file);
    assert.equal(readText(file), text, name);
    assert.equal(writeText(file, `${text}${text}`), true, name);
    assert.equal(readText(file), text + text, name);
    assert.equal(writeText(file, text), true, name);
    assert.deepEqual(readFileSync(file), before, name);
  }
});

test("bytes that are no text are read as replacement characters and never written over", () => {
  using folder = new Folder({
    "latin1.ts": Buffer.from("// caf\xe9\n", "latin1"),
    "odd.ts": Buffer.from([0xfe, 0xff, 0]),
  });
  assert.equal(readText(folder.file("latin1.ts")), "// caf\ufffd\n");
  assert.equal(writeText(folder.file("latin1.ts"), "// coffee\n"), false);
  assert.equal(readText(folder.file("latin1.ts")), "// caf\ufffd\n");
  assert.equal(readText(folder.file("odd.ts")), "");
});
