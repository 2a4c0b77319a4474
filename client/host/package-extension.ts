import { join } from "node:path";
import { repository } from "./repository.js";
import { run } from "./run.js";

/** Runs vsce in the repository and returns what it printed. Bundles hold the dependencies, so it is to look for none. */
export function vsce(command: string, ...args: readonly string[]): Promise<string> {
  const script = join(repository, "node_modules", "@vscode", "vsce", "vsce");
  return run(process.execPath, [script, command, "--no-dependencies", ...args], { cwd: repository });
}

/** Packages what is built into a VSIX at `file`. Throws with what vsce says where something is missing. */
export async function packageExtension(file: string): Promise<void> {
  // Without a public repository there is no address to turn the README's relative links into.
  await vsce("package", "--out", file, "--allow-missing-repository", "--no-rewrite-relative-links");
}
