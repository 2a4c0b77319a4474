import { performance } from "node:perf_hooks";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import type { Snapshot } from "../analysis.js";
import { defaultCacheFolder } from "../cache-folder.js";
import { nearestConfiguration } from "../configuration.js";
import { type Level, levels, type Severity } from "../finding.js";
import { ResultCache } from "../result-cache.js";
import { rules } from "../rules/index.js";
import type { Answer } from "../source/disk.js";
import { findProjects, type Project, ProjectError } from "../source/project.js";
import { parts, Stopwatch } from "../source/stopwatch.js";
import { applyFixes, type Repair } from "./apply-fixes.js";
import { type Arguments, type Command, oneOf, UsageError } from "./arguments.js";
import { type BaselineEntry, compareWithBaseline, readBaseline, writeBaseline } from "./baseline.js";
import { configurationText, configuredAnalysis } from "./configured-analysis.js";
import { formatEslintJson } from "./eslint-json.js";
import { formatGitHub } from "./github.js";
import { formatJson } from "./json.js";
import { formatPretty, styleFor } from "./pretty.js";
import { Progress } from "./progress.js";
import { collect, type Report, type Reported, type Stats, shownPath, sortedOnce, touches } from "./report.js";
import { formatSarif } from "./sarif.js";

const formats = ["pretty", "json", "sarif", "github", "eslint"] as const;

/** Those whose readers apply the edits of fixes. */
const formatsWithEdits: readonly string[] = ["json", "sarif"];

/** `heddle check`: the findings of whole projects. */
export const check: Command = {
  name: "check",
  operands: "[paths...]",
  summary: "reports concurrency defects",
  options: {
    project: { value: "tsconfig.json", text: "analyse the files of this project" },
    format: { value: formats.join("|"), text: "how to print the findings (default: pretty)" },
    rule: { value: "id=level", multiple: true, text: `set a rule to ${levels.join(", ")}; may be repeated` },
    baseline: { value: "file", text: "leave out the findings that this file knows" },
    "update-baseline": { text: "write what is found into the baseline" },
    "max-warnings": { value: "n", text: "let this many warnings pass (default: 0)" },
    "no-cache": { text: "analyse everything again, and keep nothing" },
    "cache-dir": { value: "dir", text: "keep what was found for the next run here (default: the user's cache)" },
    fix: { text: "apply the first fix of every finding that has one" },
    stats: { text: "also print sizes, memory, and where the time went" },
  },
  details: `The files are those of the nearest tsconfig upward from each path (default: the working directory)
and of the projects it refers to; without a tsconfig, the source files below the paths. With paths,
only findings that touch them are printed.

The nearest heddle.config.json at or above a project says how severe rules are and which files are left out;
--rule counts more, and what is named is checked even where it is left out.

A baseline knows findings by fingerprints, which stay the same when lines move. It lets a project fail for
new findings only.

What is found in a project is kept in the cache folder, and is the answer of later runs until something changes that
it rests on. The folder can be deleted at any time.

Exit codes: 0 no findings, 1 findings (errors, or more warnings than may pass; infos never count),
2 bad usage, a project that cannot be read, or an internal error.`,
  async run(args) {
    const { format, severities, maxWarnings, project, baseline } = settingsOf(args);
    if (args.operands.includes("")) throw new UsageError("a path is empty; is a variable of the shell not set?");
    const projects = findProjects(args.operands, project === undefined ? {} : { project });
    const isUpdate = args.has("update-baseline");
    // Before the work: who waits for minutes does not want to hear then that a file is damaged.
    const known = baseline === undefined || isUpdate ? [] : readBaseline(baseline);
    const cacheFolder = args.has("no-cache") ? undefined : (args.value("cache-dir") ?? defaultCacheFolder());
    const all = analyse(projects, {
      severities,
      paths: args.operands,
      fix: args.has("fix"),
      stats: args.has("stats"),
      withEdits: formatsWithEdits.includes(format),
      cache: cacheFolder === undefined ? undefined : new ResultCache(cacheFolder),
    });
    const report =
      baseline === undefined ? all : isUpdate ? allKnown(all, baseline) : withoutKnown(all, baseline, known);
    for (const problem of report.problems) process.stderr.write(`heddle: ${problem}\n`);
    process.stdout.write(printed(report, format));
    return exitCode(report.findings, maxWarnings);
  },
};

