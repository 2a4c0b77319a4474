/** What someone in front of the editor sees and does, with the keyboard, in a VS Code that has Heddle's package. */
import { match, ok } from "node:assert/strict";
import { windowSize } from "./chromium.js";
import type { Person } from "./person.js";

/** Opens the lost update, reads a finding with both accesses, wraps each update in a lock, and the findings are gone. */
export async function fixTheLostUpdate(person: Person): Promise<void> {
  await person.openFile("lost-update.ts");
  await person.squiggles.first().waitFor();
  await person.goToNextProblem();
  const hover = await person.openHover();
  const text = await hover.first().innerText();
  match(text, /unguarded-shared-mutation/);
  match(text, /lost-update\.ts\(\d+, \d+\): another thread changes/, "The hover shows no other access.");
  await person.screenshot("lost-update-hover");
  await person.page.keyboard.press("Escape");

  for (let left = await person.squiggles.count(); left > 0; left -= 1) {
    const fixes = await person.openQuickFixes("Wrap in");
    match(await fixes.first().innerText(), /Wrap in/, "Enter takes the first.");
    await person.page.keyboard.press("Enter");
    await person.squiggles.nth(left - 1).waitFor({ state: "detached" });
    if (left > 1) await person.goToNextProblem();
  }
  await person.screenshot("lost-update-fixed");
}

/** Says why a finding is none, and takes it back. */
export async function suppressWithAReason(person: Person): Promise<void> {
  await person.openFile("lost-update.ts");
  await person.squiggles.first().waitFor();
  const before = await person.squiggles.count();
  await person.goToNextProblem();
  const fixes = await person.openQuickFixes("Suppress");
  const titles = await fixes.allInnerTexts();
  for (const title of titles) {
    if (title.includes("Suppress")) break;
    await person.page.keyboard.press("ArrowDown");
  }
  await person.page.keyboard.press("Enter");
  const reason = person.page.locator(".quick-input-widget input");
  await reason.fill("this program is about losing updates");
  await person.screenshot("suppress-with-a-reason");
  await person.page.keyboard.press("Enter");
  await person.squiggles.nth(before - 1).waitFor({ state: "detached" });
  await person.pressUntil("Control+Z", person.squiggles.nth(before - 1));
}

/** Opens the deadlock and reads in the Problems view where each of the two threads takes its locks. */
export async function readTheInversion(person: Person): Promise<void> {
  await person.openFile("deadlock.ts");
  await person.squiggles.first().waitFor();
  const rows = person.page.locator(".markers-panel .monaco-list-row");
  const inversion = rows.filter({ hasText: "lock-order-inversion" });
  await person.pressUntil("Control+Shift+M", inversion);
  await inversion.first().click();
  // Opening it shows the places that belong to it, each with its line.
  await person.pressUntil("ArrowRight", rows.filter({ hasText: "is taken here first" }).nth(1));
  await person.screenshot("deadlock-problems");
  const lines = new Set<string>();
  for (const row of await rows.allInnerTexts()) for (const [line] of row.matchAll(/\[?Ln \d+/g)) lines.add(line);
  ok(lines.size >= 4, `Two paths of two locks are four places; the view shows ${[...lines].join(", ")}.`);
}

/** Keeps a picture of the squiggle and the light bulb's list, without the views that have nothing to do with it. */
export async function showSquiggleAndLightBulb(person: Person, name: string): Promise<void> {
  await person.page.setViewportSize({ width: 960, height: 620 });
  try {
    await person.openFile("lost-update.ts");
    // What is below the window's end has no squiggle.
    await person.hidePanel();
    await person.squiggles.first().waitFor();
    await person.pressUntil("Control+B", person.page.locator(".monaco-workbench.nosidebar"));
    await person.goToNextProblem();
    await person.openQuickFixes("Wrap in");
    await person.screenshot(name);
    await person.closeQuickFixes();
  } finally {
    // The next step is in the same window.
    await person.page.setViewportSize(windowSize);
  }
}

/** Opens the lost update in a folder that nobody trusts: the analysis runs nothing of it, so it is all there. */
export async function seeTheRaceInRestrictedMode(person: Person): Promise<void> {
  await person.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
  await person.openFile("lost-update.ts");
  await person.squiggles.first().waitFor();
  await person.screenshot("restricted-mode");
}

/** Follows the message that nothing was run to where a folder is trusted, and trusts this one. */
export async function trustTheFolder(person: Person): Promise<void> {
  const message = person.page.locator(".notification-toast", { hasText: "This workspace is not trusted" });
  await message.getByText("Manage Workspace Trust").click();
  await person.page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
  await person.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor({ state: "detached" });
  await person.closeEditors();
}

/** Reads in the log that the server crashed and was started again, and the findings are back. */
export async function getOverACrash(person: Person, crash: () => Promise<void>): Promise<void> {
  await person.openFile("lost-update.ts");
  await person.squiggles.first().waitFor();
  // What the log leaves room for is where the cursor is.
  await person.goToNextProblem();
  await person.runCommand("Heddle: Show Log");
  await crash();
  await person.logLine("starting it again").waitFor();
  await person.squiggles.first().waitFor();
}
