import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Analysis } from "../server/src/analysis.js";
import { looseProject } from "../server/src/source/project.js";
import { suppressionsOf } from "../server/src/source/suppressions.js";
import { ts } from "../server/src/source/syntax.js";
import { Editor } from "./support/editor.js";
import { Folder } from "./support/folder.js";
import { heddle } from "./support/heddle.js";
import { lostUpdate, lostUpdateRule, lostUpdateStatement, withoutLostUpdate } from "./support/lost-update.js";
import { plainProject } from "./support/plain-project.js";

function treeOf(text: string, file = "/a.tsx"): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
}

/** What each comment says, and the line it is about. */
function read(text: string): readonly string[] {
  return suppressionsOf(treeOf(text)).map(({ form, ruleId, reason, nextLine }) => {
    const about = nextLine === undefined ? "nothing" : text.slice(nextLine.start, nextLine.end);
    return `${form.replace("heddle-ignore", "")} ${ruleId} (${reason}) ${about}`;
  });
}

suite("comments that suppress", () => {
  const cases: readonly (readonly [what: string, text: string, read: readonly string[]])[] = [
    ["a line comment", "// heddle-ignore-next-line a: why not\nf();", ["-next-line a (why not) f();"]],
    ["without a space", "//heddle-ignore-file a:b\nf();", ["-file a (b) f();"]],
    ["a block comment", "/* heddle-ignore-next-line a: b */\n\n  f(); // g\n", ["-next-line a (b) f(); // g"]],
    ["several lines", "/**\n * heddle-ignore-next-line a: b\n * c\n */\nlet x;", ["-next-line a (b c) let x;"]],
    ["behind code", "g(); // heddle-ignore-next-line a: b\nf();", ["-next-line a (b) f();"]],
    ["before code", "/* heddle-ignore-next-line a: b */ g();\nf();", ["-next-line a (b) f();"]],
    [
      "below each other, with Windows line ends",
      "// heddle-ignore-next-line a: b\r\n// other\r\n// heddle-ignore-next-line c: d\r\nf();",
      ["-next-line a (b) f();", "-next-line c (d) f();"],
    ],
    ["before a closing brace", "{\n  // heddle-ignore-next-line a: b\n}", ["-next-line a (b) }"]],
    ["at the end", "f();\n// heddle-ignore-next-line a: b", ["-next-line a (b) nothing"]],
    ["in a list of parameters", "f(\n  // heddle-ignore-next-line a: b\n  1,\n);", ["-next-line a (b) 1,"]],
    [
      "between JSX elements",
      "const x = (\n  <p>\n    {/* heddle-ignore-next-line a: b */}\n    <b id={f()} />\n  </p>\n);",
      ["-next-line a (b) <b id={f()} />"],
    ],
    [
      "between attributes of JSX",
      "const x = <b\n  // heddle-ignore-next-line a: b\n  id={f()} />;",
      ["-next-line a (b) id={f()} />;"],
    ],
    ["no reason", "// heddle-ignore-file a\nf();", ["-file a () f();"]],
    ["no colon", "// heddle-ignore-file a because\nf();", ["-file a () f();"]],
    ["nothing but the beginning", "// heddle-ignore\nf();", ["  () f();"]],
    ["text of JSX", "const x = <p>// heddle-ignore-file a: b</p>;", []],
    ["strings", "const x = '// heddle-ignore-file a: b', y = `/* heddle-ignore-file */ // heddle-ignore-file`;", []],
    ["a regular expression", "const x = /heddle-ignore-file a: b/;", []],
    ["prose", "// see heddle-ignore-file a: b\n// heddle-ignores it\nf();", []],
  ];
  for (const [what, text, said] of cases) test(what, () => assert.deepEqual(read(text), said));

  test("removing one leaves no trace of it", () => {
    const removed: readonly (readonly [before: string, after: string])[] = [
      ["f();\n  // heddle-ignore-file a: b\ng();", "f();\ng();"],
      ["f();\r\n\t/* heddle-ignore-file a: b\r\n c */\r\ng();", "f();\r\ng();"],
      ["f(); // heddle-ignore-file a: b\ng();", "f();\ng();"],
      ["/* heddle-ignore-file a: b */ f();", "f();"],
      ["<p>\n  {/* heddle-ignore-file a: b */}\n  <b />\n</p>;", "<p>\n  <b />\n</p>;"],
      ["<p>{/* heddle-ignore-file a: b */}</p>;", "<p></p>;"],
      ["// heddle-ignore-file a: b", ""],
    ];
    for (const [before, after] of removed) {
      const [comment] = suppressionsOf(treeOf(before));
      assert.ok(comment, before);
      assert.equal(before.slice(0, comment.removal.start) + before.slice(comment.removal.end), after);
    }
  });
});

