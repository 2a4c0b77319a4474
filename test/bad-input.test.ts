import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { Folder } from "./support/folder.js";
import { heddle, heddleBinary, type Outcome } from "./support/heddle.js";
import { lostUpdate, lostUpdateLine, lostUpdateRule } from "./support/lost-update.js";
import { plainProject } from "./support/plain-project.js";

/** The command gave up in the documented way: exit code 2, and one line that says what to do. */
function assertRefused({ code, stdout, stderr }: Outcome, message: RegExp): void {
  assert.match(stderr, message);
  assert.match(stderr, /^heddle: [^\n]+; [^\n]+\n$/);
  assert.equal(stdout, "");
  assert.equal(code, 2);
}

function findingsOf({ stdout }: Outcome): { ruleId: string; file: string; range: { start: unknown; end: unknown } }[] {
  return (JSON.parse(stdout) as { findings: ReturnType<typeof findingsOf> }).findings;
}

test("a folder without sources is no silent pass", async () => {
  using folder = new Folder({ "README.md": "# nothing" });
  assertRefused(await heddle(["check"], { cwd: folder.path }), /heddle: \.: no TypeScript or JavaScript files/);
  folder.write("tsconfig.json", `{ "include": ["src"] }`);
  assertRefused(
    await heddle(["check", "--project", "."], { cwd: folder.path }),
    /heddle: tsconfig\.json: the project has/,
  );
});

test("a path or tsconfig that is not there is named", async () => {
  using folder = new Folder({ "a.ts": "" });
  assertRefused(await heddle(["check", "scr"], { cwd: folder.path }), /heddle: scr: no such file or folder; name/);
  assertRefused(
    await heddle(["check", "--project", "tsconfg.json"], { cwd: folder.path }),
    /heddle: tsconfg\.json: no such file or folder; repair it or name another/,
  );
});

test("a broken tsconfig is named with the place", async () => {
  using folder = new Folder({ "tsconfig.json": `{\n  "include": ["src",\n`, "src/a.ts": lostUpdate });
  assertRefused(await heddle(["check"], { cwd: folder.path }), /heddle: tsconfig\.json:\d+:\d+: .*; repair it/);
});

test("an extends that leads nowhere is said, and the code is checked all the same", async () => {
  using folder = new Folder({
    "tsconfig.json": `{ "extends": "./base.json", "compilerOptions": { "lib": ["es2024"] } }`,
    "a.ts": lostUpdate,
  });
  const { code, stdout, stderr } = await heddle(["check"], { cwd: folder.path });
  assert.match(stderr, /^heddle: tsconfig\.json: Cannot read file 'base\.json'[^\n]*\n$/);
  assert.match(stdout, /1 warning in 1 file/);
  assert.equal(code, 1);
});

test("files with syntax errors are checked as far as they can be understood", async () => {
  using folder = new Folder({
    ...plainProject(),
    "a.ts": `${lostUpdate}\nfunction ( { if`,
    "b.ts": "}}}}))) <<<<<<< HEAD\n\0\u{1f9f5}`${",
    "c.ts": "<".repeat(500),
  });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.equal(outcome.stderr, "");
  assert.deepEqual(
    findingsOf(outcome).map(({ file, ruleId }) => [file, ruleId]),
    [["a.ts", lostUpdateRule]],
  );
  assert.equal(outcome.code, 1);
});

test("code that is being typed never brings the analysis down", async () => {
  const prefixes = Array.from({ length: lostUpdate.length }, (_, length) => [
    `${length}.ts`,
    lostUpdate.slice(0, length),
  ]);
  using folder = new Folder({ ...plainProject(), ...Object.fromEntries(prefixes) });
  const { code, stderr } = await heddle(["check"], { cwd: folder.path });
  assert.equal(stderr, "");
  assert.ok(code === 0 || code === 1, `exit code ${code}`);
});

test("deep nesting never brings the analysis down", async () => {
  const nested = {
    "parentheses.ts": `export const x = ${"(".repeat(300)}1${")".repeat(300)};`,
    "blocks.ts": "{".repeat(500) + "}".repeat(500),
    "calls.ts": `declare function f(x?: unknown): unknown;\n${"f(".repeat(200)}${")".repeat(200)};`,
    "sum.ts": `export const y = ${Array.from({ length: 10_000 }, (_, index) => index).join(" + ")};`,
    "functions.ts": `${"function f() { lock.acquire(); ".repeat(200)}${"}".repeat(200)}`,
    "chain.ts": `export const z = lock${".withLock(() => 1)".repeat(300)};`,
  };
  // What has nothing to do with concurrency is only parsed, so each comes in both kinds.
  const concurrent = Object.entries(nested).map(([name, text]) => [
    `with-lock-${name}`,
    `import { Lock } from "heddle";\nconst lock = new Lock();\n${text}`,
  ]);
  using folder = new Folder({ ...plainProject(), ...nested, ...Object.fromEntries(concurrent), "a.ts": lostUpdate });
  const outcome = await heddle(["check", "--format", "json", "a.ts", "."], { cwd: folder.path });
  assert.equal(outcome.signal, null);
  assert.equal(findingsOf(outcome).filter(({ file }) => file === "a.ts").length, 1);
  for (const line of outcome.stderr.split("\n").slice(0, -1)) {
    assert.match(line, /^heddle: \S+\.ts: cannot be understood and was left out/);
  }
});

