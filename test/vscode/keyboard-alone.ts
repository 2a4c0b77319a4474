/** Everything once by someone who has no pointer. Whatever gets the focus here got it by a key. */
import { match } from "node:assert/strict";
import type { Locator } from "playwright-core";
import type { Person } from "./person.js";
import { TracePanel } from "./trace-panel.js";
import type { DeadlockLines } from "./tracing.js";

/** More presses of a key than lie between any two things that can have the focus. */
const MOST_PRESSES = 60;

/** Presses of a key behind which what is sought in a list, which has an end, was missed. */
const TURN = 15;

/** Milliseconds until a press of a key is taken for one that did something else. */
const PATIENCE = 1_000;
/** The same for a key that comes round again, should the next press have been too early. */
const CYCLE_PATIENCE = 250;

/** What a pointer does before anything comes of it. */
const POINTED = ["pointerdown", "mousedown", "touchstart", "wheel", "dragstart"];

/** Notes every use of a pointer, in all pages of pages that are opened from now on. */
export async function watchPointers({ page }: Person): Promise<readonly string[]> {
  const used: string[] = [];
  await page.exposeFunction("onPointed", (what: string) => used.push(what));
  await page.addInitScript(
    `for (const type of ${JSON.stringify(POINTED)}) addEventListener(type, () => void onPointed(type), true);`,
  );
  return used;
}

/** Mends a race, reads findings, locks and their order, runs a program, follows its wait to the blocker, and exports what was seen. */
export async function doEverythingByKeys(person: Person, lines: DeadlockLines): Promise<void> {
  await mendTheRace(person);
  await readTheViews(person, lines);
  await walkTheOrder(person, lines);
  await followTheTrace(person);
}

async function mendTheRace(person: Person): Promise<void> {
  await choose(person, "Control+P", "lost-update.ts", "lost-update.ts");
  await person.page.locator('.tab.active[data-resource-name="lost-update.ts"]').waitFor();
  await person.squiggles.first().waitFor();
  const before = await person.squiggles.count();
  await command(person, "Go to Next Problem (Error, Warning, Info)");
  const widget = person.page.locator(".marker-widget");
  await widget.waitFor();
  await person.pressUntil("Escape", person.page.locator(".editor-instance:not(:has(.marker-widget))"));
  const fixes = await person.openQuickFixes("Wrap in");
  match(await fixes.first().innerText(), /Wrap in/, "Enter takes the first.");
  await person.page.keyboard.press("Enter");
  await person.squiggles.nth(before - 1).waitFor({ state: "detached" });
}

async function readTheViews(person: Person, { second }: DeadlockLines): Promise<void> {
  await focusView(person, "Findings", "lock-order-inversion");
  const tree = person.page.locator(".part.sidebar .monaco-list:focus-within");
  const focused = tree.locator(".monaco-list-row.focused");
  const row = (label: string): Locator => focused.and(person.page.locator(`[aria-label^="${label}"]`));
  await walkTo(person, "ArrowDown", row("lock-order-inversion"));
  await person.screenshot("keys-findings");
  await walkTo(person, "ArrowRight", row("warning"));
  await person.page.keyboard.press("Enter");
  await person.cursorAt(second[0]).or(person.cursorAt(second[1])).first().waitFor();

  await focusView(person, "Locks", "on a ring that can deadlock, mutexA");
  await walkTo(person, "ArrowDown", row("on a ring that can deadlock, mutexA"));
  await walkTo(person, "ArrowRight", tree.locator('[aria-label^="Taken while it is held"]'));
  await walkTo(person, "ArrowDown", row("Taken while it is held"));
  await person.screenshot("keys-locks");
  await walkTo(person, "ArrowRight", row("mutexB"));
  await person.page.keyboard.press("Enter");
  await person.cursorAt(second[0]).waitFor();
}

async function walkTheOrder(person: Person, { second }: DeadlockLines): Promise<void> {
  await command(person, "Heddle: Show Lock-Order Graph");
  const frame = person.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  const edge = frame.getByRole("button", { name: /mutexB is taken deadlock.*mutexA is held.*on a ring/ });
  await edge.waitFor();
  // The graph is one stop; its arrows lead from node to node and edge to edge.
  await walkTo(person, "Tab", frame.locator(".graph g:focus"));
  await walkTo(person, "ArrowRight", edge.and(frame.locator(":focus")));
  await person.screenshot("keys-lock-order");
  await person.page.keyboard.press("Enter");
  await person.cursorAt(second[0]).waitFor();
}

