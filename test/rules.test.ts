import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import type { Snapshot } from "../server/src/analysis.js";
import type { Edit, Finding, Fix } from "../server/src/finding.js";
import { rules } from "../server/src/rules/index.js";
import { ts } from "../server/src/source/syntax.js";
import { pageAnalysis } from "./support/page-analysis.js";
import { pageDirectory } from "./support/page-project.js";
import { repositoryRoot } from "./support/repository.js";
import { type PageCase, parseRulePage } from "./support/rule-page.js";
import { TypeCheck } from "./support/type-check.js";

const folder = new URL("server/src/rules/", repositoryRoot);
const ids = readdirSync(folder)
  .filter((file) => file.endsWith(".md"))
  .map((file) => file.replace(/\.md$/, ""))
  .sort();

/** The programs of the pages and what fixes make of them, by what they are. */
const programs = new Map<string, ReadonlyMap<string, string>>();

test("every rule has a page and every page a rule", () => {
  assert.deepEqual(ids, [...rules.keys()].sort());
});

for (const id of ids) {
  suite(id, () => {
    const page = parseRulePage(`server/src/rules/${id}.md`, readFileSync(new URL(`${id}.md`, folder), "utf8"));

    test("the page's title is the rule's id", () => assert.equal(page.id, id));

    test("the page has cases of its own rule only, and none of a rule that does not exist", () => {
      for (const { section, heading, files } of page.cases) {
        const marked = files.flatMap((file) => file.marks.map((mark) => mark.ruleId));
        for (const ruleId of marked) assert.ok(rules.has(ruleId), `${heading}: there is no rule "${ruleId}"`);
        if (section === "Bad") assert.ok(marked.includes(id), `${heading}: no mark of ${id}`);
      }
    });

    for (const pageCase of page.cases) {
      test(`${pageCase.section}: ${pageCase.heading}`, () => checkCase(id, pageCase));
    }
  });
}

test("every program of the pages compiles, and so does what each fix makes of it", () => {
  assert.deepEqual(new TypeCheck(pageDirectory).diagnosticsOfAll(programs), []);
});

function checkCase(id: string, pageCase: PageCase): void {
  const name = `${id}.md:${pageCase.line}`;
  const texts = new Map(pageCase.files.map(({ name, text }) => [`${pageDirectory}/${name}`, text]));
  programs.set(name, texts);
  const snapshot = pageAnalysis(texts).snapshot();
  assert.deepEqual(snapshot.problems, []);
  const findings = snapshot.findings();
  checkMarks(pageCase, findings, snapshot);
  const edits = new Map(findings.flatMap(({ fixes }) => fixes.map((fix) => [fix, fix.edits()] as const)));
  for (const finding of findings) {
    checkStory(finding, texts);
    for (const fix of finding.fixes) {
      const change = edits.get(fix);
      if (change) checkFix(name, finding, fix, change, texts, snapshot);
    }
  }
  for (const { name, text, fix } of pageCase.fixed) {
    const offered = findings[0]?.fixes[fix - 1];
    const change = offered && edits.get(offered);
    assert.ok(change, `fix ${fix} of the first finding is ${offered ? "withheld" : "not offered"}`);
    assert.equal(apply(texts, change).get(`${pageDirectory}/${name}`), text, `${name} after fix ${fix}`);
  }
}

/** `file:line rule`, 1-based as editors show it. */
function checkMarks(pageCase: PageCase, findings: readonly Finding[], snapshot: Snapshot): void {
  const reported = findings.map(({ site, ruleId }) => {
    const { line } = snapshot.position(site.file, site.start);
    return `${site.file.slice(pageDirectory.length + 1)}:${line + 1} ${ruleId}`;
  });
  const marked = pageCase.files.flatMap(({ name, marks }) =>
    marks.map(({ kind, line, ruleId }) => ({ kind, text: `${name}:${line + 1} ${ruleId}` })),
  );
  for (const { kind, text } of marked) {
    const isReported = reported.includes(text);
    if (kind === "missed") assert.ok(!isReported, `${text} is no longer missed: move the case to "Bad"`);
    if (kind === "false") assert.ok(isReported, `${text} is no longer a false alarm: move the case to "Good"`);
  }
  const expected = marked.filter(({ kind }) => kind !== "missed").map(({ text }) => text);
  assert.deepEqual(reported.sort(), expected.sort(), findings.map((finding) => finding.message).join("\n"));
}

function checkStory(finding: Finding, texts: ReadonlyMap<string, string>): void {
  const { message, related, ruleId } = finding;
  assert.match(message, /^[^\n]+\.$/, "a message is one line and ends with a full stop");
  assert.match(message, /"[^"]+"/, "a message has the user's names in quotes");
  assert.notEqual(related.length, 0, `${ruleId}: "${message}" does not show the other side`);
  for (const { site, message: phrase } of related) {
    assert.notEqual(phrase, "");
    assert.ok(site.start < site.end && site.end <= (texts.get(site.file)?.length ?? 0), `${phrase}: not a place`);
  }
}

function checkFix(
  name: string,
  finding: Finding,
  fix: Fix,
  edits: readonly Edit[],
  texts: ReadonlyMap<string, string>,
  snapshot: Snapshot,
): void {
  const fixed = apply(texts, edits);
  programs.set(`${name} after "${fix.title}":\n${[...fixed.values()].join("\n")}`, fixed);
  const program = `after "${fix.title}":\n${[...fixed.values()].join("\n")}`;
  const before = defects(snapshot);
  const after = defects(pageAnalysis(fixed).snapshot());
  const own = defect(finding, texts.get(finding.site.file));
  assert.ok((after.get(own) ?? 0) < (before.get(own) ?? 0), `the finding is still there ${program}`);
  const added = [...after].filter(([key, count]) => count > (before.get(key) ?? 0));
  assert.deepEqual(added, [], `there are new findings ${program}`);
  for (const [file, text] of texts) {
    const kept = commentsOf(fixed.get(file) ?? "");
    const { start, end } = finding.site;
    // What is wrong with a comment is mended in the comment.
    const isOwn = (comment: string): boolean => {
      const at = file === finding.site.file ? text.lastIndexOf(comment, start) : -1;
      return at >= 0 && end <= at + comment.length;
    };
    for (const comment of commentsOf(text)) {
      assert.ok(kept.includes(comment) || isOwn(comment), `"${fix.title}" loses ${comment}`);
    }
  }
}

/** What stays the same of a finding when lines move: its rule and the code it is about. */
function defect({ ruleId, site }: Finding, text: string | undefined): string {
  return `${ruleId}: ${text?.slice(site.start, site.end)}`;
}

function defects(snapshot: Snapshot): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const finding of snapshot.findings()) {
    const key = defect(finding, snapshot.text(finding.site.file));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function apply(texts: ReadonlyMap<string, string>, edits: readonly Edit[]): ReadonlyMap<string, string> {
  const result = new Map(texts);
  for (const { site, newText } of [...edits].sort((a, b) => b.site.start - a.site.start)) {
    const text = result.get(site.file) ?? "";
    result.set(site.file, text.slice(0, site.start) + newText + text.slice(site.end));
  }
  return result;
}

function commentsOf(text: string): readonly string[] {
  const comments: string[] = [];
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, false, ts.LanguageVariant.Standard, text);
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isComment = token === ts.SyntaxKind.SingleLineCommentTrivia || token === ts.SyntaxKind.MultiLineCommentTrivia;
    if (isComment) comments.push(scanner.getTokenText());
  }
  return comments;
}
