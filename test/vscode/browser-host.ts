#!/usr/bin/env node
/**
 * Stands where `@vscode/test-electron` expects the desktop application: takes its arguments, runs the tests in the real
 * workbench and extension host inside headless Chromium, and ends with the tests' exit code.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fetchCodeServer } from "../../client/host/code-server.js";
import { Workbench } from "../../client/host/workbench.js";
import { openBrowser } from "./chromium.js";

/** Longer than any test run; a workbench that never reports is stopped by it. */
const deadlineMilliseconds = 240_000;

const { folder, flags } = parseArguments(process.argv.slice(2));
const temporary = mkdtempSync(join(tmpdir(), "heddle-host-"));
process.on("exit", () => rmSync(temporary, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.exit(await runTests());

async function runTests(): Promise<number> {
  const profile = { userData: flag("user-data-dir"), extensions: flag("extensions-dir") };
  const workbench = await Workbench.start({ codeServer: await fetchCodeServer(console.log), profile, forTests: true });
  const browser = await openBrowser(join(temporary, "browser"));
  // What the workbench logs is long and rarely of use: it is shown when something went wrong.
  const log: string[] = [];
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    const end = new Promise<number>((resolve, reject) => {
      void page.exposeFunction("codeAutomationExit", resolve);
      page.once("crash", () => reject(new Error("The browser's page crashed.")));
      browser.once("close", () => reject(new Error("The browser closed before the tests were over.")));
      setTimeout(() => reject(new Error("The tests did not end in time.")), deadlineMilliseconds).unref();
    });
    await page.exposeFunction("codeAutomationLog", (type: string, args: unknown[]) =>
      log.push(`[${type}] ${args.join(" ")}`),
    );
    await page.goto(
      workbench.address(folder, [
        ["extensionDevelopmentPath", workbench.remoteUri(flag("extensionDevelopmentPath"))],
        ["extensionTestsPath", workbench.remoteUri(flag("extensionTestsPath"))],
      ]),
    );
    const code = await end;
    if (code !== 0) console.error(log.join("\n"));
    return code;
  } catch (error) {
    console.error(log.join("\n"), error);
    return 1;
  } finally {
    await browser.close();
    await workbench.stop();
  }
}

function parseArguments(args: readonly string[]): { folder: string; flags: ReadonlyMap<string, string> } {
  const flags = new Map<string, string>();
  let folder = "";
  for (const argument of args) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (name !== undefined) flags.set(name, value ?? "");
    else folder = resolve(argument);
  }
  return { folder, flags };
}

function flag(name: string): string {
  const value = flags.get(name);
  if (!value) throw new Error(`--${name}=<path> is missing.`);
  return resolve(value);
}
