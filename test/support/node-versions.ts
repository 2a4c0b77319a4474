/** Node.js in versions other than the one that runs the tests, from npm, in a cache outside the repository. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "../../client/host/cache.js";
import { npm } from "../../client/host/run.js";

/** By the first number. */
const VERSIONS: ReadonlyMap<string, string> = new Map([
  ["20", "20.20.2"],
  ["22", "22.23.3"],
  ["24", "24.21.0"],
]);

/** What npm installs as `node20` and so on: the packages with the binaries, which run no scripts. */
export function nodePackage(version: string): string {
  const platform = process.platform === "win32" ? "win" : process.platform;
  return `node${version}@npm:node-${platform}-${process.arch}@${VERSIONS.get(version)}`;
}

/** The binary below a folder that such a package was installed in. */
export function nodeBinary(folder: string, version: string): string {
  const file = process.platform === "win32" ? "node.exe" : "node";
  return join(folder, "node_modules", `node${version}`, "bin", file);
}

/** The binary of a version, fetched when there is none. @throws {Error} where npm cannot fetch it */
export async function installedNode(version: string): Promise<string> {
  const folder = await cached(`node-${VERSIONS.get(version)}`, async (draft) => {
    mkdirSync(draft, { recursive: true });
    writeFileSync(join(draft, "package.json"), JSON.stringify({ private: true }));
    await npm(["install", "--no-audit", "--no-fund", "--ignore-scripts", nodePackage(version)], { cwd: draft });
  });
  return nodeBinary(folder, version);
}
