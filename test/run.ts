/**
 * Runs the compiled tests with Node's own runner. Node 20 takes no globs and, given a folder, runs every file in it,
 * so this file picks `out/test/**\/*.test.js`. Arguments narrow the choice: `npm run test:only -- rules lsp`.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);

const files = readdirSync(here, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".test.js"))
  .map((entry) => relative(here, join(entry.parentPath, entry.name)).split(sep).join("/"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(", ") || "out/test/**/*.test.js"}. Was the project built?`);
  process.exit(2);
}

const run = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test", "--test-concurrency=2", ...files.map((file) => join(here, file))],
  { stdio: "inherit" },
);
process.exit(run.status ?? 1);