type Format = (typeof formats)[number];

function printed(report: Report, format: Format): string {
  switch (format) {
    case "json":
      return formatJson(report);
    case "sarif":
      return formatSarif(report);
    case "github":
      return formatGitHub(report);
    case "eslint":
      return formatEslintJson(report);
    case "pretty":
      return formatPretty(report, styleFor(process.stdout));
  }
}

/** Writes the baseline, by which nothing in the report is new any more. */
function allKnown(report: Report, file: string): Report {
  writeBaseline(file, report.findings);
  return { ...report, findings: [], baseline: { file, known: report.findings.length, gone: 0, isNew: true } };
}

function withoutKnown(report: Report, file: string, entries: readonly BaselineEntry[]): Report {
  const { fresh, known, gone } = compareWithBaseline(report.findings, entries);
  return { ...report, findings: fresh, baseline: { file, known, gone, isNew: false } };
}

interface Settings {
  readonly format: Format;
  readonly baseline: string | undefined;
  readonly severities: ReadonlyMap<string, Level>;
  readonly maxWarnings: number;
  readonly project: string | undefined;
}

function settingsOf(args: Arguments): Settings {
  const severities = new Map<string, Level>();
  for (const setting of args.values("rule")) {
    const [id = "", level, ...more] = setting.split("=");
    if (level === undefined || more.length > 0) {
      throw new UsageError(`--rule ${setting} is no setting of a rule; write --rule id=level`);
    }
    severities.set(oneOf("rule", id, [...rules.keys()]), oneOf("level", level, levels));
  }
  const written = args.value("max-warnings") ?? "0";
  if (!/^\d+$/.test(written))
    throw new UsageError(`--max-warnings ${written} is no number of warnings; write 0 or more`);
  const baseline = args.value("baseline");
  if (args.has("update-baseline") && baseline === undefined) {
    throw new UsageError("--update-baseline needs to know which; write --baseline <file> too");
  }
  return {
    baseline,
    format: oneOf("format", args.value("format") ?? "pretty", formats),
    severities,
    maxWarnings: Number(written),
    project: args.value("project"),
  };
}

interface Task {
  readonly severities: ReadonlyMap<string, Level>;
  readonly paths: readonly string[];
  readonly fix: boolean;
  readonly stats: boolean;
  /** Whether the edits of the fixes are wanted: they are dear, since every fix is analysed and type-checked. */
  readonly withEdits: boolean;
  /** What earlier runs found; undefined where that is not wanted. */
  readonly cache: ResultCache<ProjectResult> | undefined;
}

/** One project after the other, and nothing kept of it but plain findings: a compiler's memory is freed early. */
function analyse(projects: readonly Project[], task: Task): Report {
  const findings: Reported[] = [];
  const problems: string[] = [];
  const repair: Repair = { fixes: 0, files: new Set(), problems: [] };
  const sizes = { files: 0, lines: 0, functions: 0, cachedFiles: 0 };
  const start = performance.now();
  const watch = task.stats ? new Stopwatch() : undefined;
  const progress = new Progress(process.stderr);
  for (const project of projects) {
    progress.show(`reading ${project.files.length.toLocaleString("en")} files`);
    const result = resultOf(project, task, repair, watch);
    findings.push(...result.findings);
    problems.push(...result.problems);
    sizes.files += result.files;
    sizes.lines += result.lines;
    sizes.functions += result.functions;
    if (result.isKept) sizes.cachedFiles += result.files;
  }
  progress.clear();
  if (sizes.files === 0) {
    throw new ProjectError(
      `${problems[0]?.replace(/\.$/, "") ?? nothingToRead(projects)}; name files that can be read`,
    );
  }
  return {
    findings: sortedOnce(findings),
    baseline: undefined,
    problems: [...new Set([...problems, ...repair.problems])].map(shortened),
    files: sizes.files,
    fixed: { fixes: repair.fixes, files: repair.files.size },
    stats: watch && withUsage(sizes, watch, start),
  };
}

