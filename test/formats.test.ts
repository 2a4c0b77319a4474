import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { lostUpdate, lostUpdateLine, lostUpdateRule, withoutLostUpdate } from "./support/lost-update.js";
import { plainProject } from "./support/plain-project.js";
import { repositoryRoot } from "./support/repository.js";

/** The parts of SARIF 2.1.0 that are used here; the standard's own words for them are in its section 3. */
interface Region {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}
interface Location {
  id?: number;
  message?: { text: string };
  physicalLocation: { artifactLocation: { uri: string; uriBaseId: string }; region: Region };
}
interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: Location[];
  relatedLocations?: Location[];
  codeFlows?: { threadFlows: { id: string; locations: { location: Location }[] }[] }[];
  fixes?: {
    description: { text: string };
    artifactChanges: {
      artifactLocation: { uri: string };
      replacements: { deletedRegion: Region; insertedContent: { text: string } }[];
    }[];
  }[];
  partialFingerprints: Record<string, string>;
  baselineState?: string;
}
interface Log {
  $schema: string;
  version: string;
  runs: {
    tool: {
      driver: {
        name: string;
        semanticVersion: string;
        rules: { id: string; defaultConfiguration: { level: string } }[];
      };
    };
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: { message: { text: string } }[] }[];
    columnKind: string;
    results: Result[];
  }[];
}

const levels = ["none", "note", "warning", "error"];

/** What the standard demands of every location: section 3.28 to 3.30. */
function checkLocation({ physicalLocation: { artifactLocation, region } }: Location): void {
  assert.doesNotMatch(artifactLocation.uri, /^\/|^[a-z]+:|\\| |\.\./, "a relative reference");
  assert.equal(
    decodeURIComponent(encodeURI(decodeURIComponent(artifactLocation.uri))),
    decodeURIComponent(artifactLocation.uri),
  );
  for (const part of Object.values(region)) assert.ok(Number.isInteger(part) && part >= 1, "counted from 1");
  assert.ok(region.endLine > region.startLine || region.endColumn >= region.startColumn);
}

/** Refuses what the schema of SARIF 2.1.0 would refuse of such a log, and dangling indices. */
function parseSarif(text: string): Log {
  const log = JSON.parse(text) as Log;
  assert.equal(log.version, "2.1.0");
  assert.match(log.$schema, /^https:\/\/.*sarif-schema-2\.1\.0\.json$/);
  assert.equal(log.runs.length, 1);
  for (const { tool, invocations, columnKind, results } of log.runs) {
    const { driver } = tool;
    assert.ok(driver.name);
    assert.match(driver.semanticVersion, /^\d+\.\d+\.\d+$/);
    assert.equal(new Set(driver.rules.map(({ id }) => id)).size, driver.rules.length);
    for (const { defaultConfiguration } of driver.rules) assert.ok(levels.includes(defaultConfiguration.level));
    for (const { executionSuccessful } of invocations) assert.equal(executionSuccessful, true);
    assert.equal(columnKind, "utf16CodeUnits");
    for (const result of results)
      checkResult(
        result,
        driver.rules.map(({ id }) => id),
      );
  }
  return log;
}

function checkResult(result: Result, ids: readonly string[]): void {
  assert.equal(ids[result.ruleIndex], result.ruleId);
  assert.ok(levels.includes(result.level));
  assert.ok(result.message.text);
  assert.equal(result.locations.length, 1);
  const related = result.relatedLocations ?? [];
  assert.deepEqual(
    related.map(({ id }) => id),
    related.map((_, id) => id),
  );
  const flows = result.codeFlows?.flatMap(({ threadFlows }) => threadFlows) ?? [];
  assert.equal(new Set(flows.map(({ id }) => id)).size, flows.length);
  for (const { locations } of flows) assert.ok(locations.length > 0);
  const steps = flows.flatMap(({ locations }) => locations.map(({ location }) => location));
  for (const location of [...result.locations, ...related, ...steps]) checkLocation(location);
  for (const location of [...related, ...steps]) assert.ok(location.message?.text);
  for (const { description, artifactChanges } of result.fixes ?? []) {
    assert.ok(description.text);
    assert.ok(artifactChanges.length > 0);
    for (const { replacements } of artifactChanges) assert.ok(replacements.length > 0);
  }
  assert.match(result.partialFingerprints["heddle/v1"] ?? "", /^[0-9a-f]{32}$/);
}

async function sarif(folder: Folder, ...args: string[]): Promise<Result[]> {
  const { stdout, stderr } = await heddle(["check", "--format", "sarif", ...args], { cwd: folder.path });
  assert.equal(stderr, "");
  return parseSarif(stdout).runs[0]!.results;
}

