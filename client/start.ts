/**
 * `npm start`: builds and packages Heddle, prints what it says about the samples, and opens a VS Code that has it
 * installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { fetchCodeServer } from "./host/code-server.js";
import { packageExtension } from "./host/package-extension.js";
import { repository } from "./host/repository.js";
import { CommandError, npm, run } from "./host/run.js";
import { createProfile, installExtension, quietSettings, Workbench } from "./host/workbench.js";

const usage = `npm start -- [options]

Builds and packages Heddle, prints what it says about test/samples, and opens them in a VS Code with Heddle installed:
the desktop one if \`code\` is on the PATH, else VS Code in the browser, fetched from npm once.

  --check      build, print and stop
  --browser    in the browser even if \`code\` is on the PATH
  --no-build   use what is built already
  --help       print this`;

const samples = join(repository, "test", "samples");

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(usage);
  if (!options["no-build"]) {
    console.log("Building …");
    await npm(["run", "build"], { cwd: repository });
  }
  const scratch = mkdtempSync(join(tmpdir(), "heddle-start-"));
  process.on("exit", () => remove(scratch));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(0));

  if (options.check) return lintSamples();
  const vsix = join(scratch, "heddle.vsix");
  await packageExtension(vsix);
  lintSamples();
  const code = options.browser ? undefined : findOnPath("code");
  if (code !== undefined) {
    try {
      return await openOnDesktop(code, vsix, scratch);
    } catch (error) {
      // Such as for root, whom the desktop application refuses, or without a screen.
      console.log(`${code} cannot open a window; VS Code comes in the browser.\n${error}`);
    }
  }
  await openInBrowser(vsix, scratch);
}

function readOptions() {
  try {
    const flag = { type: "boolean", default: false } as const;
    return parseArgs({ options: { check: flag, browser: flag, "no-build": flag, help: flag } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}

/** Removes a folder, and what programs that have just been killed were still writing there. */
function remove(folder: string): void {
  for (let tries = 10; ; tries--) {
    try {
      return rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
    } catch (error) {
      if (tries === 0) return console.error(`${folder} could not be removed: ${error}`);
    }
  }
}

/** Prints the findings. That there are some is what the samples are for; that the linter fails is not. */
function lintSamples(): void {
  console.log("\n> heddle check test/samples\n");
  const heddle = join(repository, "server", "bin", "heddle.js");
  const { status } = spawnSync(process.execPath, [heddle, "check", samples], { cwd: repository, stdio: "inherit" });
  if (status !== 0 && status !== 1) throw new CommandError(`heddle check ended with ${status}.`);
}

function findOnPath(name: string): string | undefined {
  const file = process.platform === "win32" ? `${name}.cmd` : name;
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, file))
    .find((path) => existsSync(path));
}

/** Opens a window with extensions and settings of its own, and waits until it is closed. */
async function openOnDesktop(code: string, vsix: string, scratch: string): Promise<void> {
  const { userData, extensions } = createProfile(scratch, quietSettings);
  const folders = ["--user-data-dir", userData, "--extensions-dir", extensions];
  const shell = process.platform === "win32";
  await run(code, [...folders, "--install-extension", vsix], { shell });
  console.log("\nOpening VS Code. Closing its window ends this.");
  await run(code, [...folders, "--disable-workspace-trust", "--new-window", "--wait", samples], { shell });
}

/** Serves a VS Code on 127.0.0.1 until this process is stopped. */
async function openInBrowser(vsix: string, scratch: string): Promise<void> {
  const codeServer = await fetchCodeServer(console.log);
  const profile = createProfile(scratch, quietSettings);
  await installExtension(codeServer, profile, vsix);
  const workbench = await Workbench.start({ codeServer, profile });
  console.log(`\nVS Code with Heddle is open at\n\n  ${workbench.address(samples)}\n\nCtrl-C stops it.`);
  await workbench.ended;
  throw new CommandError("VS Code's server ended by itself.");
}

try {
  await main();
} catch (error) {
  console.error(error instanceof CommandError ? `npm start: ${error.message}` : error);
  process.exitCode = 1;
}
