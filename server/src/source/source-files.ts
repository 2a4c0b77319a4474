import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { posix } from "node:path";

const analysed = /\.(?:[mc]?ts|tsx|[mc]?js|jsx)$/;
const declaration = /\.d\.(?:[^./]+\.)?[mc]?ts$/;
const found = /\.(?:[mc]?ts|tsx|[mc]?js)$/;
const minified = /\.min\.[mc]?js$/;
const javaScript = /\.(?:[mc]?js|jsx)$/;

/** True for a file name the engine analyses: TypeScript or JavaScript, and no declaration file. */
export function isSourceFile(file: string): boolean {
  return analysed.test(file) && !declaration.test(file);
}

export function isDeclarationFile(file: string): boolean {
  return declaration.test(file);
}

export function isJavaScript(file: string): boolean {
  return javaScript.test(file);
}

/**
 * The source files below a folder, for code that has no tsconfig. Blocks. What is installed, generated or hidden is
 * left out: `node_modules`, `dist`, names that begin with a dot, minified scripts, declarations. Symbolic links are
 * followed, each real folder once, so that a loop ends; pipes and devices are never listed. Folders that cannot be
 * read become a line in `problems`.
 */
export function findSourceFiles(folder: string, problems: string[]): string[] {
  const files = new Map<string, string>();
  const seen = new Set<string>();
  // Links wait until the whole real tree was seen: a file keeps its real name where it has one below the folder.
  const links: string[] = [];

  const addFile = (file: string, real: string): void => {
    if (found.test(file) && isSourceFile(file) && !minified.test(file) && !files.has(real)) files.set(real, file);
  };

  const walk = (directory: string, real: string): void => {
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of readFolder(directory, problems)) {
      if (entry.name.startsWith(".") || entry.name === "node_modules" || entry.name === "dist") continue;
      const path = posix.join(directory, entry.name);
      if (entry.isSymbolicLink()) links.push(path);
      else if (entry.isDirectory()) walk(path, posix.join(real, entry.name));
      else if (entry.isFile()) addFile(path, posix.join(real, entry.name));
    }
  };

  walk(folder, realPath(folder) ?? folder);
  for (let link = links.shift(); link !== undefined; link = links.shift()) {
    const real = realPath(link);
    if (real === undefined) {
      // A link that leads nowhere matters only when it looks like a source file.
      if (found.test(link)) problems.push(`${link}: the symbolic link leads nowhere, the file was left out`);
      continue;
    }
    if (/(?:^|\/)node_modules(?:\/|$)/.test(real)) continue;
    const stats = statSync(real);
    if (stats.isDirectory()) walk(link, real);
    else if (stats.isFile()) addFile(link, real);
  }
  return [...files.values()].sort();
}

function readFolder(directory: string, problems: string[]): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    problems.push(`${directory}: ${reasonOf(error)}, the folder was left out`);
    return [];
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path).replaceAll("\\", "/");
  } catch {
    // ENOENT for a dangling link, ELOOP for one that leads to itself: both lead nowhere.
    return undefined;
  }
}

/** Why there is no regular file at a path; undefined if there is one. Blocks. */
export function whyNoFile(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (stats.isFile()) return undefined;
    return stats.isDirectory() ? "a folder, not a file" : "not a regular file";
  } catch (error) {
    return reasonOf(error);
  }
}

/** What a file system error means, in words for a person. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "no such file or folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ELOOP":
      return "a symbolic link that leads to itself";
    case "EISDIR":
      return "a folder, not a file";
    case "EINVAL":
      return "not a regular file";
    default:
      return message;
  }
}
