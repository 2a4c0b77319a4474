/**
 * Runs the compiled tests with Node's own runner. Node 20 takes no globs and, given a folder, runs every file in it,
 * so this file picks `out/test/**\/*.test.js`. Arguments narrow the choice: `npm run test:only -- rules lsp`.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { spec, tap } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { v8Flag } from "../server/src/v8-flags.js";

/** What takes long begins first, so that nothing is left to run alone at the end: all that take fifteen seconds of processor time. */
const longest = [
  "vscode",
  "rules",
  "bad-input",
  "self-check",
  "cli",
  "incremental",
  "result-cache",
  "formats",
  "lsp/warm-start",
  "lsp/diagnostics",
  "compiled-code",
  "trace/findings",
  "panel/page",
  "runtime/rabbit",
  "runtime/redis",
  "runtime/class-pages",
  "matrix/where-it-runs",
];

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);

const files = readdirSync(here, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".test.js"))
  .map((entry) => relative(here, join(entry.parentPath, entry.name)).split(sep).join("/"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort((a, b) => turn(a) - turn(b) || (a < b ? -1 : 1));

if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(", ") || "out/test/**/*.test.js"}. Was the project built?`);
  process.exit(2);
}

function turn(file: string): number {
  const place = longest.indexOf(file.replace(/\.test\.js$/, ""));
  return place < 0 ? longest.length : place;
}

// The runner gives its own flags to the processes of the files; most of these run the analysis or the type checker.
if (v8Flag !== undefined) process.execArgv.push(v8Flag);
// One more than there are cores: a test of an editor or of threads waits for most of its time.
const concurrency = availableParallelism() + 1;
const tests = run({ files: files.map((file) => join(here, file)), concurrency });
const failures: string[] = [];
tests.on("test:fail", ({ name, file = "", details, todo }) => {
  if (todo !== undefined && todo !== false) return;
  process.exitCode = 1;
  const error: Error & { readonly failureType?: unknown } = details.error;
  // Of a test that fails for those in it, these are told.
  const { cause, message } = error;
  const why = cause instanceof Error ? cause.stack : message;
  if (error.failureType !== "subtestsFailed") failures.push(`${relative(here, file)}: ${name}\n${why}`);
});
const report = process.stdout.isTTY ? tests.compose(new spec()) : tests.compose(tap);
report.pipe(process.stdout);
await finished(report);
// Where the report is long, its end is what is read.
for (const failure of failures) console.log(`\nFailed: ${failure}`);