test("a file that nests too deeply to be parsed or bound is named, and the others are checked", async () => {
  const deep = {
    "parentheses.ts": `export const x = ${"(".repeat(5000)}1${")".repeat(5000)};`,
    "arrows.ts": `export const f = ${"() => ".repeat(5000)}1;`,
    "blocks.ts": "{".repeat(5000) + "}".repeat(5000),
    "else.ts": `declare const n: number;\n${"if (n) {} else ".repeat(5000)}{}`,
    "functions.ts": `${"function f() { ".repeat(5000)}${"}".repeat(5000)}`,
  };
  using folder = new Folder({ ...deep, "a.ts": lostUpdate });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.deepEqual(
    outcome.stderr.split("\n").slice(0, -1).sort(),
    Object.keys(deep)
      .sort()
      .map((name) => `heddle: ${name}: is nested too deeply to be understood and was left out.`),
  );
  assert.deepEqual(
    findingsOf(outcome).map(({ file }) => file),
    ["a.ts"],
  );
  assertRefused(await heddle(["check", "else.ts"], { cwd: folder.path }), /else\.ts: .* left out; name files/);
});

test("a finding in a file that is too deep for the type checker is reported without a fix", async () => {
  const chain = Array.from({ length: 3000 }, (_, index) => `export function f${index}() { return f${index + 1}(); }\n`);
  using folder = new Folder({
    ...plainProject(),
    "a.ts": `${lostUpdate}\n${chain.join("")}function f3000() { return 1; }\n`,
  });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.equal(outcome.stderr, "");
  const [finding, ...more] = (JSON.parse(outcome.stdout) as { findings: { ruleId: string; fixes: unknown[] }[] })
    .findings;
  assert.deepEqual([finding?.ruleId, finding?.fixes, more], [lostUpdateRule, [], []]);
});

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A program whose threads run functions `f0`, `f1`, … of these bodies. */
const threadsThat = (declarations: string, bodies: readonly string[]) => `
import { Lock, SharedValue, Thread, main, tasks } from "heddle";
${declarations}
${bodies.map((body, index) => `function f${index}(n: number) {\n${body}\n}\n`).join("")}
tasks(import.meta.url, { ${bodies.map((_, index) => `f${index}`).join(", ")} });
main(import.meta.url, () => {
${bodies.map((_, index) => `  new Thread({ target: f${index}, args: [1] }).start();`).join("\n")}
});
`;
const locks = numbers(60).map((index) => `const l${index} = new Lock({ name: "l${index}" });\n`);
const nested = (order: readonly number[]) =>
  [
    ...order.map((index) => `  l${index}.acquire();\n`),
    ...order.map((index) => `  l${index}.release();\n`).reverse(),
  ].join("");

test("sixty locks under each other, in one order or in both, are checked in bounded time", async () => {
  const up = nested(numbers(60));
  const down = nested(numbers(60).reverse());
  using folder = new Folder({
    ...plainProject(),
    "same.ts": threadsThat(locks.join(""), [up, up]),
    "one-thread.ts": threadsThat(locks.join(""), [up + down]),
    "opposite.ts": threadsThat(locks.join(""), [up, down]),
  });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.equal(outcome.signal, null, "it did not end in a minute");
  // Other pairs have a neighbour's lock as their gate.
  assert.deepEqual(
    findingsOf(outcome).map(({ file, ruleId }) => `${file} ${ruleId}`),
    numbers(59).map(() => "opposite.ts lock-order-inversion"),
  );
});

test("hundreds of threads with hundreds of accesses are checked in bounded time", async () => {
  const value = `const value = new SharedValue("i32", 0, { name: "value" });`;
  const body = "  value.value += n;\n".repeat(300);
  const program = threadsThat(value, [body]).replace(/^ {2}new Thread.*$/m, (start) => `${start}\n`.repeat(200));
  using folder = new Folder({ ...plainProject(), "a.ts": program });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.equal(outcome.signal, null, "it did not end in a minute");
  assert.deepEqual(
    findingsOf(outcome).map(({ ruleId }) => ruleId),
    [lostUpdateRule],
  );
});

