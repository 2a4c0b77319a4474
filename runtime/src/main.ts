import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { type ModuleUrl, moduleUrl } from "./tasks.js";

/**
 * Runs `body` if the module is the program, and does nothing in threads or when another module imports it: Python's
 * `if __name__ == "__main__":`. An error that leaves it goes to stderr and makes the exit code 1.
 * @see Python's `if __name__ == "__main__":`.
 */
export function main(url: string | ModuleUrl, body: () => void | Promise<void>): void {
  const href = moduleUrl(url, "main");
  if (!isMainThread || !isProgram(href)) return;
  try {
    const result = body();
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}

function report(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}

/** Node runs `node program` for program.js, program/index.js and a symbolic link to either. */
function isProgram(href: string): boolean {
  const script = process.argv[1];
  if (script === undefined || !href.startsWith("file:")) return false;
  const file = real(fileURLToPath(href.replace(/[?#].*$/, "")));
  const program = real(script);
  const rest = file.startsWith(program) ? file.slice(program.length) : undefined;
  return rest !== undefined && /^(?:[\\/]index)?(?:\.[cm]?[jt]sx?)?$/.test(rest);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // `node program` names a file that exists only with its extension.
    return path;
  }
}
