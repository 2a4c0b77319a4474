import { chmodSync } from "node:fs";
import { join } from "node:path";
import { downloadAndUnzipVSCode, runVSCodeCommand } from "@vscode/test-electron";
import { cacheFolder } from "../../client/host/cache.js";
import { fetchCodeServer } from "../../client/host/code-server.js";
import { repository } from "../../client/host/repository.js";
import { installExtension, type Profile } from "../../client/host/workbench.js";
import { findChromium } from "./chromium.js";

/** The VS Code that the tests run in. Both kinds take the same arguments. */
export interface VSCodeUnderTest {
  readonly kind: "desktop" | "browser";
  readonly executable: string;
  install(vsix: string, profile: Profile): Promise<void>;
}

/** The version of the desktop application: that of the one for the browser. */
const download = { version: "1.100.3", cachePath: join(cacheFolder(), "desktop"), timeout: 10_000 };

/**
 * Returns desktop VS Code where it can be downloaded and has a screen to draw on, else the one for the browser.
 * `HEDDLE_TEST_VSCODE=desktop|browser` takes the choice away. Throws with what to install where neither is to be had.
 */
export async function vscodeUnderTest(): Promise<VSCodeUnderTest> {
  const choice = process.env.HEDDLE_TEST_VSCODE;
  if (choice === "desktop") return desktop();
  if (choice === "browser" || !hasScreen()) return browser();
  try {
    return await desktop();
  } catch (error) {
    console.log(`Desktop VS Code is out of reach (${error instanceof Error ? error.message : error}).`);
    return browser();
  }
}

function hasScreen(): boolean {
  return process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

async function desktop(): Promise<VSCodeUnderTest> {
  return {
    kind: "desktop",
    executable: await downloadAndUnzipVSCode(download),
    async install(vsix, { userData, extensions }) {
      const folders = [`--user-data-dir=${userData}`, `--extensions-dir=${extensions}`];
      await runVSCodeCommand(["--install-extension", vsix, ...folders], download);
    },
  };
}

async function browser(): Promise<VSCodeUnderTest> {
  const codeServer = await fetchCodeServer(console.log);
  await findChromium();
  const executable = join(repository, "out", "test", "vscode", "browser-host.js");
  chmodSync(executable, 0o755);
  return { kind: "browser", executable, install: (vsix, profile) => installExtension(codeServer, profile, vsix) };
}
