import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PageError, parseRulePage } from "./support/rule-page.js";

const fence = "```";

/** A well-formed page, with parts to break. */
function page(change: (text: string) => string = (text) => text): string {
  const bad = (name: string) => `### ${name}\n\n${fence}ts\nf(); // ~ some-rule\n${fence}\n`;
  const good = (name: string) => `### ${name}\n\n${fence}ts\ng();\n${fence}\n`;
  const names = ["One", "Two", "Three"];
  return change(
    [
      "# some-rule\n\nIt hurts. Here is how, in `a.b()`.\n\n## Bad\n",
      ...names.map(bad),
      `## After the fix\n\n### One\n\n${fence}ts fixed\ng();\n${fence}\n\n## Good\n`,
      ...names.map(good),
      `## Limits\n\nSome prose.\n\n### Far away\n\n${fence}ts file=a.ts\nh(); // ~missed some-rule\n${fence}\n`,
      `\n${fence}js file=b.js\ni(); // ~false some-rule, other-rule\n${fence}\n`,
    ].join("\n"),
  );
}

suite("a rule's page", () => {
  const parsed = parseRulePage("some-rule.md", page());

  test("has a title, a reason and cases", () => {
    assert.equal(parsed.id, "some-rule");
    assert.equal(parsed.why, "It hurts. Here is how, in `a.b()`.");
    assert.deepEqual(
      parsed.cases.map((found) => `${found.section}/${found.heading}`),
      ["Bad/One", "Bad/Two", "Bad/Three", "Good/One", "Good/Two", "Good/Three", "Limits/Far away"],
    );
  });

  test("marks expectations, which are no part of the program", () => {
    const [file] = parsed.cases[0]?.files ?? [];
    assert.deepEqual(file, {
      name: "case.ts",
      text: "f();\n",
      marks: [{ kind: "expected", ruleId: "some-rule", line: 0 }],
    });
  });

  test("may have several files in a case, and several rules in a mark", () => {
    assert.deepEqual(
      parsed.cases.at(-1)?.files.map((file) => [file.name, file.marks.map((mark) => `${mark.kind} ${mark.ruleId}`)]),
      [
        ["a.ts", ["missed some-rule"]],
        ["b.js", ["false some-rule", "false other-rule"]],
      ],
    );
  });

  test("says what a case looks like after the fix", () => {
    assert.deepEqual(parsed.cases[0]?.fixed, [{ name: "case.ts", text: "g();\n", fix: 1 }]);
    const second = page((text) => text.replace("ts fixed", "ts fixed=2"));
    assert.equal(parseRulePage("p", second).cases[0]?.fixed[0]?.fix, 2);
  });

  const broken: readonly (readonly [what: string, change: (text: string) => string, error: RegExp])[] = [
    ["no title", (text) => text.replace("# some-rule", "some-rule"), /^p:1: the page begins with/],
    ["no reason", (text) => text.replace(/It hurts.*/, ""), /^p:1: .*say why it hurts/],
    [
      "a long reason",
      (text) => text.replace("It hurts.", "It hurts. It does. Really."),
      /at most three sentences, not 4/,
    ],
    ["a missing section", (text) => text.replace("## Limits", ""), /^p:1: the sections are "Bad", "After the fix"/],
    ["an unknown section", (text) => text.replace("## Good", "## Fine"), /found Bad, After the fix, Fine, Limits/],
    ["an open block", (text) => `${text}\n${fence}ts\n`, /never closed/],
    ["an unknown language", (text) => text.replace(`${fence}ts`, `${fence}python`), /^p:9: a block is one of/],
    ["an unknown word", (text) => text.replace("ts fixed", "ts fix"), /says `file=<name>` or `fixed`, not "fix"/],
    ["a block without a case", (text) => text.replace("### One", ""), /^p:9: a block stands below/],
    ["a case without a block", (text) => text.replace("## After", "### Four\n\n## After"), /"Four" has no block/],
    ["an unknown mark", (text) => text.replace("// ~ ", "// ~maybe "), /^p:10: a mark is/],
    ["a bad case without a mark", (text) => text.replace(" // ~ some-rule", ""), /the marks of "One" do not fit/],
    ["a good case with a mark", (text) => text.replaceAll("\ng();\n", "\ng(); // ~ some-rule\n"), /"One" do not fit/],
    ["a limit without a mark", (text) => text.replaceAll(/ \/\/ ~(missed|false).*/g, ""), /"Far away" do not fit/],
    ["a missing twin", (text) => text.replace(/### Two(?![\s\S]*### Two)/, "### Zwei"), /"Two" has no clean twin/],
    ["a fix of nothing", (text) => text.replace("fix\n\n### One", "fix\n\n### Ten"), /"Ten" is no case/],
    ["a fixed block elsewhere", (text) => text.replace("ts\ng", "ts fixed\ng"), /are `ts fixed`/],
    ["two cases of one name", (text) => text.replace("### Two", "### One"), /two cases "One"/],
    ["files without names", (text) => text.replace("ts file=a.ts", "ts"), /each says `file=<name>`/],
    ["files of one name", (text) => text.replace("js file=b.js", "ts file=a.ts"), /have one name/],
    ["too few cases", (text) => text.replace(/### Two[\s\S]*?(?=### Three)/g, ""), /has 2 cases; three/],
  ];
  for (const [what, change, error] of broken) {
    test(`${what} is an error that says where`, () => {
      const changed = page(change);
      assert.notEqual(changed, page());
      assert.throws(
        () => parseRulePage("p", changed),
        (thrown) => thrown instanceof PageError && error.test(thrown.message),
        String(error),
      );
    });
  }
});
