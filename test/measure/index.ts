/**
 * `npm run measure -- --corpus <manifest.json> --mirror <folder of clones>`: what the analysis says of code that nobody
 * here wrote. Every finding has to be judged by a person in `judged.md`; what is not judged yet is listed. Prints
 * Markdown: findings, verdicts, time and memory per repository, false alarms per 10,000 lines of code, and which of the
 * known bugs are found. A bug is found if a finding judged true is at most 15 lines from what its mend touched, and is
 * gone after the mend.
 *
 * `--only <part of a name>` measures some of it, `--scale <level>` one of the large code bases.
 *
 * `npm run measure -- --fixes` applies every offered fix instead: of the bad cases of the rules' pages and, where it is
 * given, of the corpus; with `--only`, of that alone.
 */
import { parseArgs } from "node:util";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { checkOut, packageOf } from "./checkout.js";
import { reportFixes } from "./fixes.js";
import { placeOf, readVerdicts, type Verdict } from "./judged.js";
import { type Bug, type Checkout, readManifest } from "./manifest.js";

const USAGE =
  "Usage: npm run measure -- --corpus <manifest.json> --mirror <folder of clones> [--only <part of a name>] [--scale <level>]\n" +
  "       npm run measure -- --fixes [--corpus <manifest.json> --mirror <folder of clones>] [--only <part of a name>]";
/** Lines between a finding and what a mend touched, within which it tells of the bug. */
const NEAR = 15;
const LINES_PER_RATE = 10_000;
/** What the analysis of one repository may take, in milliseconds, before it counts as hung. */
const PATIENCE = 20 * 60_000;

interface Finding {
  readonly ruleId: string;
  readonly message: string;
  readonly file: string;
  readonly range: { readonly start: { readonly line: number } };
}

interface Report {
  readonly findings: readonly Finding[];
  readonly stats?: { readonly files: number; readonly milliseconds: number; readonly peakMegabytes: number };
  /** Why there is no report, of an analysis that broke. */
  readonly failure?: string;
}

const values = options();
if (values.fixes) {
  const { corpus, mirror, only } = values;
  if ((corpus === undefined) !== (mirror === undefined)) {
    console.error(`measure: --corpus and --mirror go together.\n${USAGE}`);
    process.exit(2);
  }
  const { repositories, bugs } = corpus && mirror ? readManifest(corpus, mirror) : { repositories: [], bugs: [] };
  const isGood = reportFixes(
    repositories.filter(({ repo }) => repo.includes(only)),
    bugs.filter(({ id, repo }) => repo.includes(only) || id === only),
    only === "",
  );
  process.exit(isGood ? 0 : 1);
}
if (!(values.corpus && values.mirror)) {
  console.error(USAGE);
  process.exit(2);
}
const { only, scale } = values;
const manifest = readManifest(values.corpus, values.mirror);
const verdicts = readVerdicts();
const unjudged: string[] = [];
let crashes = 0;

const sets = scale === undefined ? manifest.repositories : manifest.scale.get(scale);
if (!sets) {
  console.error(`The corpus has no level ${scale}; it has ${[...manifest.scale.keys()].join(", ")}.`);
  process.exit(2);
}
await reportRepositories(sets.filter(({ repo }) => repo.includes(only)));
if (scale === undefined) await reportBugs(manifest.bugs.filter(({ id, repo }) => repo.includes(only) || id === only));
if (unjudged.length > 0) console.log(`\n${unjudged.length} findings are not judged yet:\n\n${unjudged.join("\n")}`);
if (crashes > 0) process.exitCode = 1;

