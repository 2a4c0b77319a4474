/** Bundles the extension host's side into dist/client.cjs: CommonJS, because VS Code loads ES modules only since 1.100. */
import { build } from "esbuild";

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
