import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Folder } from "./support/folder.js";
import { heddle, heddleBinary } from "./support/heddle.js";
import { lostUpdate, lostUpdateLine, lostUpdateRule, withoutLostUpdate } from "./support/lost-update.js";
import { plainProject } from "./support/plain-project.js";
import { repositoryRoot } from "./support/repository.js";

interface Output {
  version: number;
  findings: {
    ruleId: string;
    severity: string;
    message: string;
    file: string;
    range: { start: { line: number; character: number }; end: { line: number; character: number } };
    related: { message: string; file: string; range: unknown }[];
    fixes: { title: string; edits: { file: string; range: unknown; newText: string }[] }[];
    fingerprint: string;
  }[];
  stats?: Record<"files" | "lines" | "functions" | "milliseconds" | "peakMegabytes", number> &
    Record<"parts" | "rules", Record<string, number>>;
}

const wrong: readonly (readonly [args: string, message: RegExp])[] = [
  ["", /name a command: check, explain, run, worker, trace, rules, lsp; heddle --help says more/],
  ["chekc", /unknown command chekc; did you mean heddle check\?/],
  ["a.ts", /unknown command a\.ts; did you mean heddle check a\.ts\?/],
  ["--halp", /unknown option --halp; did you mean heddle --help\?/],
  ["check --formt json", /unknown option --formt; did you mean --format\?/],
  ["check --nothing-like-it", /unknown option --nothing-like-it; heddle check --help lists the options/],
  ["check -q", /unknown option -q; heddle check --help lists the options/],
  ["check --format jsno", /unknown format jsno; did you mean json\?/],
  ["check --format yaml", /unknown format yaml; there are pretty, json, sarif, github, eslint/],
  ["check --format", /option --format needs a value: --format <pretty\|json\|sarif\|github\|eslint>/],
  ["check --project --stats", /option --project needs a value/],
  ["check --max-warnings -1", /--max-warnings needs a value, and -1 looks like an option; write --max-warnings=-1/],
  ["check --rule lock-reacquired=", /the level is missing; there are error, warning, info, off/],
  ["check --stats=yes", /option --stats takes no value/],
  ["check --rule lock-reaquired=error", /unknown rule lock-reaquired; did you mean lock-reacquired\?/],
  ["check --rule lock-reacquired=warn", /unknown level warn; there are|unknown level warn; did you mean/],
  ["check --rule lock-reacquired", /--rule lock-reacquired is no setting of a rule; write --rule id=level/],
  ["check --max-warnings few", /--max-warnings few is no number of warnings; write 0 or more/],
  ["rules lock-reaquired", /unknown rule lock-reaquired; did you mean lock-reacquired\?/],
  ["rules nothing-like-it", /unknown rule nothing-like-it; heddle rules lists them$/m],
  ["rules one two", /rules takes one id at most/],
  ["lsp", /lsp needs either --stdio or --node-ipc/],
  ["lsp --stdio --node-ipc", /lsp needs either --stdio or --node-ipc/],
  ["lsp --node-ipc", /needs a Node\.js parent process; use --stdio/],
  // Promised for later: until they work they are not there.
  ["run", /run needs a script/],
  ["run nothing-here.js", /there is no script nothing-here\.js/],
  ["worker", /worker needs a server: heddle worker --url redis:/],
  ["worker --url heddle://u:secret@h", /knows servers of Redis, .* RabbitMQ, .* not heddle:\/\/h\s/],
  ["worker --url amqp://h --driver redis", /RabbitMQ has one driver/],
  ["worker --url redis://h", /worker needs a module with tasks/],
  ["worker --url redis://h --module nothing-here.js", /there is no script nothing-here\.js/],
  ["worker work.js", /did you mean --module work\.js\?/],
  ["run --trce file a.ts", /unknown option --trce; did you mean --trace\?/],
  ["run --on-deadlock=exti a.ts", /unknown reaction exti; did you mean exit\?/],
  [
    "run --trace missing/run.heddletrace a.ts",
    /cannot write the trace missing\/run\.heddletrace: there is no folder missing$/m,
  ],
  ["trace", /name what to do: trace report\|compare\|export\|stats file/],
  ["trace reprot a.ts", /unknown verb of trace reprot; did you mean report\?/],
  ["trace report", /trace report takes one file/],
  ["trace report a.ts", /a\.ts: the trace ends before its first record/],
  ["trace report missing.heddletrace", /there is no trace missing\.heddletrace$/m],
];

