import assert from "node:assert/strict";
import { test } from "node:test";
import type { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { formatPretty, styleFor } from "../server/src/cli/pretty.js";
import type { Report, Reported } from "../server/src/cli/report.js";

const terminal = { isTTY: true, columns: 60, hasColors: () => true } as unknown as WriteStream;
const withoutColours = { isTTY: true, columns: 60, hasColors: () => false } as unknown as WriteStream;

/** A report with one finding at the first occurrence of a text in a line. */
function reportOn(line: string, marked: string, message = "what and why"): Report {
  const start = line.indexOf(marked);
  const finding: Reported = {
    ruleId: "some-rule",
    severity: "error",
    message,
    file: "src/a.ts",
    range: { start: { line: 9, character: start }, end: { line: 9, character: start + marked.length } },
    lines: [line],
    related: [],
    ways: [],
    fixes: [],
    fingerprint: "",
  };
  return {
    findings: [finding],
    baseline: undefined,
    problems: [],
    files: 1,
    fixed: { fixes: 0, files: 0 },
    stats: undefined,
  };
}

function frameOf(line: string, marked: string): string[] {
  return formatPretty(reportOn(line, marked), styleFor(withoutColours)).split("\n").slice(2, 4);
}

test("a terminal gets colours, unless it has none", () => {
  const report = reportOn("total.value += 1;", "total.value");
  const coloured = formatPretty(report, styleFor(terminal));
  const plain = formatPretty(report, styleFor(withoutColours));
  assert.notEqual(coloured, plain);
  assert.equal(stripVTControlCharacters(coloured), plain);
  assert.equal(stripVTControlCharacters(plain), plain);
});

test("marks stand below what they mean: tabs, wide characters, combining marks", () => {
  assert.deepEqual(frameOf("\tif (x) y += 1;", "y += 1"), ["  10 |   if (x) y += 1;", "     |          ^^^^^^"]);
  assert.deepEqual(frameOf("f('名前', y);", "y"), ["  10 | f('名前', y);", "     |           ^"]);
  assert.deepEqual(frameOf("f('\u{1f9f5}e\u0301', y);", "y"), [
    "  10 | f('\u{1f9f5}e\u0301', y);",
    "     |          ^",
  ]);
  assert.deepEqual(frameOf("f();", ""), ["  10 | f();", "     | ^"]);
});

test("a line longer than the terminal is cut around what is marked", () => {
  const filler = "const filler = 1; ".repeat(50);
  const [code, marks] = frameOf(`${filler}total.value += 1;${filler}`, "total.value += 1;");
  assert.ok(code!.length <= 60 && marks!.length <= 60);
  const column = marks!.indexOf("^");
  assert.equal(code!.slice(column, column + "total.value += 1;".length), "total.value += 1;");
  const [long] = frameOf("x".repeat(500), "x".repeat(500));
  assert.ok(long!.length <= 60);
});

test("code and messages cannot steer the terminal", () => {
  const hostile = "x\x1b[2J\x07\u202e";
  const text = formatPretty(reportOn(`f("${hostile}")`, hostile, `"${hostile}"\nfake line`), styleFor(withoutColours));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through.
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\u202e]/);
  assert.equal(text.split("\n").length, 7);
});
