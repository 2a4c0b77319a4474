import { createRequire } from "node:module";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { UsageError } from "./arguments.js";

/** The script, found as Node.js finds it. */
export function scriptAt(script: string): string {
  const path = resolve(script);
  try {
    return createRequire(path).resolve(path);
  } catch {
    throw new UsageError(`there is no script ${script}`);
  }
}

/** What makes TypeScript run, where Node.js does not do so by itself. */
export function loaderFor(path: string): readonly string[] {
  if (!/\.[cm]?tsx?$/.test(path)) return [];
  if ("typescript" in process.features && process.features.typescript !== false) return [];
  if (/\btsx\b/.test(process.env.NODE_OPTIONS ?? "")) return [];
  try {
    return ["--import", pathToFileURL(createRequire(path).resolve("tsx")).href];
  } catch {
    throw new UsageError("this Node.js cannot run TypeScript by itself; npm install --save-dev tsx beside the script");
  }
}
