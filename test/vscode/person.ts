import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { repository } from "../../client/host/repository.js";
import { openBrowser } from "./chromium.js";

/** For a machine that does other things at the same time: only a failing test ever waits so long. */
const deadlineMilliseconds = 60_000;
/** How long one press of a key may take to show before it is taken for lost. */
const patienceMilliseconds = 2_000;

/** How much of the window is on a picture of a view and some code, in pixels: small enough to ship. */
export const pictureSize = { width: 960, height: 500 };

export type ThemeKind = "dark" | "light" | "high-contrast";

/** VS Code's own themes: what settings call them, and what the workbench's element has then. */
const themes: Readonly<Record<ThemeKind, { readonly id: string; readonly className: string }>> = {
  dark: { id: "Default Dark Modern", className: "vs-dark" },
  light: { id: "Default Light Modern", className: "vs" },
  "high-contrast": { id: "Default High Contrast", className: "hc-black" },
};

/** With these the command that toggles between light and dark leads from dark to light, to high contrast, and to dark. */
export const themeSettings = {
  "workbench.colorTheme": themes.dark.id,
  "workbench.preferredLightColorTheme": themes.light.id,
  "workbench.preferredDarkColorTheme": themes["high-contrast"].id,
  "workbench.preferredHighContrastLightColorTheme": themes.dark.id,
};

/** Someone in front of a VS Code: sees what is in the page and has a keyboard. */
export class Person {
  readonly #browser: BrowserContext;
  readonly page: Page;

  private constructor(browser: BrowserContext, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.setDefaultTimeout(deadlineMilliseconds);
  }

  /** Opens the address in a fresh browser and waits until the workbench is there. */
  static async at(address: string, scratch: string): Promise<Person> {
    const browser = await openBrowser(join(scratch, "browser"));
    const person = new Person(browser, browser.pages()[0] ?? (await browser.newPage()));
    await person.goTo(address);
    return person;
  }

  async goTo(address: string): Promise<void> {
    await this.page.goto(address);
    await this.page.locator(".monaco-workbench .part.statusbar .statusbar-item").first().waitFor();
  }

  async leave(): Promise<void> {
    await this.#browser.close();
  }

