/**
 * Bundles what ships of the extension: the host's side, the worker that reads traces, and the pages of the
 * panels; and puts beside them the packed runtime and the samples, which the extension writes into workspaces.
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import { build } from "esbuild";

// CommonJS, because VS Code loads ES modules only since 1.100.
await build({
  entryPoints: { client: "client/src/extension.ts", timeline: "client/timeline/worker.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
});

// The browser in VS Code 1.91, the oldest that the manifest allows.
await build({
  entryPoints: ["client/webview/panel.ts", "client/webview/lock-order.ts", "client/webview/panel.css"],
  outdir: "dist",
  bundle: true,
  minify: true,
  platform: "browser",
  format: "iife",
  target: "chrome122",
  logLevel: "warning",
});

for (const name of readdirSync("dist")) if (name.endsWith(".tgz")) rmSync(`dist/${name}`);
// Without what only debuggers of the library read: that would be more than half of it.
const packed = mkdtempSync(join(tmpdir(), "heddle-pack-"));
try {
  for (const name of ["package.json", "README.md", "LICENSE", "docs", "dist"]) {
    cpSync(join("runtime", name), join(packed, name), {
      recursive: true,
      filter: (file) => !/\.(?:map|tsbuildinfo)$/.test(basename(file)),
    });
  }
  // Nor where that would be: bundlers look for it, and warn.
  for (const name of readdirSync(join(packed, "dist"), { recursive: true, encoding: "utf8" })) {
    if (!/\.c?js$/.test(name)) continue;
    const file = join(packed, "dist", name);
    writeFileSync(file, readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=\S+\s*$/m, ""));
  }
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", resolve("dist")], {
    cwd: packed,
    // There npm is a script, which only a shell runs.
    shell: process.platform === "win32",
    stdio: ["ignore", "ignore", "inherit"],
  });
} finally {
  rmSync(packed, { recursive: true, force: true });
}

// Those that need nothing but the runtime, each with another thing to see.
const samples = [
  "lost-update",
  "mutex",
  "deadlock",
  "producer-consumer",
  "pool",
  "condition",
  "semaphore",
  "thread-local",
];
rmSync("dist/samples", { recursive: true, force: true });
mkdirSync("dist/samples");
for (const sample of samples) copyFileSync(`test/samples/${sample}.ts`, `dist/samples/${sample}.ts`);
