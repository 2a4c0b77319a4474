import { join } from "node:path";
import { repository } from "./repository.js";
import { run } from "./run.js";

/** Packages what is built into a VSIX at `file`. Throws with what vsce says where something is missing. */
export async function packageExtension(file: string): Promise<void> {
  const vsce = join(repository, "node_modules", "@vscode", "vsce", "vsce");
  // Bundles hold the dependencies, and without a public repository there is no address to turn the README's relative links into.
  const options = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];
  await run(process.execPath, [vsce, "package", "--out", file, ...options], { cwd: repository });
}
