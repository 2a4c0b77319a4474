/**
 * `npm run test:matrix [host or way...]`: which primitive works in which host, however the program is loaded. Prints a
 * table, and ends with 1 if a column contradicts the documentation's. Linux on x64; fetches the hosts once.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { repositoryRoot } from "../support/repository.js";
import { openBrowser } from "../vscode/chromium.js";
import { bundleForBrowser } from "./bundles.js";
import { type Host, hosts, installed } from "./hosts.js";
import { asProcess, probe, type Start } from "./probing.js";
import { asPage, ISOLATION, Site } from "./site.js";
import { type Column, isHole, markdown } from "./table.js";

const root = fileURLToPath(repositoryRoot);
const source = join(root, "test", "matrix", "probes.ts");
const tsx = join(createRequire(import.meta.url).resolve("tsx/package.json"), "..", "dist", "cli.mjs");

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
  wholeCommonJs: join(prepared("whole"), "probes.cjs"),
  split: join(prepared("split"), "probes.mjs"),
  vite: join(prepared("vite"), "probes.js"),
  wholeVite: join(prepared("whole-vite"), "probes.mjs"),
};
const options = { entryPoints: [source], bundle: true, platform: "node" as const, target: "es2022" };
const commonJs = { format: "cjs" as const, define: { "import.meta.url": "__filename" } };
await build({ ...options, ...commonJs, packages: "external", outfile: bundles.require });
await build({ ...options, packages: "external", format: "esm", outfile: bundles.esbuild });
await build({ ...options, format: "esm", outfile: bundles.whole });
await build({ ...options, ...commonJs, outfile: bundles.wholeCommonJs });
await build({
  ...options,
  entryPoints: { probes: source, other: join(root, "test", "runtime", "programs", "all-loaders.ts") },
  splitting: true,
  format: "esm",
  outdir: join(bundles.split, ".."),
  outExtension: { ".js": ".mjs" },
});

interface Server {
  readonly resolvedUrls: { readonly local: readonly string[] } | null;
  close(): Promise<void>;
}

/** As much of Vite as is used here. */
interface Vite {
  build(config: object): Promise<unknown>;
  preview(config: object): Promise<Server>;
  createServer(config: object): Promise<Server & { listen(): Promise<unknown> }>;
}

const vite = (await import(pathToFileURL(installed("vite", "dist", "node", "index.js")).href)) as Vite;
const quiet = { logLevel: "error", configFile: false };
for (const [file, ssr] of [
  [bundles.vite, { external: ["heddle"] }],
  [bundles.wholeVite, { noExternal: true }],
] as const) {
  await vite.build({
    ...quiet,
    root,
    ssr,
    build: {
      ssr: source,
      outDir: join(file, ".."),
      target: "es2022",
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: file.endsWith(".mjs") ? "[name].mjs" : "[name].js" } },
    },
  });
}

const ways: readonly Way[] = [
  { name: "ESM", arguments: () => [fileURLToPath(new URL("./probes.js", import.meta.url))] },
  { name: "require", arguments: () => [bundles.require] },
  { name: "tsx", arguments: (host) => (host.isNode ? [tsx, source] : undefined) },
  { name: "types stripped", arguments: (host) => (host.stripsTypes ? [plain] : undefined) },
  { name: "esbuild, library outside", arguments: () => [bundles.esbuild] },
  { name: "esbuild, one file", arguments: () => [bundles.whole] },
  { name: "esbuild, one CommonJS file", arguments: () => [bundles.wholeCommonJs] },
  { name: "esbuild, chunks", arguments: () => [bundles.split] },
  { name: "Vite, library outside", arguments: () => [bundles.vite] },
  { name: "Vite", arguments: () => [bundles.wholeVite] },
];

const wanted = process.argv.slice(2);
const columns: Column[] = [];

async function fill(title: string, start: Start): Promise<void> {
  if (wanted.length > 0 && !wanted.some((part) => title.includes(part))) return;
  const results = await probe(start);
  const good = [...results.values()].filter((result) => result === "ok").length;
  console.error(`${title}: ${good} of ${results.size}`);
  columns.push({ title, results });
}

for (const host of hosts) {
  for (const way of ways) {
    const args = way.arguments(host);
    if (args !== undefined) await fill(`${host.name}, ${way.name}`, asProcess([...host.command, ...args], folder));
  }
}

/** The program with the library as Vite makes it for a browser, which needs a page to begin with. */
function viteSite(): object {
  const site = prepared("vite-site");
  copyFileSync(source, join(site, "probes.ts"));
  writeFileSync(join(site, "index.html"), '<!doctype html><script type="module" src="/probes.ts"></script>');
  return {
    ...quiet,
    root: site,
    // The polyfill asks for the page at once, and a thread loads the same file.
    build: { target: "es2022", modulePreload: { polyfill: false } },
    worker: { format: "es" },
    optimizeDeps: { exclude: ["heddle"] },
    preview: { port: 0, headers: ISOLATION },
    server: { port: 0, headers: ISOLATION, fs: { strict: false } },
  };
}

async function inChromium(): Promise<void> {
  await using browser = await openBrowser(join(folder, "browser"));
  const both = async (way: string, address: string): Promise<void> => {
    await fill(`Chromium, ${way}, page`, asPage(browser, address));
    await fill(`Chromium, ${way}, thread`, asPage(browser, `${address}?thread`));
  };
  for (const [way, splitting] of [
    ["esbuild, one file", false],
    ["esbuild, chunks", true],
  ] as const) {
    const outdir = prepared(`browser-${splitting}`);
    await bundleForBrowser({ outdir, programs: { probes: source }, splitting });
    await using site = await Site.open(outdir);
    await both(way, site.address("/page/probes"));
  }
  const config = viteSite();
  await vite.build(config);
  const preview = await vite.preview(config);
  await both("Vite", preview.resolvedUrls?.local[0] ?? "");
  await preview.close();
  const server = await vite.createServer(config);
  await server.listen();
  await both("Vite's server", server.resolvedUrls?.local[0] ?? "");
  await server.close();
}

if (wanted.length === 0 || wanted.some((part) => "Chromium".includes(part) || part.includes("Chromium"))) {
  await inChromium();
}

/** Columns of one host in which everything is the same become one. */
function merged(): Column[] {
  const groups = new Map<string, { host: string; ways: string[]; results: Column["results"] }>();
  for (const { title, results } of columns) {
    const [host = "", ...way] = title.split(", ");
    const key = `${host} ${JSON.stringify([...results].map(([row, result]) => [row, isHole(result) ? title : result]))}`;
    const group = groups.get(key) ?? { host, ways: [], results };
    group.ways.push(way.join(", "));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ host, ways, results }) => ({ title: `${host}: ${ways.join("; ")}`, results }));
}

if (columns.length === 0) {
  const names = [...hosts.map(({ name }) => name), "Chromium", ...ways.map(({ name }) => name)];
  console.error(`Usage: npm run test:matrix -- [part of a host's or a way's name]...\nThere are: ${names.join("; ")}.`);
  process.exit(2);
}
console.log(markdown(merged()));
/** Outside of browsers the documentation knows no errors. */
const holes = columns.filter(({ title, results }) =>
  [...results.values()].some((result) => (title.startsWith("Chromium") ? isHole(result) : result !== "ok")),
);
process.exitCode = holes.length === 0 ? 0 : 1;