async function reportRepositories(checkouts: readonly Checkout[]): Promise<void> {
  console.log("| repository | files | lines of code | findings | true | false | unclear | seconds | MB |");
  console.log("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
  const sum = { files: 0, lines: 0, findings: 0, true: 0, false: 0, unclear: 0 };
  for (const checkout of checkouts) {
    const { repo, lines } = checkout;
    const report = await check(checkout);
    if (!report.stats) {
      console.log(`| ${repo} | ${report.failure} |`);
      continue;
    }
    const count = { true: 0, false: 0, unclear: 0 };
    for (const finding of report.findings) {
      const verdict = verdictOf(repo, finding);
      if (verdict) count[verdict]++;
    }
    sum.files += report.stats.files;
    sum.lines += lines;
    sum.findings += report.findings.length;
    for (const verdict of ["true", "false", "unclear"] as const) sum[verdict] += count[verdict];
    const { milliseconds, peakMegabytes } = report.stats;
    console.log(
      `| ${repo} | ${report.stats.files} | ${lines} | ${report.findings.length} | ${count.true} | ${count.false} | ${count.unclear} | ${(milliseconds / 1000).toFixed(1)} | ${peakMegabytes} |`,
    );
  }
  console.log(
    `| **all** | ${sum.files} | ${sum.lines} | ${sum.findings} | ${sum.true} | ${sum.false} | ${sum.unclear} | | |`,
  );
  const rate = (sum.false * LINES_PER_RATE) / Math.max(1, sum.lines);
  console.log(`\nFalse alarms per 10,000 lines of code: ${rate.toFixed(2)}.`);
}

async function reportBugs(bugs: readonly Bug[]): Promise<void> {
  console.log("\n| bug | repository | found by |\n|---|---|---|");
  let found = 0;
  for (const bug of bugs) {
    const hits = await hitsOf(bug);
    const rules = [...new Set(hits.filter((hit) => verdictOf(bug.id, hit) === "true").map(({ ruleId }) => ruleId))];
    if (rules.length > 0) found++;
    console.log(`| ${bug.id} | ${bug.repo} | ${rules.map((rule) => `\`${rule}\``).join(", ")} |`);
  }
  console.log(`\n${found} of ${bugs.length} known bugs are found.`);
}

/** The findings near what the mend touched that the mended code does not have. */
async function hitsOf(bug: Bug): Promise<readonly Finding[]> {
  const { gitdir, buggy, fixed } = bug;
  const paths = [...new Set(bug.ranges.map(({ path }) => packageOf(gitdir, buggy, path)))];
  const { findings } = await check({ repo: bug.repo, gitdir, commit: buggy, paths });
  const near = findings.filter(({ file, range }) =>
    bug.ranges.some(
      ({ path, first, last }) =>
        path === file && range.start.line + 1 >= first - NEAR && range.start.line + 1 <= last + NEAR,
    ),
  );
  if (near.length === 0 || fixed === undefined) return near;
  const mended = await check({ repo: bug.repo, gitdir, commit: fixed, paths });
  const remaining = new Set(mended.findings.map(identityOf));
  return near.filter((finding) => !remaining.has(identityOf(finding)));
}

function identityOf({ ruleId, file, message }: Finding): string {
  return `${ruleId} | ${file} | ${message}`;
}

function verdictOf(where: string, { ruleId, file, range, message }: Finding): Verdict | undefined {
  const place = placeOf(where, ruleId, file, range.start.line + 1);
  const verdict = verdicts.get(place);
  if (!verdict) unjudged.push(`| ${place} | | ${message.replaceAll("|", "\\|")} |`);
  return verdict;
}

async function check({ repo, gitdir, commit, paths }: Omit<Checkout, "lines">): Promise<Report> {
  using folder = new Folder();
  checkOut(gitdir, commit, paths, folder.path);
  const args = ["check", ".", "--format", "json", "--stats"];
  const { code, signal, stdout, stderr } = await heddle(args, { cwd: folder.path, deadline: PATIENCE });
  if (code === 0 || code === 1) return JSON.parse(stdout) as Report;
  crashes++;
  console.error(`${repo} at ${commit}: ${stderr.trim()}`);
  return { findings: [], failure: `ended with ${signal ?? code}` };
}

/** What was asked for; ends the process where that cannot be read. */
function options() {
  try {
    return parseArgs({
      options: {
        corpus: { type: "string" },
        mirror: { type: "string" },
        only: { type: "string", default: "" },
        scale: { type: "string" },
        fixes: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`measure: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}