test("cleanups inside cleanups are given up in bounded time", async () => {
  const levels = numbers(24).map(
    (index) => `try { if (n === ${index}) return; } finally { l0.acquire(); l0.release(); `,
  );
  using folder = new Folder({
    ...plainProject(),
    "cleanups.ts": threadsThat(locks.join(""), [`${levels.join("")}${"}".repeat(24)}`]),
    "a.ts": lostUpdate,
  });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.equal(outcome.signal, null, "it did not end in a minute");
  assert.match(outcome.stderr, /^heddle: cleanups\.ts: cannot be understood and was left out: [^\n]+\n$/);
  assert.deepEqual(
    findingsOf(outcome).map(({ file }) => file),
    ["a.ts"],
  );
});

test("ten thousand branches in a row, and as many annotations, are checked in bounded time", async () => {
  const count = Array.from({ length: 10_000 }, (_, index) => index);
  using folder = new Folder({
    ...plainProject(),
    "branches.ts": [
      `import { Lock } from "heddle";`,
      `const lock = new Lock({ name: "lock" });`,
      `declare function save(n: number): Promise<void>;`,
      `export async function f(wanted: boolean[]): Promise<void> {`,
      `  lock.acquire();`,
      ...count.map((index) => `  if (wanted[${index}]) await save(${index});`),
      `}`,
    ].join("\n"),
    "tags.ts": [
      `import { Lock } from "heddle";`,
      `const lock = new Lock({ name: "lock" });`,
      ...count.map(
        (index) => `/** @guardedBy lock */\nlet v${index} = 0;\nexport const f${index} = () => v${index}++;`,
      ),
    ].join("\n"),
    "steps.ts": [
      `declare function save(n: number): Promise<void>;`,
      `export class Steps {`,
      `  step = 0;`,
      `  async run(): Promise<void> {`,
      ...count.slice(0, 3000).map((n) => `    if (this.step === ${n}) { await save(${n}); this.step = ${n + 1}; }`),
      `  }`,
      `}`,
    ].join("\n"),
  });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path, deadline: 120_000 });
  assert.deepEqual([outcome.code, outcome.stderr], [1, ""]);
  assert.ok(findingsOf(outcome).some(({ file }) => file === "branches.ts"));
  assert.equal(findingsOf(outcome).filter(({ file }) => file === "steps.ts").length, 3000);
});

test("output that cannot be written is said", async (context) => {
  if (!existsSync("/dev/full")) {
    context.diagnostic("there is no device here that is always full");
    return;
  }
  using folder = new Folder({ "a.ts": lostUpdate });
  const script = `exec "$0" "$1" check >/dev/full`;
  const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, heddleBinary], {
    cwd: folder.path,
    encoding: "utf8",
  });
  assert.match(stderr, /^heddle: [^\n]+; [^\n]+\n$/);
  assert.equal(status, 2);
});

const largeFiles = {
  plain: (index: number) => `export function f${index}(a: number, b: readonly number[]): number {
  let sum = a;
  for (const n of b) {
    if (n > a) sum += n;
  }
  return ${index === 0 ? "sum" : `sum + f${index - 1}(sum, b)`};
}
`,
  concurrent: (index: number) => `export function f${index}(a: number): void {
  lock.acquire();
  try {
    if (a > ${index}) shared.value += a;
  } finally {
    lock.release();
  }
  ${index % 10 === 0 ? "" : `if (a < ${index}) f${index - 1}(a);`}
}
`,
};

for (const [kind, part] of Object.entries(largeFiles)) {
  test(`a ${kind} file of 100,000 lines is checked in bounded time`, async () => {
    const lines = [
      'import { Lock, SharedValue } from "heddle";',
      'const lock = new Lock({ name: "lock" });',
      'const shared = new SharedValue("i32", 0, { name: "shared" });',
    ].slice(kind === "plain" ? 3 : 0);
    for (let index = 0; lines.length < 100_000; index++) lines.push(...part(index).split("\n"));
    using folder = new Folder({ ...plainProject(), "large.ts": lines.join("\n"), "a.ts": lostUpdate });
    const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path, deadline: 180_000 });
    assert.equal(outcome.signal, null, "it did not end in three minutes");
    assert.equal(outcome.stderr, "");
    assert.deepEqual(
      findingsOf(outcome).map(({ file }) => file),
      ["a.ts"],
    );
  });
}

test("one line of a megabyte is checked and shown in part", async () => {
  const filler = `const filler = "${"x".repeat(1_000_000)}"; `;
  using folder = new Folder({ ...plainProject(), "a.ts": filler + lostUpdate.replaceAll("\n", " ") });
  const { code, stdout } = await heddle(["check"], { cwd: folder.path });
  assert.match(stdout, /total\.value \+= 1/);
  for (const line of stdout.split("\n")) assert.ok(line.length < 400, `a line of ${line.length}`);
  assert.equal(code, 1);
});

