/**
 * How fast the analysis is, against the goals in the design: `npm run bench:server -- [lines] [folder]`; and how the
 * times grow with the project: `npm run bench:server -- growth`.
 *
 * 1. `heddle check` against `tsc --noEmit` on the same files: wall clock and peak memory of whole processes, runs taken
 *    in turns so that all meet the same noise, medians; and against itself, with nothing changed since the last run.
 *    Nothing is known of the files, but it is not Heddle's first run: what Node.js compiled of it is kept.
 * 2. From an edit to the findings of the edited file, in a project that stays open.
 *
 * Without a folder the project is generated (100,000 lines), and 1. is measured on this repository as well: written by
 * people, and about nothing but concurrency, so that most of its files are analysed. A folder must have a tsconfig.json.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Analysis } from "../../server/src/analysis.js";
import { findProjects } from "../../server/src/source/project.js";
import { heddleBinary } from "../support/heddle.js";
import { generateProject, Random } from "./generate-project.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const rounds = 5;
const ownRounds = 3;
/** Of which each is taken back. */
const edits = 250;
/** Lines of the projects by which growth is measured. */
const sizes = [10_000, 65_000, 185_000, 1_000_000];

interface Goal {
  readonly what: string;
  readonly measured: number;
  readonly goal: number;
  readonly unit: string;
}

const [what = "100000", given] = process.argv.slice(2);

function main(): void {
  if (what === "growth") return measureGrowth();
  const measure = (folder: string) => [...compareWithCompiler(folder, rounds), ...measureEdits(folder)];
  if (given !== undefined) return report("", measure(resolve(given)));
  withProject(Number(what), (folder) => {
    const generated = measure(folder);
    console.log("\nthis repository:");
    const own = compareWithCompiler(root, ownRounds);
    report("the generated project:", generated);
    report("this repository:", own);
  });
}

/** Calls `measure` with the folder of a generated project, which is gone afterwards. */
function withProject(lines: number, measure: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "heddle-bench-"));
  try {
    const project = generateProject(folder, lines);
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(root, "runtime"), join(folder, "node_modules", "heddle"), "junction");
    const share = Math.round((100 * project.concurrent.length) / project.files.length);
    console.log(`generated: ${project.files.length} files, ${project.lines} lines, ${share} % of the files concurrent`);
    measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const check = [heddleBinary, "check", "--project", "tsconfig.json"];
const typeCheck = [compiler, "--noEmit", "--project", "tsconfig.json"];

/** One run each: what is asked is how they grow, and the largest takes its time. */
function measureGrowth(): void {
  const rows: string[] = [];
  for (const lines of sizes) {
    withProject(lines, (folder) => {
      const heddle = run([...check, "--no-cache"], folder);
      const tsc = run(typeCheck, folder);
      const microseconds = (heddle.milliseconds * 1000) / lines;
      rows.push(
        `| ${lines.toLocaleString("en")} | ${milliseconds(heddle.milliseconds)} | ${microseconds.toFixed(1)} µs | ` +
          `${Math.round(heddle.megabytes)} MB | ${milliseconds(tsc.milliseconds)} | ${Math.round(tsc.megabytes)} MB | ` +
          `${(heddle.milliseconds / tsc.milliseconds).toFixed(2)}× |`,
      );
    });
  }
  console.log("\n| lines | heddle check | a line | memory | tsc --noEmit | memory | ratio |");
  console.log(`| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n${rows.join("\n")}`);
}

function compareWithCompiler(folder: string, turns: number): Goal[] {
  const cache = mkdtempSync(join(tmpdir(), "heddle-bench-cache-"));
  const programs = {
    heddle: [...check, "--no-cache"],
    warm: [...check, "--cache-dir", cache],
    tsc: typeCheck,
  };
  const runs = { heddle: [] as Run[], warm: [] as Run[], tsc: [] as Run[] };
  run(programs.warm, folder); // Fills the cache.
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) runs[name].push(run(programs[name], folder));
  }
  rmSync(cache, { recursive: true, force: true });
  for (const name of names) {
    const codes = new Set(runs[name].map(({ code }) => code));
    console.log(
      `${name.padEnd(6)}  ${milliseconds(median(runs[name].map((each) => each.milliseconds)))}, ` +
        `${milliseconds(median(runs[name].map((each) => each.cpu)))} of CPU time, ` +
        `${Math.round(median(runs[name].map((each) => each.megabytes)))} MB at most, exit code ${[...codes].join("/")}`,
    );
  }
  const ratio = (of: (run: Run) => number) => median(runs.heddle.map(of)) / median(runs.tsc.map(of));
  const warm = (of: (run: Run) => number) => median(runs.warm.map(of)) / median(runs.heddle.map(of));
  return [
    { what: "nothing changed / cold, wall clock", measured: warm((each) => each.milliseconds), goal: 0.2, unit: "x" },
    { what: "nothing changed / cold, CPU time", measured: warm((each) => each.cpu), goal: 0.2, unit: "x" },
    {
      what: "heddle check / tsc --noEmit, wall clock",
      measured: ratio((each) => each.milliseconds),
      goal: 0.35,
      unit: "x",
    },
    { what: "heddle check / tsc --noEmit, CPU time", measured: ratio((each) => each.cpu), goal: 0.35, unit: "x" },
    {
      what: "heddle check / tsc --noEmit, peak memory",
      measured: ratio((each) => each.megabytes),
      goal: 0.8,
      unit: "x",
    },
  ];
}