  /**
   * Opens a file of the folder by its name, as Ctrl+P does, at a line counted from 1. Again, if nothing comes of it: what
   * takes the focus meanwhile closes the list.
   */
  async openFile(name: string, line?: number): Promise<void> {
    const input = this.page.locator(".quick-input-widget input");
    const tab = this.page.locator(`.tab.active[data-resource-name="${name}"]`);
    const end = Date.now() + deadlineMilliseconds;
    for (;;) {
      await this.pressUntil("Control+P", input);
      try {
        await input.fill(line === undefined ? name : `${name}:${line}`, { timeout: patienceMilliseconds });
        const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first();
        await row.waitFor({ timeout: 5 * patienceMilliseconds });
        // Not Enter: what is first may still be a file of the list before.
        await row.click({ timeout: patienceMilliseconds });
        await tab.waitFor({ timeout: 5 * patienceMilliseconds });
        break;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
    if (line !== undefined) await this.cursorAt(line).waitFor();
  }

  /** Closes all that is open in editors. */
  async closeEditors(): Promise<void> {
    await this.runCommand("View: Close All Editors");
    await this.page.locator(".tabs-container .tab").first().waitFor({ state: "detached" });
  }

  /** Hides the part at the bottom, as Ctrl+J does, so that there is room for code. */
  async hidePanel(): Promise<void> {
    await this.pressUntil("Control+J", this.page.locator(".monaco-workbench.nopanel"));
  }

  /** What the status bar shows while the cursor is on a line, counted from 1. */
  cursorAt(line: number): Locator {
    return this.page.locator(".statusbar-item", { hasText: `Ln ${line},` });
  }

  /** Runs a command by its title, as F1 does. Again, if the list is closed by what takes the focus, or opened before the command was there. */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input");
    const end = Date.now() + deadlineMilliseconds;
    for (;;) {
      await this.pressUntil("F1", input);
      try {
        await input.fill(`>${title}`, { timeout: patienceMilliseconds });
        const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
        await row.waitFor({ timeout: 5 * patienceMilliseconds });
        // Not Enter: what is first may be another command with the same letters.
        await row.click({ timeout: patienceMilliseconds });
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** Goes from theme to theme, in a profile with `themeSettings`, until the workbench has the colours of that kind. */
  async useColours(kind: ThemeKind): Promise<void> {
    const workbench = this.page.locator(`.monaco-workbench.${themes[kind].className}`);
    const end = Date.now() + deadlineMilliseconds;
    while (!(await workbench.isVisible())) {
      await this.runCommand("Preferences: Toggle between Light/Dark Themes");
      try {
        await workbench.waitFor({ timeout: patienceMilliseconds });
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  /** Waits until nothing in the status bar says that it is still busy. */
  async statusAtRest(): Promise<void> {
    const busy = this.page.locator(".part.statusbar .codicon-modifier-spin");
    const initializing = this.page.locator(".statusbar-item", { hasText: "Initializing" });
    await busy.or(initializing).first().waitFor({ state: "detached" });
  }

  /** The first line of the open log with that in it, whatever kind of blanks the page shows it with. */
  logLine(part: string): Locator {
    const pattern = new RegExp(part.replaceAll(" ", "\\s"));
    return this.page.locator(".part.panel .view-line", { hasText: pattern }).first();
  }

  /** What is underlined as a warning in the active editor. TypeScript's own complaints are errors. */
  get squiggles(): Locator {
    return this.page.locator(".editor-instance .squiggly-warning");
  }

  /** Goes to the next problem of the file, with the cursor alone: the view that opens is closed again. */
  async goToNextProblem(): Promise<void> {
    const view = this.page.locator(".marker-widget");
    await this.pressUntil("F8", view);
    await this.pressUntil("Escape", this.page.locator(".editor-instance:not(:has(.marker-widget))"));
  }

  /**
   * Asks what can be done here, as Ctrl+. does, until that is among it: the list shows what was there when it opened.
   * Returns the list's entries.
   */
  async openQuickFixes(title: string): Promise<Locator> {
    const entries = this.page.locator(".action-widget .monaco-list-row.action");
    const end = Date.now() + deadlineMilliseconds;
    while (!(await entries.filter({ hasText: title }).first().isVisible())) {
      // In an open list the same key picks what is selected, so it is closed for certain before.
      await this.closeQuickFixes();
      await this.#press("Control+.");
      try {
        await entries.first().waitFor({ timeout: 5 * patienceMilliseconds });
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
    return entries;
  }

  /** Closes the list of fixes: an Enter that is meant for something else must not pick one. */
  async closeQuickFixes(): Promise<void> {
    const closed = this.page.locator("body:not(:has(.action-widget .monaco-list))");
    await this.pressUntil("Escape", closed);
  }

  /** Asks what there is to know here and returns what the problems say about it. */
  async openHover(): Promise<Locator> {
    // Earlier ones stay in the page, hidden.
    const problem = this.page.locator(".monaco-hover .marker.hover-contents:visible");
    // One that is open where nobody sees it, beyond the lines that are shown, would only get the focus; and keys may be lost
    // with the focus, when something that had it went away.
    await this.pressUntil("Control+K Control+I", problem, "Escape Control+1");
    return problem;
  }

  /** Waits until a picture, named as its file, is beside the line numbers. */
  async seeInMargin(picture: string): Promise<void> {
    await this.#waitForStyle(".margin .cgmr, .glyph-margin-widgets .cgmr", undefined, "backgroundImage", picture);
  }

  /** Waits until a line has that behind its code: style sheets put it there, so that it is no text of the page. */
  async seeBesideCode(text: string): Promise<void> {
    await this.#waitForStyle(".view-line span", "::after", "content", text);
  }

  /** Waits until the tab of a file has its name in that colour, as style sheets have it. */
  async seeOnTab(name: string, colour: string): Promise<void> {
    await this.#waitForStyle(`.tab[data-resource-name="${name}"] .label-name`, undefined, "color", colour);
  }

  /** Waits until the style of one of the elements has a value with that in it, whatever kind of blanks it has. */
  async #waitForStyle(elements: string, part: string | undefined, property: string, value: string): Promise<void> {
    const [all, pseudo, name, wanted] = [elements, part ?? "", property, value].map((each) => JSON.stringify(each));
    await this.page.waitForFunction(
      `[...document.querySelectorAll(${all})].some((element) =>
        getComputedStyle(element, ${pseudo})[${name}].replaceAll("\\u00a0", " ").includes(${wanted}))`,
    );
  }

  /**
   * Presses a key unless that is shown already, and again if nothing comes of it: keys get lost while a widget closes or
   * has just opened. Each time it waits longer: on a slow machine the next press may end what the one before began.
   *
   * @param undo pressed before it is tried again
   */
  async pressUntil(key: string, shown: Locator, undo?: string): Promise<void> {
    const end = Date.now() + deadlineMilliseconds;
    for (let patience = patienceMilliseconds; !(await shown.first().isVisible()); patience *= 1.5) {
      await this.#press(key);
      try {
        await shown.first().waitFor({ timeout: patience });
      } catch (error) {
        if (Date.now() > end) throw error;
        if (undo !== undefined) await this.#press(undo);
      }
    }
  }

  /** A chord is written with a space: `Control+K Control+I`. */
  async #press(key: string): Promise<void> {
    for (const part of key.split(" ")) await this.page.keyboard.press(part);
  }

  /** What the Debug Console says, for those who read a failure. */
  async debugConsole(): Promise<string> {
    await this.runCommand("Debug Console: Focus on Debug Console View");
    return (await this.page.locator(".repl .monaco-list-row").allInnerTexts()).join("\n");
  }

  /**
   * Keeps what there is to see, for those who read a failure or choose a picture for the README; with a size, as much of it from
   * the top left corner.
   */
  async screenshot(name: string, size?: { readonly width: number; readonly height: number }): Promise<void> {
    const folder = join(repository, "out", "screenshots");
    mkdirSync(folder, { recursive: true });
    const part = size && { clip: { x: 0, y: 0, ...size } };
    await this.page.screenshot({ path: join(folder, `${name}.png`), ...part });
  }
}
