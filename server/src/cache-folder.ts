import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import process from "node:process";

/**
 * Where programs of this system keep what they can do without; undefined for a user who has no place of their own. It
 * is never relative: the working directory may be a checkout, and what somebody else put there would be believed.
 */
export function defaultCacheFolder(): string | undefined {
  const folder = namedFolder();
  return folder !== undefined && isAbsolute(folder) ? folder : undefined;
}

/** Removes a file of a cache, if it is there and can be. Blocks. */
export function removeCached(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where nothing can be written there is nothing to remove.
  }
}

function namedFolder(): string | undefined {
  const { env, platform } = process;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "heddle");
  if (platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, "heddle", "cache");
  const home = homeFolder();
  if (home === undefined) return undefined;
  if (platform === "win32") return join(home, "AppData", "Local", "heddle", "cache");
  if (platform === "darwin") return join(home, "Library", "Caches", "heddle");
  return join(home, ".cache", "heddle");
}

function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined; // Containers run programs as users of whom the system knows nothing.
  }
}
