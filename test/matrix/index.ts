/**
 * `npm run test:matrix [host or way...]`: which primitive works in which host, however the program is loaded. Prints a
 * table, and ends with 1 if a Node.js column has a hole. Linux on x64; fetches the hosts once.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { CommandError, run } from "../../client/host/run.js";
import { repositoryRoot } from "../support/repository.js";
import { type Host, hosts, installed } from "./hosts.js";

const root = fileURLToPath(repositoryRoot);
const source = join(root, "test", "matrix", "probes.ts");
const tsx = join(createRequire(import.meta.url).resolve("tsx/package.json"), "..", "dist", "cli.mjs");
/** A probe that has said nothing for so long hangs: its own waits end before. */
const SILENCE = 20_000;

interface Way {
  readonly name: string;
  /** Arguments that make the host run the probes; undefined where this way is none of the host's. */
  arguments(host: Host): readonly string[] | undefined;
}

const folder = mkdtempSync(join(tmpdir(), "heddle-matrix-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");

/** What a program of its own needs, so that no other configuration is in effect. */
function prepared(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

const plain = join(prepared("types"), "probes.mts");
copyFileSync(source, plain);
const bundles = {
  require: join(prepared("require"), "probes.cjs"),
  esbuild: join(prepared("esbuild"), "probes.mjs"),
  whole: join(prepared("whole"), "probes.mjs"),
  vite: join(prepared("vite"), "probes.js"),
};
const options = { entryPoints: [source], bundle: true, platform: "node" as const, target: "es2022" };
const require = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
await build({
  ...options,
  packages: "external",
  format: "cjs",
  outfile: bundles.require,
  define: { "import.meta.url": "__filename" },
});
await build({ ...options, packages: "external", format: "esm", outfile: bundles.esbuild });
await build({ ...options, format: "esm", outfile: bundles.whole, banner: { js: require } });
const vite = (await import(pathToFileURL(installed("vite", "dist", "node", "index.js")).href)) as {
  build(config: object): Promise<unknown>;
};
await vite.build({
  root,
  logLevel: "error",
  configFile: false,
  ssr: { external: ["heddle"] },
  build: { ssr: source, outDir: join(bundles.vite, ".."), target: "es2022", emptyOutDir: false },
});

const ways: readonly Way[] = [
  { name: "ESM", arguments: () => [fileURLToPath(new URL("./probes.js", import.meta.url))] },
  { name: "require", arguments: () => [bundles.require] },
  { name: "tsx", arguments: (host) => (host.isNode ? [tsx, source] : undefined) },
  { name: "types stripped", arguments: (host) => (host.stripsTypes ? [plain] : undefined) },
  { name: "esbuild", arguments: () => [bundles.esbuild] },
  { name: "esbuild, library too", arguments: () => [bundles.whole] },
  { name: "vite", arguments: () => [bundles.vite] },
];

type Results = Map<string, string>;

/** Runs the probes, without those that hung before, until all have said something. */
async function probe(host: Host, args: readonly string[]): Promise<Results> {
  const results: Results = new Map();
  for (let runs = 0; runs < 5; runs++) {
    const stuck = await runOnce(host, args, results);
    if (stuck === undefined) break;
    results.set(stuck.probe, stuck.why);
    if (stuck.probe === "loading") break;
  }
  return results;
}

interface Stuck {
  readonly probe: string;
  readonly why: string;
}

/** Collects results; the probe that the program hung or ended in, if it did. */
function runOnce(host: Host, args: readonly string[], results: Results): Promise<Stuck | undefined> {
  const [command = "", ...rest] = [...host.command, ...args];
  const child = spawn(command, rest, {
    cwd: folder,
    env: { ...process.env, HEDDLE_MATRIX_SKIP: [...results.keys()].join(";"), NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let current: string | undefined = "loading";
  let errors = "";
  let unfinished = "";
  let isSilent = false;
  const kill = (): void => {
    isSilent = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(kill, SILENCE);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    clearTimeout(timer);
    timer = setTimeout(kill, SILENCE);
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("{")) continue;
      const said = JSON.parse(line) as { begun?: string; probe?: string; result?: string };
      if (said.begun !== undefined) current = said.begun;
      if (said.probe === undefined) continue;
      results.set(said.probe, said.result ?? "");
      current = undefined;
    }
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ probe: "loading", why: error.message }));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const said = /^.*Error.*$/m.exec(errors)?.[0].trim() ?? `exit code ${code ?? signal}`;
      const why = isSilent ? "hangs" : `ends the program: ${said}`;
      resolve(current === undefined ? undefined : { probe: current, why });
    });
  });
}

interface Column {
  readonly title: string;
  readonly host: Host;
  readonly results: Results;
}

const wanted = process.argv.slice(2);
const columns: Column[] = [];
for (const host of hosts) {
  for (const way of ways) {
    const title = `${host.name}, ${way.name}`;
    const args = way.arguments(host);
    if (args === undefined || (wanted.length > 0 && !wanted.some((part) => title.includes(part)))) continue;
    const results = await probe(host, args);
    const good = [...results.values()].filter((result) => result === "ok").length;
    console.error(`${title}: ${good} of ${results.size}`);
    columns.push({ title, host, results });
  }
}

/** What threads say that cannot start from a bundle: documented, and no hole in the table. */
const BUNDLED = /^StateError: \w+\.js is not beside .* the library was bundled/;
const rows = [...new Set(columns.flatMap(({ results }) => [...results.keys()]))];
const notes: string[] = [];

function cell({ title, results }: Column, row: string): string {
  const result = results.get(row);
  if (result === "ok") return "yes";
  if (result === undefined) return "";
  const isBundled = BUNDLED.test(result);
  const note = isBundled
    ? "The error that says to leave the library out of the bundle."
    : `${title}, ${row}: ${result}`;
  if (!notes.includes(note)) notes.push(note);
  return `${isBundled ? "error" : "no"} (${notes.indexOf(note) + 1})`;
}

console.log(`| | ${columns.map(({ title }) => title).join(" | ")} |`);
console.log(`|---|${columns.map(() => "---").join("|")}|`);
for (const row of rows) console.log(`| ${row} | ${columns.map((column) => cell(column, row)).join(" | ")} |`);
for (const [i, note] of notes.entries()) console.log(`${i === 0 ? "\n" : ""}${i + 1}. ${note}`);

/** A browser has none of Node's modules; what a bundler for it says about the library is what a user would see. */
async function inBrowser(): Promise<string> {
  try {
    await build({ ...options, platform: "browser", format: "esm", write: false, logLevel: "silent" });
    return "bundles";
  } catch (error) {
    return (error as Error).message.split("\n")[1] ?? String(error);
  }
}

async function said(command: string, args: readonly string[]): Promise<string> {
  try {
    await run(process.execPath, [installed(...command.split("/")), ...args], { cwd: join(root, "runtime") });
    return "clean";
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

if (wanted.length === 0) {
  console.log(`\nChromium: ${await inBrowser()}`);
  console.log(`publint: ${await said("publint/src/cli.js", ["run", ".", "--strict"])}`);
  console.log(
    `attw: ${await said("@arethetypeswrong/cli/dist/index.js", ["--pack", ".", "--profile", "esm-only", "--no-emoji"])}`,
  );
}
const isHole = (result: string): boolean => result !== "ok" && !BUNDLED.test(result);
const holes = columns.filter(({ host, results }) => host.isNode && [...results.values()].some(isHole));
process.exitCode = holes.length === 0 ? 0 : 1;
