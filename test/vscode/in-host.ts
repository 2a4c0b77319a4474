import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { repository } from "../../client/host/repository.js";
import type { Profile } from "../../client/host/workbench.js";
import type { Outcome } from "./in-host/index.js";
import type { VSCodeUnderTest } from "./vscode-under-test.js";

/**
 * Runs the scenarios of `in-host/` inside a VS Code with `folder` open and returns how each went. Heddle comes from the
 * repository, or, when it is `installed`, from the profile alone.
 */
export async function runInHost(
  vscode: VSCodeUnderTest,
  options: { folder: string; profile: Profile; installed: boolean; scratch: string },
): Promise<readonly Outcome[]> {
  const outcomes = join(options.scratch, "outcomes.json");
  rmSync(outcomes, { force: true });
  const { userData, extensions } = options.profile;
  const ended = runTests({
    vscodeExecutablePath: vscode.executable,
    extensionDevelopmentPath: options.installed ? bystander(options.scratch) : repository,
    extensionTestsPath: await bundleScenarios(),
    extensionTestsEnv: { HEDDLE_OUTCOMES: outcomes, HEDDLE_HAS_RUNTIME: options.installed ? "no" : "yes" },
    launchArgs: [options.folder, `--user-data-dir=${userData}`, `--extensions-dir=${extensions}`],
  });
  // That scenarios failed stands in the outcomes, with the reason of each.
  await ended.catch((error: unknown) => {
    if (!existsSync(outcomes)) throw error;
  });
  if (!existsSync(outcomes)) throw new Error("The extension host ended before its scenarios did.");
  return JSON.parse(readFileSync(outcomes, "utf8")) as Outcome[];
}

/** A test run must develop some extension; where Heddle is installed like any other, it is this one, which does nothing. */
function bystander(scratch: string): string {
  const folder = join(scratch, "bystander");
  mkdirSync(folder, { recursive: true });
  const manifest = { name: "bystander", publisher: "heddle-tests", version: "0.0.0", engines: { vscode: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}

async function bundleScenarios(): Promise<string> {
  const outfile = join(repository, "out", "test", "vscode", "in-host.cjs");
  await build({
    entryPoints: [join(repository, "test", "vscode", "in-host", "index.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["vscode"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  return outfile;
}