test("a file that cannot be read is named, and the others are checked", async () => {
  using folder = new Folder({
    "a.ts": lostUpdate,
    "tsconfig.json": `{ "compilerOptions": { "lib": ["es2024"] }, "files": ["a.ts", "folder.ts", "gone.ts", "dangling.ts", "pipe.ts"] }`,
  });
  mkdirSync(folder.file("folder.ts"));
  symlinkSync("nowhere.ts", folder.file("dangling.ts"));
  const hasPipe = process.platform !== "win32";
  if (hasPipe) execFileSync("mkfifo", [folder.file("pipe.ts")]);
  const outcome = await heddle(["check"], { cwd: folder.path });
  assert.equal(outcome.signal, null);
  for (const name of ["folder.ts", "gone.ts", "dangling.ts", ...(hasPipe ? ["pipe.ts"] : [])]) {
    assert.match(outcome.stderr, new RegExp(`^heddle: ${name}: .+$`, "m"));
  }
  assert.match(outcome.stdout, /1 warning in 1 file/);
  assert.equal(outcome.code, 1);
});

test("pipes in the place of configurations and manifests are not waited for", async () => {
  if (process.platform === "win32") return;
  using folder = new Folder({
    "app/tsconfig.json": `{ "extends": "../base.json", "compilerOptions": { "lib": ["es2024"] } }`,
    "app/a.ts": `import { make } from "linked";\nexport const made = make();\n${lostUpdate}`,
    "linked/index.d.ts": "export declare function make(): { run(): void };",
    "app/node_modules/keep": "",
  });
  symlinkSync("../../linked", folder.file("app/node_modules/linked"), "dir");
  for (const name of ["base.json", "linked/package.json"]) execFileSync("mkfifo", [folder.file(name)]);
  const { code, stdout, stderr } = await heddle(["check", "app"], { cwd: folder.path });
  assert.match(stderr, /base\.json/);
  assert.match(stdout, /1 warning in 1 file/);
  assert.equal(code, 1);
});

test("a file without permission is named and refused when it is all there is", async (context) => {
  if (process.platform === "win32" || process.getuid?.() === 0) {
    // For these users there is no such file; the test above covers what every user can meet.
    context.diagnostic("every file is readable here");
    return;
  }
  using folder = new Folder({ "a.ts": lostUpdate });
  chmodSync(folder.file("a.ts"), 0);
  assertRefused(await heddle(["check", "a.ts"], { cwd: folder.path }), /heddle: a\.ts: permission denied/);
});

test("a project of which no file can be read is refused", async () => {
  using folder = new Folder({ "tsconfig.json": `{ "files": ["gone.ts"] }` });
  assertRefused(await heddle(["check"], { cwd: folder.path }), /gone\.ts/);
});

test("symbolic links in a circle end", async () => {
  using folder = new Folder({ ...plainProject(), "src/a.ts": lostUpdate });
  symlinkSync("..", folder.file("src/up"), "dir");
  symlinkSync("me", folder.file("src/me"), "dir");
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.deepEqual(
    findingsOf(outcome).map(({ file }) => file),
    ["src/a.ts"],
  );
  assert.equal(outcome.code, 1);
});

test("line endings and encodings do not move a finding", async () => {
  const windows = lostUpdate.replaceAll("\n", "\r\n");
  using folder = new Folder({
    ...plainProject(),
    "unix.ts": lostUpdate,
    "windows.ts": windows,
    "mark.ts": `\ufeff${windows}`,
    "utf16.ts": Buffer.from(`\ufeff${windows}`, "utf16le"),
    "old-mac.ts": lostUpdate.replaceAll("\n", "\r"),
    "latin1.ts": Buffer.from(lostUpdate.replace("const total", "/* caf\xe9 */ const total"), "latin1"),
  });
  const outcome = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.equal(outcome.stderr, "");
  const found = findingsOf(outcome);
  assert.deepEqual(
    found.map(({ file }) => file),
    ["latin1.ts", "mark.ts", "old-mac.ts", "unix.ts", "utf16.ts", "windows.ts"],
  );
  for (const { range } of found) {
    assert.deepEqual(range.start, { line: lostUpdateLine, character: 4 });
    assert.deepEqual(range, found[0]!.range);
  }
});

test("line separators that only JavaScript knows do not move a finding", async () => {
  using folder = new Folder({
    ...plainProject(),
    "a.ts": lostUpdate.replace("const total", "/* \u2028 \u2029 */ const total"),
  });
  const [finding] = findingsOf(await heddle(["check", "--format", "json"], { cwd: folder.path }));
  assert.deepEqual(finding?.range.start, { line: lostUpdateLine, character: 4 });
});
