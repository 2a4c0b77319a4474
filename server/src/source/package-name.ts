import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { readText } from "./text.js";

const packageNames = new Map<string, string | undefined>();

/** Every folder that was asked for, and its answer. */
export function packagesAsked(): readonly (readonly [folder: string, name: string | undefined])[] {
  return [...packageNames];
}

/** The name in the nearest package.json above a declaration file: what a linked workspace package is called. */
export function packageNameOf(folder: string): string | undefined {
  if (packageNames.has(folder)) return packageNames.get(folder);
  let name: string | undefined;
  const manifest = `${folder}/package.json`;
  if (existsSync(manifest)) {
    try {
      const parsed: unknown = JSON.parse(readText(manifest));
      if (typeof parsed === "object" && parsed !== null && "name" in parsed && typeof parsed.name === "string") {
        name = parsed.name;
      }
    } catch {
      // A manifest that cannot be read names no package.
    }
  }
  const parent = dirname(folder);
  if (name === undefined && parent !== folder) name = packageNameOf(parent);
  packageNames.set(folder, name);
  return name;
}
