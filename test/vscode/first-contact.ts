/** What someone does who has just installed Heddle. */
import { deepEqual, equal } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Person, pictureSize } from "./person.js";

/** What tabs give the name of a file with warnings and no errors, in the dark theme. */
const warningColour = "rgb(204, 167, 0)";

/** Goes through the first steps: they are all there, and lead to what they speak of. */
export async function seeTheWalkthrough(person: Person): Promise<void> {
  await person.runCommand("Welcome: Open Walkthrough...");
  const choice = person.page.locator(".quick-input-list .monaco-list-row", { hasText: "First Steps with Heddle" });
  await person.page.locator(".quick-input-widget input").fill("First Steps with Heddle");
  await choice.first().waitFor();
  await person.page.keyboard.press("Enter");
  const steps = person.page.locator(".getting-started-step");
  await steps.nth(4).waitFor();
  equal(await steps.count(), 5);
  const picture = person.page.locator(".getting-started-media img").first();
  await picture.waitFor();
  // One that cannot be loaded has no width of its own.
  await person.page.waitForFunction(
    `[...document.querySelectorAll(".getting-started-media img")].some((image) => image.naturalWidth > 0)`,
  );
  await person.screenshot("walkthrough");
}

/** Looks at the findings of a folder without TypeScript or JavaScript: the extension is awake then, and waits for some. */
export async function findNothingToLookAt(person: Person): Promise<void> {
  await person.runCommand("Heddle: Focus on Findings View");
  await person.page.locator(".welcome-view-content", { hasText: "Heddle starts" }).first().waitFor();
  await person.screenshot("nothing-to-look-at");
}

/** Writes a sample into an empty folder, and adds the runtime that it needs. */
export async function beginWithASample(person: Person, folder: string): Promise<void> {
  const { page } = person;
  const input = page.locator(".quick-input-widget input");
  await person.runCommand("Heddle: New Sample");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "lost-update.ts" }).waitFor();
  await input.fill("lost-update");
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "In a folder" }).waitFor();
  await page.keyboard.press("Enter");
  // The folder that is open is proposed.
  await page.locator(".quick-input-widget", { hasText: "Put It Here" }).waitFor();
  await page.locator(".quick-input-widget .monaco-button", { hasText: "Put It Here" }).click();
  await page.locator('.tab.active[data-resource-name="lost-update.ts"]').waitFor();

  const toast = page.locator(".notification-toast");
  const offer = toast.filter({ hasText: "lost-update.ts runs once this workspace has Heddle's runtime" });
  await offer.getByText("Add the Runtime", { exact: true }).click();
  const dialog = page.locator(".monaco-dialog-box");
  await dialog.filter({ hasText: "npm install ./vendor/heddle-" }).waitFor();
  await person.screenshot("add-the-runtime");
  await dialog.getByText("Add the Runtime", { exact: true }).click();
  await toast.filter({ hasText: "Heddle's runtime is there" }).waitFor();
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  deepEqual(Object.keys(dependencies), ["heddle"]);
  equal(existsSync(join(folder, "node_modules", "heddle", "dist", "index.js")), true);
  await person.squiggles.first().waitFor();
  await person.hidePanel();
  await person.pressUntil("Control+Shift+E", page.locator(".explorer-folders-view"));
  // TypeScript sees a little later that the runtime is there, and tab and explorer a little later that TypeScript does.
  await page.locator(".editor-instance .squiggly-error").first().waitFor({ state: "detached" });
  await person.seeOnTab("lost-update.ts", warningColour);
  await person.pressUntil("Control+1", page.locator(".editor-instance .monaco-editor.focused"));
  await person.screenshot("new-sample", pictureSize);
}
