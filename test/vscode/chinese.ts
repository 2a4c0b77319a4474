/**
 * Heddle in a VS Code that speaks Simplified Chinese. Its language pack is one that translates nothing of VS Code itself:
 * what is in Chinese is Heddle's.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Profile } from "../../client/host/workbench.js";
import type { Person } from "./person.js";

const locale = "zh-cn";

/** Puts a language pack into the profile, as VS Code itself does when one is installed. */
export function addLanguagePack({ userData }: Profile): void {
  const folder = join(userData, "language-pack");
  mkdirSync(folder);
  const vscode = join(folder, "main.i18n.json");
  writeFileSync(vscode, JSON.stringify({ version: "1.0.0", contents: {} }));
  // One that names no extension is looked for in a marketplace.
  const extensions = [{ extensionIdentifier: { id: "heddle-tests.chinese" }, version: "1.0.0" }];
  const pack = { hash: "heddle-tests", label: "中文(简体)", extensions, translations: { vscode } };
  writeFileSync(join(userData, "languagepacks.json"), JSON.stringify({ [locale]: pack }));
}

/** Chooses the display language, as VS Code's command for it does. Windows that are opened from now on speak it. */
export function speakChinese({ userData }: Profile): void {
  writeFileSync(join(userData, "User", "argv.json"), JSON.stringify({ locale }));
}

/**
 * Reads views, a command, the graph of locks, a lens and a question, all of which are Heddle's own.
 * @param lost the line of the first finding in `lost-update.ts`
 */
export async function readHeddleInChinese(person: Person, lost: number): Promise<void> {
  const { page } = person;
  await person.openFile("deadlock.ts");
  await person.squiggles.first().waitFor();
  await person.hidePanel();
  await person.pressUntil("Control+End", page.locator(".codelens-decoration a", { hasText: "运行并跟踪" }));
  await person.runCommand("Heddle: 按锁分组问题");
  await person.runCommand("Heddle: Focus on 锁 View");
  await page.locator('.part.sidebar .monaco-list-row[aria-label^="处在可能死锁的环上"]').first().waitFor();
  await person.runCommand("Heddle: 显示锁顺序图");
  await page.locator('.tab.active[aria-label^="锁顺序"]').waitFor();
  const frame = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  await frame.getByText("工作区源代码所述。运行并跟踪程序，即可看到其线程实际做了什么。").waitFor();
  await frame.locator(".graph .edge.bad").first().waitFor();
  await person.screenshot("chinese-lock-order");

  // What was not saved in the window before may be there again, all of it or a part.
  await person.openFile("lost-update.ts");
  await person.runCommand("File: Revert File");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  // At its first finding, and when both are there: the key for the next one goes on to other files.
  await person.openFile("lost-update.ts", lost);
  await person.squiggles.nth(1).waitFor();
  const fixes = await person.openQuickFixes("Suppress");
  const titles = await fixes.allInnerTexts();
  for (const title of titles) {
    if (title.includes("Suppress")) break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget", { hasText: "抑制 unguarded-shared-mutation" }).waitFor();
  await page.locator(".quick-input-widget", { hasText: "为什么这不是缺陷？" }).waitFor();
  await person.screenshot("chinese-suppress");
  await page.keyboard.press("Escape");
}

/** Restarts a Heddle that lost its server: is told so once, and finds the same in the log. */
export async function readWhyTheServerIsDown(person: Person): Promise<void> {
  await person.runCommand("Heddle: 重启服务器");
  const message = person.page.locator(".notification-toast", { hasText: "缺少语言服务器" });
  await message.waitFor();
  await person.screenshot("server-missing");
  await message.getByText("显示日志").click();
  await person.logLine("缺少语言服务器").waitFor();
  await person.screenshot("chinese-log");
}
