/**
 * What fixes are worth: every fix that is offered for the bad cases of the rules' pages and for a corpus is applied alone,
 * and the first ones of each program all together. The gate that fixes have passed is not asked: the compiler and a new
 * look at the program say whether the result compiles as before, lacks the finding and has no new one.
 */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { Analysis, applyEdits, type Snapshot } from "../../server/src/analysis.js";
import type { Finding } from "../../server/src/finding.js";
import { fixAll } from "../../server/src/fix-all.js";
import { findProjects, type Project } from "../../server/src/source/project.js";
import { Folder } from "../support/folder.js";
import { pageDirectory, pageProject } from "../support/page-project.js";
import { repositoryRoot } from "../support/repository.js";
import { parseRulePage } from "../support/rule-page.js";
import { TypeCheck } from "../support/type-check.js";
import { checkOut, packageOf } from "./checkout.js";
import type { Bug, Checkout } from "./manifest.js";

/** Of the fixes, how many have to be right, in percent. */
const GOAL = 98;

type Texts = ReadonlyMap<string, string>;

/** A program with findings. */
interface Subject {
  readonly name: string;
  readonly analysis: Analysis;
  /** What the compiler says of the files if they had these texts, without places. */
  complaints(changed: Texts): readonly string[];
}

interface Tally {
  findings: number;
  offered: number;
  compile: number;
  remove: number;
  addNone: number;
  right: number;
  /** Fixes applied together, and the programs that are right afterwards, of those in which some were. */
  together: number;
  rightPrograms: number;
  programs: number;
}

/**
 * Prints a table, and what is wrong with which fix.
 *
 * @param withPages whether the bad cases of the rules' pages are measured as well
 * @returns whether the goal is met
 */
export function reportFixes(repositories: readonly Checkout[], bugs: readonly Bug[], withPages: boolean): boolean {
  const failures: string[] = [];
  console.log("| where | findings | fixes | compile | remove | add none | right | together | programs right |");
  console.log("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
  const sum = newTally();
  const report = (where: string, subjects: Iterable<Subject>): void => {
    const tally = newTally();
    for (const subject of subjects) measure(subject, tally, failures);
    for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tally[key];
    console.log(row(where, tally));
  };
  if (withPages) report("pages", pageSubjects());
  if (repositories.length > 0) report("repositories", subjectsOfAll(repositories));
  if (bugs.length > 0) report("known bugs", subjectsOfAll(bugs.map(buggyCheckout)));
  console.log(row("**all**", sum));
  if (failures.length > 0) console.log(`\n${failures.join("\n")}`);
  return sum.right * 100 >= sum.offered * GOAL && sum.rightPrograms * 100 >= sum.programs * GOAL;
}

function newTally(): Tally {
  return {
    findings: 0,
    offered: 0,
    compile: 0,
    remove: 0,
    addNone: 0,
    right: 0,
    together: 0,
    rightPrograms: 0,
    programs: 0,
  };
}

function row(where: string, tally: Tally): string {
  const { findings, offered, compile, remove, addNone, right, together, rightPrograms, programs } = tally;
  const share = offered === 0 ? "" : ` (${((right * 100) / offered).toFixed(1)} %)`;
  return `| ${where} | ${findings} | ${offered} | ${compile} | ${remove} | ${addNone} | ${right}${share} | ${together} | ${rightPrograms} of ${programs} |`;
}

function measure({ name, analysis, complaints }: Subject, tally: Tally, failures: string[]): void {
  const snapshot = analysis.snapshot();
  const findings = snapshot.findings();
  tally.findings += findings.length;
  const before = defectsOf(snapshot);
  const originals = (texts: Texts) => [...texts.keys()].map((file) => ({ file, text: snapshot.text(file) }));
  const offers = findings.flatMap((finding) =>
    finding.fixes.flatMap((fix) => {
      const edits = fix.edits();
      return edits ? [{ finding, title: fix.title, edits }] : [];
    }),
  );
  if (offers.length === 0) return;
  const said = counts(complaints(new Map()));
  for (const { finding, title, edits } of offers) {
    const texts = applyEdits(edits, (file) => snapshot.text(file) ?? "");
    analysis.update([...texts].map(([file, text]) => ({ file, text })));
    const after = defectsOf(analysis.snapshot());
    analysis.update(originals(texts));
    const own = defectOf(finding, snapshot);
    const compiles = addsNothing(counts(complaints(texts)), said);
    const removes = (after.get(own) ?? 0) < (before.get(own) ?? 0);
    const addsNone = addsNothing(after, before);
    tally.offered++;
    if (compiles) tally.compile++;
    if (removes) tally.remove++;
    if (addsNone) tally.addNone++;
    if (compiles && removes && addsNone) tally.right++;
    else failures.push(`- ${name}: ${finding.ruleId}, "${title}": ${wrong(compiles, removes, addsNone)}`);
  }
  const { texts, fixes } = fixAll(analysis, (current) => current.findings());
  const after = defectsOf(analysis.snapshot());
  const left = analysis
    .snapshot()
    .findings()
    .filter((finding) => finding.fixes.some((fix) => fix.edits()));
  analysis.update(originals(texts));
  tally.programs++;
  tally.together += fixes;
  const compiles = addsNothing(counts(complaints(texts)), said);
  const addsNone = addsNothing(after, before);
  if (compiles && left.length === 0 && addsNone) tally.rightPrograms++;
  else failures.push(`- ${name}: ${fixes} fixes together: ${wrong(compiles, left.length === 0, addsNone)}`);
}

function wrong(compiles: boolean, removes: boolean, addsNone: boolean): string {
  const parts = [
    ...(compiles ? [] : ["does not compile"]),
    ...(removes ? [] : ["leaves the finding"]),
    ...(addsNone ? [] : ["adds a finding"]),
  ];
  return parts.join(", ");
}

/** What stays the same of a finding when lines move: its rule and the code it is about. */
function defectOf({ ruleId, site }: Finding, snapshot: Snapshot): string {
  const text = snapshot.text(site.file)?.slice(site.start, site.end).replace(/\s+/g, " ");
  return `${ruleId} | ${site.file} | ${text}`;
}

function defectsOf(snapshot: Snapshot): ReadonlyMap<string, number> {
  return counts(snapshot.findings().map((finding) => defectOf(finding, snapshot)));
}

function counts(texts: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1);
  return found;
}