const directory = "/suppressed";
const comment = (id: string) => `// heddle-ignore-next-line ${id}: counted twice on purpose\n    `;
const suppressed = lostUpdate.replace(lostUpdateStatement, (text) => comment(lostUpdateRule) + text);

function found(text: string, severities = new Map<string, "off">()): readonly string[] {
  const analysis = new Analysis(looseProject(directory), { severities });
  analysis.update([{ file: `${directory}/a.ts`, text }]);
  const snapshot = analysis.snapshot();
  assert.deepEqual(snapshot.problems, []);
  return snapshot.findings().map(({ ruleId }) => ruleId);
}

suite("findings that are suppressed", () => {
  test("for a line, and for a file", () => {
    assert.deepEqual(found(lostUpdate), [lostUpdateRule]);
    assert.deepEqual(found(suppressed), []);
    assert.deepEqual(found(`// heddle-ignore-file ${lostUpdateRule}: on purpose\n${lostUpdate}`), []);
  });

  test("the comment nearest to a finding has the work, and the other is of no use", () => {
    assert.deepEqual(found(`// heddle-ignore-file ${lostUpdateRule}: on purpose\n${suppressed}`), ["stale-annotation"]);
  });

  test("a comment about a rule that is off is not judged, and one about the judge works", () => {
    const text = `// heddle-ignore-file ${lostUpdateRule}: on purpose\n${withoutLostUpdate}`;
    assert.deepEqual(found(text), ["stale-annotation"]);
    assert.deepEqual(found(text, new Map([[lostUpdateRule, "off"]])), []);
    assert.deepEqual(found(text, new Map([["stale-annotation", "off"]])), []);
    const spared = "// heddle-ignore-next-line stale-annotation: generated\n";
    assert.deepEqual(found(spared + text), []);
    assert.deepEqual(found(spared + withoutLostUpdate), ["stale-annotation"]);
  });

  test("every text that is typed is judged as a fresh look would", () => {
    const file = `${directory}/a.ts`;
    const analysis = new Analysis(looseProject(directory));
    const texts = [
      suppressed,
      lostUpdate,
      suppressed.replace(": counted", " counted"),
      suppressed,
      withoutLostUpdate,
      suppressed.replace(lostUpdateStatement, "total.add(1);"),
      `${suppressed}\n// heddle-ignore-file discarded-guard: x\n`,
    ];
    for (const text of texts) {
      analysis.update([{ file, text }]);
      assert.deepEqual(
        analysis
          .snapshot()
          .findings()
          .map(({ ruleId }) => ruleId),
        found(text),
        text,
      );
    }
  });

  test("the command line fails on a comment of no use, and --fix removes it", async () => {
    using folder = new Folder({
      ...plainProject(),
      "a.ts": suppressed,
      "b.ts": suppressed.replace(lostUpdateStatement, "total.add(1);"),
    });
    const { code, stdout } = await heddle(["check"], { cwd: folder.path });
    assert.match(
      stdout,
      /^warning No finding of "unguarded-shared-mutation" is suppressed.* stale-annotation\n {2}b\.ts:7:5\n/,
    );
    assert.match(stdout, /1 warning in 2 files; --fix may repair 1\.\n$/);
    assert.equal(code, 1);
    assert.equal((await heddle(["check", "--fix"], { cwd: folder.path })).code, 0);
  });

  test("the editor follows what is typed into the comment", async () => {
    await using editor = await Editor.start();
    const uri = await editor.open("untitled:Untitled-1", lostUpdate);
    assert.equal((await editor.diagnostics(uri)).length, 1);
    await editor.replace(uri, lostUpdateStatement, comment(lostUpdateRule) + lostUpdateStatement);
    assert.deepEqual(await editor.diagnostics(uri), []);
    await editor.replace(uri, ": counted twice on purpose", "");
    assert.deepEqual(
      (await editor.diagnostics(uri)).map(({ code }) => code),
      ["stale-annotation", lostUpdateRule],
    );
  });
});
