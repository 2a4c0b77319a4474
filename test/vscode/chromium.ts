import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { installDebianPackage } from "../support/debian-package.js";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * Returns a Chromium that is on this machine. `HEDDLE_CHROMIUM` names one; on Debian, root gets it installed.
 * Throws with what to install where there is none.
 */
export async function findChromium(): Promise<string> {
  const found = installedChromium();
  if (found !== undefined) return found;
  await installDebianPackage("chromium");
  const installed = installedChromium();
  if (installed !== undefined) return installed;
  throw new Error(
    "The tests in VS Code need Chromium: install it (Debian: `apt-get install chromium`) or name one in HEDDLE_CHROMIUM.",
  );
}

function installedChromium(): string | undefined {
  const chosen = process.env.HEDDLE_CHROMIUM;
  if (chosen) return chosen;
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, ...places].find((file) => existsSync(file));
}

/** How large the window is unless somebody changes it, in pixels. */
export const windowSize = { width: 1280, height: 800 };

/** Opens a browser without a window on a fresh profile in `folder`. */
export async function openBrowser(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, {
    executablePath: await findChromium(),
    viewport: windowSize,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
