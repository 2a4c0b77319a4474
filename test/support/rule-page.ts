/**
 * Reads a rule's page (`server/src/rules/<id>.md`), which is its documentation and its tests at once.
 *
 * ```
 * # lock-reacquired              the rule's id
 * Why it hurts, at most three sentences.
 * ## Bad                         cases with findings
 * ### A heading for the case
 * ```ts                          one file, or several with `ts file=a.ts`
 * lock.acquire(); // ~ lock-reacquired
 * ```
 * ## After the fix               under a bad case's heading: `ts fixed`, or `ts fixed=2` for its second fix
 * ## Good                        the clean twin of every bad case, by heading, and more
 * ## Limits                      what is known to be missed (`// ~missed id`) or wrong (`// ~false id`)
 * ```
 */

const SECTIONS = ["Bad", "After the fix", "Good", "Limits"] as const;
type Section = (typeof SECTIONS)[number];

/** `expected` and `false` findings are there today, `missed` ones are not. */
type MarkKind = "expected" | "missed" | "false";

interface Mark {
  readonly kind: MarkKind;
  readonly ruleId: string;
  /** 0-based, in the file of the case. */
  readonly line: number;
}

interface CaseFile {
  readonly name: string;
  /** Without the marks. */
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** The text of a case's file after one of its fixes. */
interface FixedFile {
  readonly name: string;
  readonly text: string;
  /** 1-based: which fix of the case's first finding. */
  readonly fix: number;
}

export interface PageCase {
  readonly section: "Bad" | "Good" | "Limits";
  readonly heading: string;
  /** 1-based line of the page. */
  readonly line: number;
  readonly files: readonly CaseFile[];
  readonly fixed: readonly FixedFile[];
}

export interface RulePage {
  readonly id: string;
  readonly why: string;
  readonly cases: readonly PageCase[];
}

/** A page that breaks the format; the message begins with `file:line`. */
export class PageError extends Error {
  override readonly name = "PageError";
}

interface Heading {
  readonly line: number;
  readonly level: 1 | 2 | 3;
  readonly text: string;
}

interface Block {
  readonly line: number;
  readonly language: string;
  readonly fix: number | undefined;
  readonly file: string | undefined;
  readonly text: string;
}

interface Prose {
  readonly line: number;
  readonly prose: string;
}

type Part = Heading | Block | Prose;

/** @param name what errors call the page */
export function parseRulePage(name: string, text: string): RulePage {
  const fail = (line: number, message: string): never => {
    throw new PageError(`${name}:${line}: ${message}`);
  };
  const parts = partsOf(text.replaceAll("\r\n", "\n"), fail);
  const [title, ...rest] = parts;
  if (!title || !isHeading(title) || title.level !== 1) return fail(1, "the page begins with `# <rule id>`.");
  const firstSection = rest.findIndex((part) => isHeading(part));
  const why = rest.slice(0, Math.max(firstSection, 0)).map((part) => ("prose" in part ? part.prose : ""));
  checkWhy(why.join(" ").trim(), title.line, fail);
  checkSections(rest.filter(isHeading), title.line, fail);
  const cases = casesOf(rest.slice(firstSection), fail);
  checkTwins(cases, fail);
  return { id: title.text, why: why.join(" ").trim(), cases };
}

type Fail = (line: number, message: string) => never;

function isHeading(part: Part): part is Heading {
  return "level" in part;
}

function partsOf(text: string, fail: Fail): readonly Part[] {
  const parts: Part[] = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const heading = /^(#{1,6})\s+(.*?)\s*$/.exec(line);
    if (heading?.[1] && heading[2] !== undefined) {
      const level = heading[1].length;
      if (level !== 1 && level !== 2 && level !== 3) fail(index + 1, "headings have one to three `#`.");
      else parts.push({ line: index + 1, level, text: heading[2] });
    } else if (line.startsWith("```")) {
      const end = lines.indexOf("```", index + 1);
      if (end < 0) fail(index + 1, "this fenced block is never closed.");
      parts.push(blockOf(line.slice(3), index + 1, lines.slice(index + 1, end).join("\n"), fail));
      index = end;
    } else if (line.trim() !== "") {
      parts.push({ line: index + 1, prose: line.trim() });
    }
  }
  return parts;
}

const LANGUAGES = ["ts", "mts", "cts", "js", "mjs", "cjs"];

function blockOf(info: string, line: number, text: string, fail: Fail): Block {
  const [language = "", ...words] = info.trim().split(/\s+/);
  let fix: number | undefined;
  let file: string | undefined;
  if (!LANGUAGES.includes(language)) fail(line, `a block is one of ${LANGUAGES.join(", ")}, not "${language}".`);
  for (const word of words) {
    const [key, value] = word.split("=");
    if (key === "fixed" && /^[1-9]?$/.test(value ?? "")) fix = Number(value ?? 1);
    else if (key === "file" && value) file = value;
    else fail(line, `a block says \`file=<name>\` or \`fixed\`, not "${word}".`);
  }
  return { line, language, fix, file, text: `${text}\n` };
}

function checkWhy(why: string, line: number, fail: Fail): void {
  const sentences = why.replace(/`[^`]*`/g, "code").match(/[.!?](\s|$)/g)?.length ?? 0;
  if (sentences === 0) fail(line, "below the title one to three sentences say why it hurts.");
  if (sentences > 3) fail(line, `why it hurts takes at most three sentences, not ${sentences}.`);
}

function checkSections(headings: readonly Heading[], line: number, fail: Fail): void {
  const found = headings.filter((heading) => heading.level === 2).map((heading) => heading.text);
  if (found.join() !== SECTIONS.join()) {
    fail(
      line,
      `the sections are ${SECTIONS.map((name) => `"${name}"`).join(", ")}, in this order; found ${found.join(", ")}.`,
    );
  }
  for (const heading of headings) if (heading.level === 1) fail(heading.line, "the page has one title.");
}

interface OpenCase {
  readonly section: Section;
  readonly heading: string;
  readonly line: number;
  readonly blocks: Block[];
}

function casesOf(parts: readonly Part[], fail: Fail): readonly PageCase[] {
  const open: OpenCase[] = [];
  let section: Section | undefined;
  let current: OpenCase | undefined;
  for (const part of parts) {
    if (isHeading(part)) {
      if (part.level === 2) {
        section = SECTIONS.find((name) => name === part.text);
        current = undefined;
      } else if (section) {
        current = { section, heading: part.text, line: part.line, blocks: [] };
        open.push(current);
      }
    } else if ("language" in part) {
      if (!current) return fail(part.line, "a block stands below the `###` heading of its case.");
      current.blocks.push(part);
    }
  }
  const fixes = open.filter((candidate) => candidate.section === "After the fix");
  const cases = open.flatMap((candidate) => closeCase(candidate, fixes, fail));
  for (const fix of fixes) {
    if (!cases.some((known) => known.section === "Bad" && known.heading === fix.heading)) {
      fail(fix.line, `"${fix.heading}" is no case of the section "Bad".`);
    }
  }
  return cases;
}

