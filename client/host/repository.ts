import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder, whether this runs from its sources or compiled into out/. */
export const repository = ancestorWith("package-lock.json", dirname(fileURLToPath(import.meta.url)));

function ancestorWith(file: string, folder: string): string {
  if (existsSync(join(folder, file))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`No folder above this file has a ${file}.`);
  return ancestorWith(file, parent);
}