for (const [args, message] of wrong) {
  test(`heddle ${args}: bad usage is one line and exit code 2`, async () => {
    using folder = new Folder({ ...plainProject(), "a.ts": "" });
    const { code, stdout, stderr } = await heddle(args === "" ? [] : args.split(" "), { cwd: folder.path });
    assert.match(stderr, message);
    assert.match(stderr, /^heddle: [^\n]+\n$/);
    assert.equal(stdout, "");
    assert.equal(code, 2);
  });
}

test("help and version are there for every command, whatever else is on the line", async () => {
  using folder = new Folder();
  const cwd = folder.path;
  const help = await heddle(["--help"], { cwd });
  assert.match(
    help.stdout,
    /Commands:\n {2}check .*\n {2}explain .*\n {2}run .*\n {2}worker .*\n {2}trace .*\n {2}rules .*\n {2}lsp /,
  );
  assert.equal(help.code, 0);
  assert.match((await heddle(["--version"], { cwd })).stdout, /^\d+\.\d+\.\d+\n$/);
  for (const command of ["check", "run", "worker", "trace", "rules", "lsp"]) {
    const { code, stdout } = await heddle([command, "--nonsense", "--help"], { cwd });
    assert.match(stdout, new RegExp(`^Usage: heddle ${command} `));
    assert.equal(code, 0);
  }
  const { stdout } = await heddle(["check", "--help"], { cwd });
  for (const option of [
    "project",
    "format",
    "rule",
    "baseline",
    "update-baseline",
    "max-warnings",
    "no-cache",
    "cache-dir",
    "fix",
    "stats",
  ]) {
    assert.ok(stdout.includes(`--${option}`), option);
  }
});

test("json is one object of the documented shape, byte for byte the same on every run", async () => {
  using folder = new Folder({ ...plainProject(), "src/b.ts": lostUpdate, "src/a.ts": lostUpdate });
  const first = await heddle(["check", "--format", "json"], { cwd: folder.path });
  const second = await heddle(["check", "--format", "json"], { cwd: folder.path });
  assert.equal(first.stderr, "");
  assert.equal(first.code, 1);
  assert.equal(first.stdout, second.stdout);

  const output = JSON.parse(first.stdout) as Output;
  assert.deepEqual(Object.keys(output), ["version", "findings"]);
  assert.equal(output.version, 1);
  assert.deepEqual(
    output.findings.map((finding) => finding.file),
    output.findings.map((finding) => finding.file).sort(),
  );
  const finding = output.findings.find(({ file }) => file === "src/a.ts");
  assert.ok(finding);
  const keys = ["ruleId", "severity", "message", "file", "range", "related", "fixes", "fingerprint"];
  assert.deepEqual(Object.keys(finding), keys);
  assert.equal(finding.ruleId, lostUpdateRule);
  assert.equal(finding.severity, "warning");
  assert.equal(finding.range.start.line, lostUpdateLine);
  assert.ok(finding.related.length > 0);
  for (const related of finding.related) assert.deepEqual(Object.keys(related), ["message", "file", "range"]);
  assert.ok(finding.fixes.length > 0);
  for (const fix of finding.fixes) {
    assert.deepEqual(Object.keys(fix), ["title", "edits"]);
    assert.ok(fix.edits.length > 0);
    for (const edit of fix.edits) assert.deepEqual(Object.keys(edit), ["file", "range", "newText"]);
  }
});

test("stats are there only when asked for", async () => {
  using folder = new Folder({ ...plainProject(), "a.ts": withoutLostUpdate });
  const { stdout, code } = await heddle(["check", "--format", "json", "--stats", "--no-cache"], { cwd: folder.path });
  const { stats, findings } = JSON.parse(stdout) as Output;
  assert.deepEqual(findings, []);
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(stats!), [
    "files",
    "lines",
    "functions",
    "cachedFiles",
    "milliseconds",
    "peakMegabytes",
    "parts",
    "rules",
  ]);
  assert.equal(stats!.files, 1);
  assert.ok(stats!.milliseconds > 0 && stats!.peakMegabytes > 0);
  const { parts } = stats!;
  assert.deepEqual(Object.keys(parts).slice(0, 5), ["start", "read", "parse", "program", "bind"]);
  assert.ok(parts.parse! > 0 && parts.bind! > 0, stdout);
  const times = [...Object.values(parts), ...Object.values(stats!.rules)];
  const sum = times.reduce((total, each) => total + each, 0);
  assert.ok(Math.abs(sum - stats!.milliseconds) <= times.length, "the parts are the whole");
  const pretty = (await heddle(["check", "--stats", "--no-cache"], { cwd: folder.path })).stdout;
  assert.match(pretty, /1 file, \d+ lines?, \d+ functions?; /);
  assert.match(pretty, /Parts, in ms: start \d+.*, parse \d+/);
});

