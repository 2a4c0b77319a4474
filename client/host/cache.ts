import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where things fetched once are kept, outside every repository. `HEDDLE_VSCODE_CACHE` names another folder. */
export function cacheFolder(): string {
  const chosen = process.env.HEDDLE_VSCODE_CACHE;
  if (chosen) return resolve(chosen);
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "heddle-vscode");
}

/**
 * Returns the cached folder of that name, made by `fill` when there is none.
 *
 * It is filled under another name and renamed at the end, so that a folder that is there is whole. Two processes may
 * both fill one; the first rename wins and either result is the same.
 */
export async function cached(name: string, fill: (draft: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder(), { recursive: true });
  removeAbandoned(`.${name}-`);
  const draft = mkdtempSync(join(cacheFolder(), `.${name}-${process.pid}-`));
  try {
    await fill(draft);
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Drafts of processes that were killed while they filled them: each is hundreds of megabytes. */
function removeAbandoned(prefix: string): void {
  for (const entry of readdirSync(cacheFolder())) {
    if (!entry.startsWith(prefix)) continue;
    const owner = Number.parseInt(entry.slice(prefix.length), 10);
    if (!isAlive(owner)) rmSync(join(cacheFolder(), entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
