/** Addresses for sockets between processes of one user. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/**
 * An address that only this user can open: a socket in a new folder that nobody else may enter, or on Windows a pipe with
 * a name that nobody can guess. The folder is the caller's to remove.
 */
export function privatePath(): { readonly path: string; readonly folder: string | undefined } {
  if (process.platform === "win32") return { path: `\\\\.\\pipe\\heddle-${crypto.randomUUID()}`, folder: undefined };
  const folder = mkdtempSync(join(tmpdir(), "heddle-"));
  return { path: join(folder, "socket"), folder };
}