const names = ["heddle", "warm", "tsc"] as const;

interface Run {
  readonly milliseconds: number;
  /** Milliseconds of all cores together: on a busy machine the steadier figure. */
  readonly cpu: number;
  readonly megabytes: number;
  readonly code: number | null;
}

/** Written by the process itself at its end, into a pipe of its own: no sampling can miss the peak. */
const tellUsage = `data:text/javascript,${encodeURIComponent(
  'import { writeSync } from "node:fs"; process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); ' +
    "writeSync(3, JSON.stringify([maxRSS / 1024, (userCPUTime + systemCPUTime) / 1000])); });",
)}`;

function run(args: readonly string[], cwd: string): Run {
  const start = performance.now();
  const result = spawnSync(process.execPath, ["--import", tellUsage, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    maxBuffer: 2 ** 30,
    encoding: "utf8",
  });
  const elapsed = performance.now() - start;
  // Both answer 1 or 2 where they find something; anything else did not do the work.
  if (result.status === null || result.status > 2 || result.stderr.includes("internal error")) {
    throw new Error(`${args.join(" ")} failed: ${result.stderr || result.stdout}`);
  }
  const [megabytes, cpu] = JSON.parse(result.output[3] ?? "[]") as [number, number];
  return { milliseconds: elapsed, cpu, megabytes, code: result.status };
}

function measureEdits(folder: string): Goal[] {
  const [project] = findProjects([], { project: folder });
  if (project === undefined) throw new Error(`${folder} has no project`);
  const start = performance.now();
  const analysis = new Analysis(project);
  const findings = analysis.snapshot().findings().length;
  console.log(`opened  ${milliseconds(performance.now() - start)}, ${findings} findings`);

  const random = new Random(1);
  const concurrent = project.files.filter((file) => /heddle|worker_threads|Atomics/.test(readFileSync(file, "utf8")));
  const times = { plain: [] as number[], concurrent: [] as number[] };
  for (let edit = 0; edit < edits; edit++) {
    // People edit the code with threads more often than its share of the files, since there the squiggles are.
    const isConcurrent = edit % 2 === 1 && concurrent.length > 0;
    const file = random.pick(isConcurrent ? concurrent : project.files)!;
    const original = readFileSync(file, "utf8");
    for (const text of [typed(original, random), original]) {
      const before = performance.now();
      analysis.update([{ file, text }]);
      analysis.snapshot().findings(file);
      times[concurrent.includes(file) ? "concurrent" : "plain"].push(performance.now() - before);
    }
  }
  for (const kind of ["plain", "concurrent"] as const) {
    const all = times[kind];
    console.log(
      `edit of a ${kind} file: p50 ${milliseconds(quantile(all, 0.5))}, p95 ${milliseconds(quantile(all, 0.95))}, ` +
        `p99 ${milliseconds(quantile(all, 0.99))}, most ${milliseconds(quantile(all, 1))} (${all.length} edits)`,
    );
  }
  const all = [...times.plain, ...times.concurrent];
  return [
    { what: "edit -> findings of the file, p50", measured: quantile(all, 0.5), goal: 50, unit: " ms" },
    { what: "edit -> findings of the file, p95", measured: quantile(all, 0.95), goal: 150, unit: " ms" },
  ];
}

/** What a moment of typing does: a character more in a name, half a statement, a new line, a comment. */
function typed(text: string, random: Random): string {
  const lines = text.split("\n");
  const bodies = lines.flatMap((line, index) => (/^ {2,}\S.*;$/.test(line) ? [index] : []));
  const index = random.pick(bodies) ?? 0;
  const line = lines[index] ?? "";
  const variants = [line.replace(/(\w)\b/, "$1x"), `${line}\n  if (`, `${line}\n  void 0;`, `${line} // why`, ""];
  lines[index] = random.pick(variants) ?? line;
  return lines.join("\n");
}

function report(subject: string, goals: readonly Goal[]): void {
  console.log(`\n${subject}`);
  for (const { what, measured, goal, unit } of goals) {
    const verdict = measured <= goal ? "reached" : "MISSED";
    console.log(`${what.padEnd(42)} ${measured.toFixed(2)}${unit} (goal ${goal}${unit}: ${verdict})`);
  }
}

function milliseconds(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(1)} ms`;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

if (!existsSync(join(root, "server", "dist", "heddle.cjs"))) {
  console.error("server/dist/heddle.cjs is missing; run `npm run build` first.");
  process.exitCode = 2;
} else if (what !== "growth" && !(Number.isSafeInteger(Number(what)) && Number(what) > 0)) {
  console.error(`${what} is no number of lines. Usage: npm run bench:server -- [lines [folder] | growth]`);
  process.exitCode = 2;
} else if (given !== undefined && !existsSync(join(given, "tsconfig.json"))) {
  console.error(`${given} has no tsconfig.json; name the folder of a project.`);
  process.exitCode = 2;
} else {
  main();
}