function nothingToRead(projects: readonly Project[]): string {
  const file = projects.map(({ directory }) => nearestConfiguration(directory)).find((found) => found !== undefined);
  return file === undefined ? "no file can be read" : `${file}: "exclude" leaves out every file`;
}

/** What is found in one project. */
interface ProjectResult {
  readonly findings: readonly Reported[];
  readonly problems: readonly string[];
  readonly files: number;
  readonly lines: number;
  readonly functions: number;
  /** Whether an earlier run found it. */
  readonly isKept: boolean;
}

/** From the cache where an earlier run saw the same, else by analysis. */
function resultOf(project: Project, task: Task, repair: Repair, watch: Stopwatch | undefined): ProjectResult {
  if (task.fix || task.cache === undefined) return analysed(project, task, repair, watch).result;
  const { paths, severities, withEdits } = task;
  const configuration = configurationText(project);
  const key = [process.cwd(), project, configuration, paths, [...severities], withEdits];
  const kept = task.cache.read(key);
  if (kept) return { ...kept, isKept: true };
  const { result, asked } = analysed(project, task, repair, watch);
  // What failed may go well another time, and the configuration may have been edited after the key was made of it.
  const isSound = result.problems.length === project.problems.length;
  if (isSound && isStillConfigured(project, configuration)) task.cache.write(key, asked, result);
  return result;
}

function isStillConfigured(project: Project, configuration: readonly string[]): boolean {
  try {
    return isDeepStrictEqual(configurationText(project), configuration);
  } catch {
    return false; // It was edited into something that cannot be read; the next run says so.
  }
}

function analysed(
  project: Project,
  task: Task,
  repair: Repair,
  watch: Stopwatch | undefined,
): { readonly result: ProjectResult; readonly asked: readonly Answer[] } {
  const analysis = configuredAnalysis(project, task.paths, task.severities, watch);
  const concerns = (snapshot: Snapshot) => snapshot.findings().filter((finding) => touches(finding, task.paths));
  if (task.fix) applyFixes(analysis, concerns, repair);
  const snapshot = analysis.snapshot();
  const findings = concerns(snapshot).map((finding) => collect(finding, snapshot, task.withEdits));
  const { lines, functions } = snapshot.stats();
  const result = {
    findings,
    // The first line of each: the rest of a failed rule's is where it failed.
    problems: snapshot.problems.map((problem) => problem.split("\n", 1)[0] ?? ""),
    files: snapshot.files.filter((file) => snapshot.text(file) !== undefined).length,
    lines,
    functions,
    isKept: false,
  };
  return { result, asked: analysis.asked };
}

function withUsage(
  sizes: Pick<Stats, "files" | "lines" | "functions" | "cachedFiles">,
  watch: Stopwatch,
  start: number,
): Stats {
  const timesOf = (ids: Iterable<string>) => [...ids].map((id) => [id, Math.round(watch.milliseconds(id))] as const);
  const ofRules = timesOf(rules.keys()).filter(([, milliseconds]) => milliseconds > 0);
  const ofParts = timesOf(parts);
  const total = Math.round(performance.now());
  const known = [...ofParts, ...ofRules].reduce((sum, [, milliseconds]) => sum + milliseconds, Math.round(start));
  return {
    ...sizes,
    // Both of the whole process, its start included: that is what the user waits for and pays.
    milliseconds: total,
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    parts: Object.fromEntries([["start", Math.round(start)], ...ofParts, ["rest", Math.max(0, total - known)]]),
    rules: Object.fromEntries(ofRules.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))),
  };
}

function exitCode(findings: readonly Reported[], maxWarnings: number): number {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  return count("error") > 0 || count("warning") > maxWarnings ? 1 : 0;
}

/** Problems name absolute paths; people read them relative to where they are. */
function shortened(problem: string): string {
  return problem.replaceAll(/(?:[A-Za-z]:)?\/[^\s:'",]+/g, (path) => shownPath(path));
}
