/** Addresses for sockets between processes of one user. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Bytes of the longest path of a socket, on macOS, which has the least. A longer one would be cut without a word. */
const LONGEST = 103;
/** Where all systems but Windows have a folder for temporary files, which everybody may write to. */
const SHORT = "/tmp";

/**
 * An address that only this user can open: a socket in a new folder that nobody else may enter, or on Windows a pipe with
 * a name that nobody can guess. The folder is the caller's to remove.
 * @throws Error there is no folder with a path short enough
 */
export function privatePath(): { readonly path: string; readonly folder: string | undefined } {
  if (process.platform === "win32") return { path: `\\\\.\\pipe\\heddle-${crypto.randomUUID()}`, folder: undefined };
  const folder = newFolder(tmpdir());
  return { path: join(folder, "socket"), folder };
}

function newFolder(parent: string): string {
  const prefix = join(parent, "heddle-");
  if (Buffer.byteLength(join(`${prefix}XXXXXX`, "socket")) <= LONGEST) return mkdtempSync(prefix);
  try {
    return mkdtempSync(join(SHORT, "heddle-"));
  } catch (cause) {
    throw new Error(
      `The path ${parent} is too long for a socket in it, and ${SHORT} cannot be used: set TMPDIR to a folder with a shorter path.`,
      { cause },
    );
  }
}

const folders = new Set<string>();

/** Removes the folder with all that is in it when this thread ends, unless something kills it. */
export function removeAtExit(folder: string): void {
  if (folders.size === 0) process.on("exit", () => folders.forEach(remove));
  folders.add(folder);
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
