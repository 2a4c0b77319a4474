/** Bundles what ships of the extension: the extension host's side and the trace panel's page. */
import { build } from "esbuild";

// CommonJS, because VS Code loads ES modules only since 1.100.
await build({
  entryPoints: ["client/src/extension.ts"],
  outfile: "dist/client.cjs",
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
