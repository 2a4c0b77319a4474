import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installDebianPackage } from "./debian-package.js";

/** Where `nvim` is. On Debian, root gets it installed. Throws with what to install where there is none. */
export async function findNeovim(): Promise<string> {
  const found = installedNeovim();
  if (found !== undefined) return found;
  await installDebianPackage("neovim");
  const installed = installedNeovim();
  if (installed !== undefined) return installed;
  throw new Error("This test needs Neovim 0.7 or newer: install neovim (Debian: `apt-get install neovim`).");
}

function installedNeovim(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin"];
  return folders.map((folder) => join(folder, "nvim")).find((file) => existsSync(file));
}
