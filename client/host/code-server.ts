import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.js";
import { repository } from "./repository.js";
import { CommandError, npm, run } from "./run.js";

/** VS Code 1.100.3, the newest whose server runs on Node 20. */
const version = "4.100.3";
const ripgrepVersion = "1.18.0";
const terminalVersion = "1.1.0";
/** Counted up whenever the steps below change, so that folders made by older ones are not used. */
const recipe = 3;

/**
 * Returns a folder with the real workbench and extension host of VS Code, `out/server-main.js` in it. Throws
 * {@link CommandError} where it cannot be fetched.
 *
 * It comes from npm's `code-server`, once, without any install script: those download from places that are often out
 * of reach. What they would have made is put in by hand where the server needs it.
 */
export async function fetchCodeServer(say: (line: string) => void): Promise<string> {
  try {
    return await cached(`code-server-${version}-${recipe}`, (draft) => {
      say("Fetching VS Code for the browser from npm, once …");
      return fill(draft);
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(
      `VS Code for the browser cannot be had: it takes npm's registry and \`tar\`.\n${error.message}`,
    );
  }
}

async function fill(draft: string): Promise<void> {
  await unpack(`code-server@${version}`, "package/lib/vscode", draft);
  for (const folder of [draft, join(draft, "extensions")]) {
    await npm(["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder], {
      cwd: folder,
    });
  }
  // The workbench asks for its modules where the desktop application has them packed.
  symlinkSync("node_modules", join(draft, "node_modules.asar"), "dir");
  await addRipgrep(draft);
  await addTerminal(draft);
  replaceNativeLogger(draft);
}

/** Downloads a package from npm and extracts one folder of it into `target`. */
async function unpack(spec: string, folder: string, target: string): Promise<void> {
  const work = mkdtempSync(join(target, ".package-"));
  await npm(["pack", spec, "--pack-destination", work], { cwd: work });
  const archive = readdirSync(work).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error(`npm pack ${spec} left no archive.`);
  const depth = folder.split("/").length;
  await run("tar", ["-xzf", join(work, archive), "-C", target, `--strip-components=${depth}`, folder]);
  rmSync(work, { recursive: true });
}

/** The search of files and text runs the program ripgrep, which the package's own install script would download. */
async function addRipgrep(codeServer: string): Promise<void> {
  const target = join(codeServer, "node_modules", "@vscode", "ripgrep", "bin");
  mkdirSync(target, { recursive: true });
  const name = `@vscode/ripgrep-${process.platform}-${process.arch}`;
  await unpack(`${name}@${ripgrepVersion}`, "package/bin", target);
}

/** Terminals and tasks need a native module, which an install script would compile. Here it comes compiled. */
async function addTerminal(codeServer: string): Promise<void> {
  const target = join(codeServer, "node_modules", "node-pty", "build", "Release");
  mkdirSync(target, { recursive: true });
  await unpack(`@lydell/node-pty-${process.platform}-${process.arch}@${terminalVersion}`, "package", target);
}

/**
 * The logger is a native module that an install script would compile. Without it every log is lost, the channel behind
 * "Heddle: Show Log" included.
 */
function replaceNativeLogger(codeServer: string): void {
  const standIn = join(repository, "client", "host", "plain-logger.cjs");
  copyFileSync(standIn, join(codeServer, "node_modules", "@vscode", "spdlog", "index.js"));
}
