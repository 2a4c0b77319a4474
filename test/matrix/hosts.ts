/** The hosts of the matrix: Node.js in three versions, Bun and Deno, from npm, in a cache outside the repository. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "../../client/host/cache.js";
import { npm } from "../../client/host/run.js";
import { nodeBinary, nodePackage } from "../support/node-versions.js";

const PACKAGES = [
  ...["20", "22", "24"].map(nodePackage),
  "@oven/bun-linux-x64@1.4.5",
  "@deno/linux-x64-glibc@2.9.6",
  "vite@8.3.8",
];

const folder = await cached("matrix-hosts-3", async (draft) => {
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, "package.json"), JSON.stringify({ private: true }));
  await npm(["install", "--no-audit", "--no-fund", "--ignore-scripts", ...PACKAGES], { cwd: draft });
});

/** A file of an installed package. */
export function installed(...parts: string[]): string {
  return join(folder, "node_modules", ...parts);
}

export interface Host {
  readonly name: string;
  /** The command that runs a program. */
  readonly command: readonly string[];
  readonly isNode: boolean;
  /** Runs TypeScript by itself. */
  readonly stripsTypes: boolean;
}

function node(version: string, stripsTypes: boolean): Host {
  return { name: `Node ${version}`, command: [nodeBinary(folder, version)], isNode: true, stripsTypes };
}

export const hosts: readonly Host[] = [
  node("20", false),
  node("22", true),
  node("24", true),
  { name: "Bun", command: [installed("@oven", "bun-linux-x64", "bin", "bun")], isNode: false, stripsTypes: true },
  {
    name: "Deno",
    command: [installed("@deno", "linux-x64-glibc", "deno"), "run", "--allow-all", "--node-modules-dir=manual"],
    isNode: false,
    stripsTypes: true,
  },
];