suite("--format sarif", () => {
  test("a result has its place, both sides, a flow for each thread, fixes and a fingerprint", async () => {
    using folder = new Folder({ ...plainProject(), "src/sum up.ts": lostUpdate });
    const [result, ...more] = await sarif(folder);
    assert.ok(result);
    assert.deepEqual(more, []);
    assert.equal(result.ruleId, lostUpdateRule);
    const [{ physicalLocation }] = result.locations as [Location];
    assert.equal(physicalLocation.artifactLocation.uri, "src/sum%20up.ts");
    assert.equal(physicalLocation.region.startLine, lostUpdateLine + 1);
    const flows = result.codeFlows?.[0]?.threadFlows ?? [];
    assert.equal(flows.length, 2);
    for (const { locations } of flows) {
      assert.match(locations[0]?.location.message?.text ?? "", /^"work" becomes a thread here$/);
      assert.equal(locations.at(-1)?.location.physicalLocation.region.startLine, lostUpdateLine + 1);
    }
    const replacements = result.fixes?.[0]?.artifactChanges[0]?.replacements ?? [];
    const lines = lostUpdate.split("\n");
    for (const { deletedRegion, insertedContent } of replacements) {
      const { startLine, endLine, startColumn, endColumn } = deletedRegion;
      assert.ok(endLine - 1 < lines.length && startLine <= endLine && startColumn - 1 <= lines[startLine - 1]!.length);
      assert.ok(endColumn >= 1 && typeof insertedContent.text === "string");
    }
  });

  test("the fingerprint stays when lines and spaces move, and differs for a second finding", async () => {
    using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate, "b.ts": lostUpdate });
    const before = (await sarif(folder)).map(({ partialFingerprints }) => partialFingerprints);
    folder.write("a.ts", `// one\n\n// two\n${lostUpdate.replace("total.value += 1", "total.value  +=  1")}`);
    const after = (await sarif(folder)).map(({ partialFingerprints }) => partialFingerprints);
    assert.deepEqual(after, before);
    assert.equal(new Set(before.map((each) => JSON.stringify(each))).size, 2);
  });

  test("nothing found is a log without results, and what could not be read is a notification", async () => {
    using folder = new Folder({
      ...plainProject(),
      "a.ts": withoutLostUpdate,
      "tsconfig.json": `{ "files": ["a.ts", "gone.ts"] }`,
    });
    const { stdout, code } = await heddle(["check", "--format", "sarif"], { cwd: folder.path });
    const { runs } = parseSarif(stdout);
    assert.deepEqual(runs[0]?.results, []);
    assert.match(runs[0]?.invocations[0]?.toolExecutionNotifications[0]?.message.text ?? "", /gone\.ts: no such file/);
    assert.equal(code, 0);
  });
});

suite("--format github", () => {
  test("a finding is one command, with its story", async () => {
    using folder = new Folder({ ...plainProject(), "src/a.ts": lostUpdate });
    const { stdout, code } = await heddle(["check", "--format", "github"], { cwd: folder.path });
    const line = lostUpdateLine + 1;
    assert.match(
      stdout,
      new RegExp(
        `^::warning file=src/a\\.ts,line=${line},col=5,endColumn=21,title=heddle ${lostUpdateRule}::"total" is [^\\n]*%0Asrc/a\\.ts:\\d+ [^\\n]*\\n$`,
      ),
    );
    assert.equal(code, 1);
  });

  test("no name in the code can end a command or begin another", async () => {
    using folder = new Folder({ "50%,a:b/c.ts": lostUpdate.replaceAll("work", "wörk") });
    const { stdout } = await heddle(["check", "--format", "github", "--rule", `${lostUpdateRule}=info`], {
      cwd: folder.path,
    });
    assert.match(stdout, /^::notice file=50%25%2Ca%3Ab\/c\.ts,line=7,/);
    assert.match(stdout, /"wörk" becomes a thread here/);
    assert.equal(stdout.trimEnd().split("\n").length, 1);
  });
});

