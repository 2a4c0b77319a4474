import { join } from "node:path";
import { repository } from "./repository.js";
import { run } from "./run.js";

/**
 * Packages what is built into a VSIX at `file`; with `secrets`, only if nothing in it looks like one. Throws with what vsce
 * says where something is missing.
 */
export async function packageExtension(file: string, { secrets = false } = {}): Promise<void> {
  const vsce = join(repository, "node_modules", "@vscode", "vsce", "vsce");
  // Bundles hold the dependencies, and without a public repository there is no address to turn the README's relative links into.
  const options = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];
  // To look for them is half of the work, and what is installed on this machine goes nowhere.
  if (!secrets) options.push("--allow-package-all-secrets", "--allow-package-env-file");
  await run(process.execPath, [vsce, "package", "--out", file, ...options], { cwd: repository });
}
