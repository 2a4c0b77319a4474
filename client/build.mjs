/** Bundles what ships of the extension: the host's side, the worker that reads traces, and the trace panel's page. */
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
  entryPoints: ["client/webview/panel.ts", "client/webview/panel.css"],
  outdir: "dist",
  bundle: true,
  minify: true,
  platform: "browser",
  format: "iife",
  target: "chrome122",
  logLevel: "warning",
});