test("the exit code says what the severities mean", async () => {
  using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
  const codeOf = async (...args: string[]) => (await heddle(["check", ...args], { cwd: folder.path })).code;
  assert.equal(await codeOf(), 1);
  assert.equal(await codeOf("--max-warnings", "1"), 0);
  assert.equal(await codeOf("--rule", `${lostUpdateRule}=info`), 0);
  assert.equal(await codeOf("--rule", `${lostUpdateRule}=off`), 0);
  assert.equal(await codeOf("--rule", `${lostUpdateRule}=error`, "--max-warnings", "9"), 1);
});

test("pretty shows both sides with their code, and nothing of it in colour outside a terminal", async () => {
  using folder = new Folder({ ...plainProject(), "src/a.ts": lostUpdate });
  const { stdout } = await heddle(["check"], { cwd: folder.path, env: { FORCE_COLOR: "1" } });
  assert.match(
    stdout,
    /^warning .*total.* unguarded-shared-mutation\n {2}src\/a\.ts:7:5\n +7 \| +total\.value \+= 1;\n +\| +\^/,
  );
  assert.match(stdout, /\n {2}src\/a\.ts:\d+:\d+ \S.*\n +\d+ \| .*\n +\| +-+\n/);
  assert.match(stdout, /\n {2}fix \S.*\n\n1 warning in 1 file; --fix may repair 1\.\n$/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins every colour.
  assert.doesNotMatch(stdout, /\x1b/);
});

test("with paths only the findings that touch them are printed", async () => {
  using folder = new Folder({ ...plainProject(), "one/a.ts": lostUpdate, "two/b.ts": withoutLostUpdate });
  const check = async (path: string) => (await heddle(["check", path], { cwd: folder.path })).code;
  assert.equal(await check("one"), 1);
  assert.equal(await check("one/a.ts"), 1);
  assert.equal(await check("two"), 0);
});

test("--fix repairs what it can, and keeps line endings, byte order mark and encoding", async () => {
  const windows = Buffer.from(`\ufeff${lostUpdate.replaceAll("\n", "\r\n")}`, "utf16le");
  using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate, "b.ts": windows });
  const { code, stdout, stderr } = await heddle(["check", "--fix"], { cwd: folder.path });
  assert.equal(stderr, "");
  assert.match(stdout, /^Fixed 2 findings in 2 files\.\nNo findings in 2 files\.\n$/);
  assert.equal(code, 0);
  assert.notEqual(readFileSync(folder.file("a.ts"), "utf8"), lostUpdate);
  const text = readFileSync(folder.file("b.ts")).toString("utf16le");
  assert.ok(text.startsWith("\ufeff"));
  assert.doesNotMatch(text, /[^\r]\n/);
  assert.equal((await heddle(["check", "--fix"], { cwd: folder.path })).stdout, "No findings in 2 files.\n");
});

test("rules are listed, and each has its page", async () => {
  using folder = new Folder();
  const { stdout } = await heddle(["rules"], { cwd: folder.path });
  const ids = [...stdout.matchAll(/^(\S+) +(?:error|warning|info) +\S.*$/gm)].map(([, id]) => id!);
  assert.ok(ids.includes(lostUpdateRule));
  assert.equal(ids.length, stdout.trimEnd().split("\n").length);
  for (const id of [ids[0]!, lostUpdateRule, ids.at(-1)!]) {
    const page = await heddle(["rules", id], { cwd: folder.path });
    assert.match(page.stdout, new RegExp(`^# .*${id}`));
    assert.match(page.stdout, /^## Bad$/m);
    assert.equal(page.code, 0);
  }
  // What is read when a page is asked for: a process for each of a hundred tells no more.
  for (const id of ids)
    assert.match(readFileSync(new URL(`server/dist/rules/${id}.md`, repositoryRoot), "utf8"), new RegExp(`^# .*${id}`));
});

test("a reader that has read enough ends the command without a complaint", async () => {
  // More findings than a pipe holds at once.
  const totals = Array.from({ length: 50 }, (_, index) => `total${index}`);
  const declared = totals.map((name) => `const ${name} = new SharedValue("i32", 0, { name: "${name}" });`).join("\n");
  using folder = new Folder({
    ...plainProject(),
    "a.ts": lostUpdate
      .replace(/const total = .*/, `${declared}\nconst total = total0;`)
      .replace("    total.value += 1;", totals.map((name) => `    ${name}.value += 1;`).join("\n")),
  });
  const child = spawn(process.execPath, [heddleBinary, "check", "--format", "json"], { cwd: folder.path });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const closed = once(child, "close");
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code, signal] = (await closed) as [number | null, string | null];
  assert.equal(stderr, "");
  assert.equal(signal, null);
  assert.notEqual(code, 2);
});