function closeCase(open: OpenCase, fixes: readonly OpenCase[], fail: Fail): readonly PageCase[] {
  const { section, heading, line, blocks } = open;
  for (const block of blocks) {
    if ((block.fix !== undefined) !== (section === "After the fix")) {
      fail(block.line, 'blocks of the section "After the fix", and no others, are `ts fixed`.');
    }
  }
  if (blocks.length === 0) fail(line, `the case "${heading}" has no block.`);
  if (section === "After the fix") return [];
  const files = blocks.map((block) => caseFile(block, blocks.length, fail));
  const names = files.map((file) => file.name);
  if (new Set(names).size < names.length) fail(line, `two files of the case "${heading}" have one name.`);
  checkMarks(open, files, fail);
  const fixed = fixes
    .filter((fix) => section === "Bad" && fix.heading === heading)
    .flatMap((fix) => fix.blocks.map((block) => fixedFile(block, names, fail)));
  return [{ section, heading, line, files, fixed }];
}

function caseFile(block: Block, count: number, fail: Fail): CaseFile {
  if (count > 1 && !block.file) fail(block.line, "where a case has several files, each says `file=<name>`.");
  const marks: Mark[] = [];
  const lines = block.text.split("\n").map((line, index) => {
    const mark = /\s*\/\/ ~(\S*) (.*)$/.exec(line);
    if (!mark) return line;
    const kind = kindOf(mark[1] ?? "");
    if (!kind) return fail(block.line + 1 + index, `a mark is \`~\`, \`~missed\` or \`~false\`, not "~${mark[1]}".`);
    for (const ruleId of (mark[2] ?? "").split(/[\s,]+/)) marks.push({ kind, ruleId, line: index });
    return line.slice(0, mark.index);
  });
  return { name: block.file ?? `case.${block.language}`, text: lines.join("\n"), marks };
}

function kindOf(word: string): MarkKind | undefined {
  if (word === "") return "expected";
  return word === "missed" || word === "false" ? word : undefined;
}

function fixedFile(block: Block, names: readonly string[], fail: Fail): FixedFile {
  const name = block.file ?? names[0] ?? "";
  if (!names.includes(name)) fail(block.line, `the case has no file "${name}".`);
  if (names.length > 1 && !block.file) fail(block.line, "the case has several files: say `file=<name>`.");
  return { name, text: block.text, fix: block.fix ?? 1 };
}

function checkMarks(open: OpenCase, files: readonly CaseFile[], fail: Fail): void {
  const kinds = files.flatMap((file) => file.marks.map((mark) => mark.kind));
  const wrong = {
    Bad: kinds.some((kind) => kind !== "expected") || kinds.length === 0,
    Good: kinds.length > 0,
    Limits: kinds.some((kind) => kind === "expected") || kinds.length === 0,
    "After the fix": false,
  };
  if (wrong[open.section]) {
    const rules = "bad cases have `~` marks, good ones none, and those under Limits `~missed` or `~false`";
    fail(open.line, `the marks of "${open.heading}" do not fit its section: ${rules}.`);
  }
}

function checkTwins(cases: readonly PageCase[], fail: Fail): void {
  const seen = new Set<string>();
  for (const { section, heading, line } of cases) {
    if (seen.has(`${section}/${heading}`)) fail(line, `the section has two cases "${heading}".`);
    seen.add(`${section}/${heading}`);
  }
  for (const { section, heading, line } of cases) {
    if (section === "Bad" && !seen.has(`Good/${heading}`)) {
      fail(line, `the bad case "${heading}" has no clean twin of that heading under "Good".`);
    }
  }
  for (const section of ["Bad", "Good"] as const) {
    const count = cases.filter((known) => known.section === section).length;
    if (count < 3) fail(1, `the section "${section}" has ${count} cases; three of different shape are the least.`);
  }
}