suite("--baseline", () => {
  test("what it knows is let pass wherever its lines are, what is new is not", async () => {
    using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
    const check = (...args: string[]) => heddle(["check", "--baseline", "known.json", ...args], { cwd: folder.path });
    const written = await check("--update-baseline");
    assert.equal(written.stdout, "No findings in 1 file.\nknown.json holds 1 finding from now on.\n");
    assert.equal(written.code, 0);
    folder.write("a.ts", `// moved\n${lostUpdate}`);
    const known = await check();
    assert.equal(known.stdout, "No findings in 1 file.\n1 finding of known.json not shown.\n");
    assert.equal(known.code, 0);
    folder.write("b.ts", lostUpdate);
    assert.match((await check()).stdout, /^warning [^\n]*\n {2}b\.ts:7:5\n[\s\S]*1 warning in 2 files/);
    const [fresh] = await sarif(folder, "--baseline", "known.json");
    assert.equal(fresh?.baselineState, "new");
    folder.write("a.ts", withoutLostUpdate);
    folder.write("b.ts", withoutLostUpdate);
    assert.match((await check()).stdout, /; 1 of it not found any more, which --update-baseline drops\.\n$/);
    await check("--update-baseline");
    assert.equal(readFileSync(folder.file("known.json"), "utf8"), `{\n  "version": 1,\n  "findings": []\n}\n`);
  });

  const damaged: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /^heddle: known\.json:1:1: /],
    ["{", /^heddle: known\.json:1:2: .*; repair the baseline or write it anew with --update-baseline\n$/],
    ["[]", /known\.json:1:1: The baseline is no object; repair/],
    [`{ "version": 2, "findings": [] }`, /known\.json:1:14: This is no baseline of version 1/],
    [`{ "version": 1 }`, /"findings" is no list/],
    [`{ "version": 1, "findings": [1] }`, /known\.json:1:30: The entry is no object/],
    [`{ "version": 1, "findings": [{ "ruleId": "a", "file": "b" }] }`, /The entry has no text "fingerprint"/],
    [`{ "version": 1, "findings": [{ "ruleId": 1 }] }`, /known\.json:1:42: The entry has no text "ruleId"/],
  ];
  for (const [text, message] of damaged) {
    test(`${JSON.stringify(text)} is refused in one line`, async () => {
      using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate, "known.json": text });
      const { code, stdout, stderr } = await heddle(["check", "--baseline", "known.json"], { cwd: folder.path });
      assert.match(stderr, message);
      assert.match(stderr, /^heddle: [^\n]+\n$/);
      assert.equal(stdout, "");
      assert.equal(code, 2);
    });
  }

  test("one that is not there, cannot be written or is not named is said", async () => {
    using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
    const said = async (...args: string[]) => (await heddle(["check", ...args], { cwd: folder.path })).stderr;
    assert.match(
      await said("--baseline", "known.json"),
      /there is no baseline known\.json; --update-baseline writes one/,
    );
    assert.match(await said("--baseline", ".", "--update-baseline"), /the baseline \. cannot be written \(EISDIR/);
    assert.match(await said("--update-baseline"), /--update-baseline needs to know which; write --baseline <file> too/);
  });
});

suite("--format eslint", () => {
  test("is what tools read that know ESLint's formatter json", async () => {
    using folder = new Folder({ ...plainProject(), "src/a.ts": lostUpdate, "src/b.ts": withoutLostUpdate });
    const { stdout, code } = await heddle(["check", "--format", "eslint"], { cwd: folder.path });
    const [file, ...others] = JSON.parse(stdout) as { messages: { message: string }[] }[];
    assert.deepEqual(others, []);
    const { messages, ...counts } = file!;
    assert.deepEqual(counts, {
      filePath: folder.file("src/a.ts"),
      suppressedMessages: [],
      errorCount: 0,
      fatalErrorCount: 0,
      warningCount: 1,
      fixableErrorCount: 0,
      fixableWarningCount: 0,
      usedDeprecatedRules: [],
    });
    const [{ message, ...place }] = messages as [{ message: string }];
    const line = lostUpdateLine + 1;
    assert.deepEqual(place, {
      ruleId: `heddle/${lostUpdateRule}`,
      severity: 1,
      line,
      column: 5,
      endLine: line,
      endColumn: 21,
    });
    assert.match(message, /^"total" is [^\n]*\nsrc\/a\.ts:\d+ /);
    assert.equal(code, 1);
  });

  test("an error is one, and nothing is an empty array", async () => {
    using folder = new Folder({ ...plainProject(), "a.ts": lostUpdate });
    const args = ["check", "--format", "eslint", "--rule"];
    const { stdout } = await heddle([...args, `${lostUpdateRule}=error`], { cwd: folder.path });
    assert.match(stdout, /"severity":2,.*"errorCount":1,"fatalErrorCount":0,"warningCount":0,/);
    assert.equal((await heddle([...args, `${lostUpdateRule}=off`], { cwd: folder.path })).stdout, "[]\n");
  });
});

for (const [page, least] of [
  ["README.md", 7],
  ["server/docs/continuous-integration.md", 5],
] as const) {
  test(`what ${page} shows of formats, baselines and the cache is understood`, async () => {
    const text = readFileSync(new URL(page, repositoryRoot), "utf8");
    const lines = [...text.matchAll(/\bnpx heddle (check .*--(?:format|baseline|stats|cache|no-cache).*)$/gm)].map(
      ([, line]) => line!,
    );
    assert.ok(lines.length >= least);
    using folder = new Folder({ ...plainProject(), "src/a.ts": withoutLostUpdate });
    for (const line of lines) {
      const args = line.replace(/ *[#>].*/, "").split(" ");
      const { code, stderr } = await heddle(args, { cwd: folder.path });
      assert.equal(stderr, "");
      assert.equal(code, 0, line);
    }
  });
}

test("the examples of workflows and hooks are YAML of the shape that their readers want", () => {
  const page = readFileSync(new URL("server/docs/continuous-integration.md", repositoryRoot), "utf8");
  const [workflow, hooks] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => parse(text!));
  const steps: { uses?: string; run?: string; with?: Record<string, unknown> }[] = workflow.jobs.check.steps;
  const sarif = /> (\S+)$/.exec(steps.find(({ run }) => run?.includes("--format sarif"))?.run ?? "")?.[1];
  assert.ok(sarif);
  assert.equal(steps.find(({ uses }) => uses?.includes("upload-sarif"))?.with?.sarif_file, sarif);
  assert.equal(workflow.permissions["security-events"], "write");
  assert.equal(hooks.repos[0].hooks[0].entry, "npx heddle check");
});