function addsNothing(after: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): boolean {
  return [...after].every(([key, count]) => count <= (before.get(key) ?? 0));
}

function* pageSubjects(): Generator<Subject> {
  const folder = new URL("server/src/rules/", repositoryRoot);
  const typeCheck = new TypeCheck(pageDirectory);
  const analysis = new Analysis(pageProject);
  let known: Texts = new Map();
  for (const page of readdirSync(folder).sort()) {
    if (!page.endsWith(".md")) continue;
    for (const { section, heading, files } of parseRulePage(page, readFileSync(new URL(page, folder), "utf8")).cases) {
      if (section !== "Bad") continue;
      const texts = new Map(files.map(({ name, text }) => [`${pageDirectory}/${name}`, text]));
      const gone = [...known.keys()].filter((file) => !texts.has(file)).map((file) => ({ file, text: undefined }));
      analysis.update([...gone, ...[...texts].map(([file, text]) => ({ file, text }))]);
      known = texts;
      const complaints = (changed: Texts) =>
        typeCheck.diagnostics(new Map([...texts, ...changed])).map((line) => line.replace(/:\d+: /, ": "));
      yield { name: `${page}, "${heading}"`, analysis, complaints };
    }
  }
}

function buggyCheckout({ id, repo, gitdir, buggy, ranges }: Bug): Omit<Checkout, "lines"> {
  const paths = [...new Set(ranges.map(({ path }) => packageOf(gitdir, buggy, path)))];
  return { repo: `${id} ${repo}`, gitdir, commit: buggy, paths };
}

function* subjectsOfAll(checkouts: readonly Omit<Checkout, "lines">[]): Generator<Subject> {
  for (const checkout of checkouts) yield* subjectsOf(checkout);
}

function* subjectsOf({ repo, gitdir, commit, paths }: Omit<Checkout, "lines">): Generator<Subject> {
  using folder = new Folder();
  checkOut(gitdir, commit, paths, folder.path);
  for (const project of findProjects([folder.path])) {
    yield { name: repo, analysis: new Analysis(project), complaints: compilerOf(project) };
  }
}

/** The compiler's messages about the files that have changed; about those of the first question, without any. */
function compilerOf({ files, options }: Project): Subject["complaints"] {
  // The engine brings a compiler of its own, whose numbers mean the same.
  const settings = { ...options, noEmit: true, skipLibCheck: true } as unknown as ts.CompilerOptions;
  let last: ts.Program | undefined;
  return (changed) => {
    const host = ts.createCompilerHost(settings);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (file, ...rest) => {
      const text = changed.get(file);
      return text === undefined ? read(file, ...rest) : ts.createSourceFile(file, text, rest[0], true);
    };
    const program = ts.createProgram({
      rootNames: [...files],
      options: settings,
      host,
      ...(last ? { oldProgram: last } : {}),
    });
    last ??= program;
    return [...(changed.size > 0 ? changed.keys() : files)].flatMap((file) => {
      const tree = program.getSourceFile(file);
      const said = tree ? [...program.getSyntacticDiagnostics(tree), ...program.getSemanticDiagnostics(tree)] : [];
      return said.map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
    });
  };
}
