import { deepEqual, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageExtension, vsce } from "../client/host/package-extension.js";

/** Twice what it was when this was written: it grows when something gets in that does not belong there. */
const largestBytes = 5_000_000;

test("the VSIX holds what ships and nothing else", async () => {
  const files = (await vsce("ls")).trim().split(/\r?\n/);
  // Rule pages, declarations and pictures come and go; everything else is named.
  const kinds = files.map((file) =>
    file
      .replace(/^server\/dist\/rules\/[a-z-]+\.md$/, "server/dist/rules/*.md")
      .replace(/^server\/dist\/runtime\/.+\.c?js$/, "server/dist/runtime/**.js")
      .replace(/^server\/dist\/types\/.+\.d\.ts$/, "server/dist/types/**.d.ts")
      .replace(/^dist\/heddle-\d.*\.tgz$/, "dist/heddle-*.tgz")
      .replace(/^dist\/samples\/[a-z-]+\.ts$/, "dist/samples/*.ts")
      .replace(/^(l10n\/bundle\.l10n|package\.nls)\.[a-z-]+\.json$/, "$1.*.json")
      .replace(/^client\/media\/[a-z-]+\.(png|svg)$/, "client/media/*.$1"),
  );
  deepEqual([...new Set(kinds)].sort(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "client/media/*.png",
    "client/media/*.svg",
    "dist/client.cjs",
    "dist/heddle-*.tgz",
    "dist/lock-order.js",
    "dist/panel.css",
    "dist/panel.js",
    "dist/samples/*.ts",
    "dist/timeline.cjs",
    "l10n/bundle.l10n.*.json",
    "package.json",
    "package.nls.*.json",
    "package.nls.json",
    "server/dist/engine.cjs",
    "server/dist/heddle.cjs",
    "server/dist/heddle.config.schema.json",
    "server/dist/heddle.model.schema.json",
    "server/dist/rules/*.md",
    "server/dist/runtime/**.js",
    "server/dist/runtime/package.json",
    "server/dist/types/**.d.ts",
  ]);
});

test("the VSIX is small", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-vsix-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const vsix = join(folder, "heddle.vsix");
  await packageExtension(vsix);
  const bytes = statSync(vsix).size;
  ok(bytes < largestBytes, `It has ${bytes} bytes.`);
});
