/** Packages that are the program's own, and loaded when they are needed. */
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** The package as the program has it, or as it is where that was started; undefined if it is not installed. */
export async function importPeer(name: string): Promise<Record<string, unknown> | undefined> {
  const places = [process.argv[1] ?? "", join(process.cwd(), "program.js"), import.meta.filename ?? ""];
  for (const place of places) {
    const found = place === "" ? undefined : resolved(name, place);
    if (found !== undefined) return import(found);
  }
  return undefined;
}

function resolved(name: string, place: string): string | undefined {
  try {
    return pathToFileURL(createRequire(place).resolve(name)).href;
  } catch {
    return undefined;
  }
}
