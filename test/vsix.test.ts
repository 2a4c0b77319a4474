import { deepEqual, doesNotMatch, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { packageExtension } from "../client/host/package-extension.js";
import { repositoryRoot } from "./support/repository.js";
import { namesInZip } from "./support/zip-names.js";

/** Half a megabyte more than it was when this was written: it grows when something gets in that does not belong there. */
const largestBytes = 5_000_000;

test("the VSIX is small, and holds what ships and nothing else", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-vsix-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const vsix = join(folder, "heddle.vsix");
  await packageExtension(vsix, { secrets: true });
  const bytes = statSync(vsix).size;
  ok(bytes < largestBytes, `It has ${bytes} bytes.`);
  t.diagnostic(`${bytes} bytes`);
  const files = namesInZip(readFileSync(vsix)).flatMap((name) => /^extension\/(.+)$/.exec(name)?.[1] ?? []);
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
    "LICENSE.txt",
    "changelog.md",
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
    "readme.md",
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

test("the runtime in it has all that programs and their types need, and nothing that only debuggers of it read", () => {
  const dist = fileURLToPath(new URL("dist/", repositoryRoot));
  const [archive = "", ...more] = readdirSync(dist).filter((name) => name.endsWith(".tgz"));
  deepEqual(more, []);
  const packed = execFileSync("tar", ["-tzf", archive], { cwd: dist, encoding: "utf8" }).trim().split(/\r?\n/);
  const built = readdirSync(fileURLToPath(new URL("runtime/dist/", repositoryRoot)), {
    recursive: true,
    encoding: "utf8",
  })
    .map((file) => `package/dist/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.c?[jt]s$/.test(file));
  deepEqual(packed.filter((file) => file.startsWith("package/dist/")).sort(), built.sort());
  for (const file of ["LICENSE", "README.md", "package.json", "docs/lock.md"])
    ok(packed.includes(`package/${file}`), file);
  const entry = execFileSync("tar", ["-xzOf", archive, "package/dist/index.js"], { cwd: dist, encoding: "utf8" });
  doesNotMatch(entry, /sourceMappingURL/);
});
