/** What someone sees and does in the views about the whole workspace, and in the graph of its locks. */
import { equal } from "node:assert/strict";
import type { Locator } from "playwright-core";
import { windowSize } from "./chromium.js";
import { type Person, pictureSize } from "./person.js";
import type { DeadlockLines } from "./tracing.js";

/** Reads what is found by rule, by file and by lock, filters it, and goes to a line with a key. */
export async function readTheFindings(person: Person, { second }: DeadlockLines): Promise<void> {
  await person.openFile("deadlock.ts");
  await person.squiggles.first().waitFor();
  await person.runCommand("Heddle: Focus on Findings View");
  await row(person, "lock-order-inversion").waitFor();
  // Nobody has the file open that these are in.
  await row(person, "unguarded-shared-mutation").waitFor();
  await person.screenshot("findings-by-rule", pictureSize);
  await person.runCommand("Heddle: Group Findings by Lock");
  await row(person, "mutexA").waitFor();
  await row(person, "About no lock").waitFor();
  await person.runCommand("Heddle: Group Findings by File");
  await row(person, "lost-update.ts").waitFor();

  await person.runCommand("Heddle: Filter Findings");
  const input = person.page.locator(".quick-input-widget input[placeholder^='Words of the rule']");
  await input.fill("inversion mutexA");
  await row(person, "lost-update.ts").waitFor({ state: "detached" });
  await person.page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
  const finding = row(person, "warning");
  await person.runCommand("Heddle: Focus on Findings View");
  const focused = person.page.locator(".part.sidebar .monaco-list:focus-within .monaco-list-row.focused");
  await person.pressUntil("ArrowDown", focused);
  await person.pressUntil("ArrowRight", finding);
  await person.pressUntil("ArrowDown", focused.and(finding));
  await person.screenshot("findings-filtered");
  const place = person.cursorAt(second[0]).or(person.cursorAt(second[1]));
  await person.pressUntil("Enter", place);
  await person.runCommand("Heddle: Clear the Filter of Findings");
  await row(person, "lost-update.ts").waitFor();
  await person.runCommand("Heddle: Group Findings by Rule");
}

/** Reads what the source says of each lock, and goes to where one is declared. */
export async function readTheLocks(person: Person): Promise<void> {
  await person.runCommand("Heddle: Focus on Locks View");
  const lock = row(person, "on a ring that can deadlock, mutexA");
  await lock.scrollIntoViewIfNeeded();
  await lock.click();
  await person.cursorAt(4).waitFor();
  await person.pressUntil("ArrowRight", row(person, "Taken while it is held, 1"));
  await row(person, "Held while it is taken, 1").waitFor();
  await person.screenshot("locks-in-the-source");
}

/** Opens the graph of all locks, and goes from an edge to both of its places, by keys alone. */
export async function readTheLockOrder(person: Person, { first, second }: DeadlockLines): Promise<void> {
  await openTheGraph(person);
  const frame = graphFrame(person);
  const edge = frame.getByRole("button", { name: /mutexB is taken deadlock.*mutexA is held.*on a ring/ });
  await edge.waitFor();
  equal(await frame.locator(".graph .edge.bad").count(), 2, "the two edges of the one ring");
  for (const [key, line] of [
    ["Enter", second[0]],
    ["Shift+Enter", first[0]],
  ] as const) {
    // Again, if the key went to an editor that took the focus back.
    for (const end = Date.now() + 60_000; !(await person.cursorAt(line).isVisible()) && Date.now() < end; ) {
      try {
        await edge.focus({ timeout: 2_000 });
        await person.page.keyboard.press(key);
        await person.cursorAt(line).waitFor({ timeout: 5_000 });
      } catch {
        // The edge is not in view any more, or the line not yet.
      }
    }
    await person.cursorAt(line).waitFor();
    await openTheGraph(person);
    await edge.waitFor();
  }
}

/** Keeps pictures of the graph, in every kind of theme. */
export async function showTheLockOrder(person: Person): Promise<void> {
  await person.page.setViewportSize({ width: 1200, height: 620 });
  await person.closeEditors();
  await openTheGraph(person);
  const frame = graphFrame(person);
  await person.hidePanel();
  await person.pressUntil("Control+B", person.page.locator(".monaco-workbench.nosidebar"));
  await frame.locator(".graph .edge.bad").nth(1).waitFor();
  await frame.locator(".legend li").nth(3).waitFor();
  await person.statusAtRest();
  for (const kind of ["light", "high-contrast", "dark"] as const) {
    await person.useColours(kind);
    await person.screenshot(`lock-order-${kind}`);
  }
  await person.closeEditors();
  await person.pressUntil("Control+B", person.page.locator(".monaco-workbench:not(.nosidebar)"));
  await person.page.setViewportSize(windowSize);
}

async function openTheGraph(person: Person): Promise<void> {
  await person.runCommand("Heddle: Show Lock-Order Graph");
  await person.page
    .locator('.tab.active[data-resource-name="Lock Order"], .tab.active[aria-label^="Lock Order"]')
    .waitFor();
}

function graphFrame({ page }: Person) {
  return page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
}

/** A row of the views, by the beginning of what a screen reader says of it. */
function row(person: Person, label: string): Locator {
  return person.page.locator(`.part.sidebar .monaco-list-row[aria-label^="${label}"]`).first();
}