async function followTheTrace(person: Person): Promise<void> {
  await command(person, "View: Close All Editors");
  // The fix was tried and is not wanted.
  await person.page.locator(".monaco-dialog-box").waitFor();
  await walkTo(
    person,
    "Tab",
    person.page.locator(".monaco-dialog-box .monaco-button:focus", { hasText: "Don't Save" }),
  );
  await person.page.keyboard.press("Enter");
  await person.page.locator(".tabs-container .tab").first().waitFor({ state: "detached" });

  await choose(person, "Control+P", "deadlock.ts", "deadlock.ts");
  await person.squiggles.first().waitFor();
  await command(person, "Heddle: Run and Trace");
  const panel = new TracePanel(person);
  await panel.inState("ended").waitFor();
  await panel.deadlock.nth(1).waitFor();
  // To the editor beside.
  const beside = person.page.locator('.editor-group-container.active .tab[data-resource-name$=".heddletrace"]');
  await person.pressUntil("Control+2", beside);
  await walkTo(person, "Tab", panel.focused.and(panel.byRole("listbox", "Threads")));
  await walkTo(person, "ArrowDown", panel.selectedLane.filter({ hasText: "t1" }));
  await panel.details.getByText("t1 waits for mutexB").waitFor();
  await person.screenshot("keys-lanes");
  await person.page.keyboard.press("]");
  await panel.selectedLane.filter({ hasText: "t2" }).waitFor();

  await walkTo(person, "Tab", panel.focused.and(panel.byRole("tab")));
  await walkTo(person, "ArrowRight", panel.focused.and(panel.tab("Locks")));
  await walkTo(person, "Tab", panel.focused.and(panel.byRole("tabpanel")));
  await panel.body.getByRole("cell", { name: "mutexA" }).first().waitFor();
  await person.screenshot("keys-table");

  await walkTo(person, "Shift+Tab", panel.focused.and(panel.button("Export")));
  await person.screenshot("keys-export");
  await person.page.keyboard.press("Enter");
  const formats = person.page.locator(".quick-input-list .monaco-list-row");
  await formats.filter({ hasText: "Chrome JSON" }).waitFor();
  await walkTo(person, "ArrowDown", formats.and(person.page.locator(".focused")).filter({ hasText: "Chrome JSON" }));
  await person.page.keyboard.press("Enter");
  await person.page.locator(".quick-input-title", { hasText: "Export Trace" }).waitFor();
  await person.page.waitForFunction(`document.querySelector(".quick-input-widget input").value.endsWith(".json")`);
  await person.page.keyboard.press("Enter");
  await person.page.locator(".notification-toast", { hasText: "has the trace as Chrome JSON" }).waitFor();

  await command(person, "View: Close All Editors");
  await person.page.locator(".tabs-container .tab").first().waitFor({ state: "detached" });
  await person.page.locator("iframe.webview").first().waitFor({ state: "detached" });
}

/** Opens a view that has such a row, and is in its rows. */
async function focusView(person: Person, view: string, label: string): Promise<void> {
  const row = person.page.locator(`.monaco-list-row[aria-label^="${label}"]`);
  const list = person.page.locator(".part.sidebar .monaco-list:focus-within").filter({ has: row });
  await command(person, `Heddle: Focus on ${view} View`);
  await person.page.locator(".part.sidebar").filter({ has: row }).waitFor();
  // A view that had no rows yet had nothing to be in.
  if (!(await appears(list, 2 * PATIENCE))) await command(person, `Heddle: Focus on ${view} View`);
  await list.waitFor();
}

/** Chooses a command by its title, as F1 does. */
async function command(person: Person, title: string): Promise<void> {
  await choose(person, "F1", title, title);
}

/**
 * Opens a list with a key, types, and takes the row with that in it. Again, if the list is closed by what takes the focus,
 * or opened before what is sought was there.
 */
async function choose(person: Person, key: string, typed: string, label: string): Promise<void> {
  const input = person.page.locator(".quick-input-widget input");
  const row = person.page.locator(".quick-input-list .monaco-list-row", { hasText: label });
  for (let tries = 0; ; tries++) {
    await person.pressUntil(key, input);
    try {
      await person.page.keyboard.type(typed);
      await row.first().waitFor({ timeout: 10_000 });
      await walkTo(person, "ArrowDown", row.and(person.page.locator(".focused")));
      break;
    } catch (error) {
      if (tries === 4) throw error;
      await person.page.keyboard.press("Escape");
      await input.waitFor({ state: "hidden" });
    }
  }
  await person.page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
}

/**
 * Presses a key until that is shown, as somebody does who looks at each step. Whoever went too far in a list goes back; whoever
 * came round without seeing it looks longer.
 */
async function walkTo(person: Person, key: string, shown: Locator): Promise<void> {
  const isCycle = /Tab/.test(key);
  for (let presses = 0; presses < (isCycle ? 2 : 1) * MOST_PRESSES; presses++) {
    if (await appears(shown, isCycle && presses < MOST_PRESSES ? CYCLE_PATIENCE : PATIENCE)) return;
    const isBack = key === "ArrowDown" && presses % (2 * TURN) >= TURN;
    await person.page.keyboard.press(isBack ? "ArrowUp" : key);
  }
  await shown.first().waitFor();
}

async function appears(what: Locator, timeout: number): Promise<boolean> {
  try {
    await what.first().waitFor({ timeout });
    return true;
  } catch {
    return false;
  }
}
