/** What someone sees and does who runs, debugs and reads traces, in a VS Code that has Heddle's package. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { basename } from "node:path";
import type { Locator } from "playwright-core";
import { windowSize } from "./chromium.js";
import type { Person } from "./person.js";
import { TracePanel } from "./trace-panel.js";

/** The sample's lines, counted from 1: where each thread takes its first lock, and where it waits for the other. */
export interface DeadlockLines {
  readonly first: readonly [t1: number, t2: number];
  readonly second: readonly [t1: number, t2: number];
}

/** Lines of the program with three threads, counted from 1: where one is stopped, and where another waits. */
export interface ThreadLines {
  readonly breakpoint: number;
  readonly waits: number;
}

/** Runs the deadlock by its code lens, reads who waits for whom, where, and goes to one of the lines with a click. */
export async function runTheDeadlock(person: Person, { first, second }: DeadlockLines): Promise<void> {
  await person.openFile("deadlock.ts");
  await clickLens(person, "Run and Trace");
  const panel = new TracePanel(person);
  await panel.deadlock.nth(1).waitFor();
  deepEqual(await panel.deadlock.allInnerTexts(), [
    `t1 holds mutexA deadlock.ts:${first[0]} and waits for mutexB deadlock.ts:${second[0]}`,
    `t2 holds mutexB deadlock.ts:${first[1]} and waits for mutexA deadlock.ts:${second[1]}`,
  ]);
  const line = `deadlock.ts:${second[1]}`;
  await panel.deadlock.nth(1).getByRole("button", { name: line }).click();
  await person.cursorAt(second[1]).waitFor();

  const rows = person.page.locator(".markers-panel .monaco-list-row");
  // One for the analysis and the run: what the run showed is its second line.
  await person.pressUntil("Control+Shift+M", rows.filter({ hasText: "lock-order-inversion" }).first());
  await panel.inState("ended").waitFor();
}

/** Opens the views beside the call stack and reads owners and waiters; a click goes to the line. */
export async function readThreadsAndLocks(person: Person, { first, second }: DeadlockLines): Promise<void> {
  await showViews(person, "Threads", "Locks");
  const described = (label: string): Locator => row(person, label);
  for (const label of [
    "t1 waits for mutexB, which t2 holds",
    "t2 waits for mutexA, which t1 holds",
    "mutexA held by t1, t2 waits",
    "mutexB held by t2, t1 waits",
  ]) {
    await described(label).waitFor();
  }
  await described("mutexA held by t1").click();
  await person.cursorAt(first[0]).waitFor();
  await described("t1 waits for mutexB").click();
  await person.cursorAt(second[0]).waitFor();
  await person.screenshot("trace-views");
}

/** Keeps pictures of the code and the panel in all kinds of themes, without the views that have nothing to do with it. */
export async function showThePanel(person: Person): Promise<void> {
  await person.page.setViewportSize({ width: 1440, height: 810 });
  await person.closeEditors();
  await person.openFile("deadlock.ts");
  await person.squiggles.first().waitFor();
  await person.pressUntil("Control+B", person.page.locator(".monaco-workbench.nosidebar"));
  await clickLens(person, "Run and Trace");
  const panel = new TracePanel(person);
  await panel.inState("ended").waitFor();
  await person.page.locator(".statusbar-item", { hasText: "Heddle:" }).waitFor({ state: "detached" });
  await panel.lane("t1").click();
  await person.hidePanel();
  await panel.deadlock.nth(1).waitFor();
  // The lens is at the end of the code, and what the mouse rests on has a tip.
  await person.pressUntil("Control+1", person.page.locator(".editor-instance .monaco-editor.focused"));
  await person.pressUntil("Control+Home", person.page.locator(".editor-instance .line-numbers", { hasText: /^1$/ }));
  await person.page.mouse.move(0, 0);
  await person.statusAtRest();
  for (const kind of ["light", "high-contrast", "dark"] as const) {
    await person.useColours(kind);
    await person.screenshot(`trace-panel-${kind}`);
  }
  await person.pressUntil("Control+B", person.page.locator(".monaco-workbench:not(.nosidebar)"));
  await person.page.setViewportSize(windowSize);
}

/**
 * Stops a thread at a breakpoint; the panel selects it, and all there is to know of the three threads is told: in the
 * tables, in the views, and at their lines.
 */
export async function stopInAThread(person: Person, { breakpoint, waits }: ThreadLines): Promise<void> {
  await person.openFile("three-threads.ts", breakpoint);
  await person.pressUntil("F9", person.page.locator(".codicon-debug-breakpoint"));
  await person.runCommand("Heddle: Debug and Trace");
  const panel = new TracePanel(person);
  await panel.selectedLane.filter({ hasText: `paused at three-threads.ts:${breakpoint}` }).waitFor();
  match(await panel.selectedLane.innerText(), /^holder/);
  for (const [thread, parts] of [
    ["holder", [/paused at three-threads\.ts:\d+/, /inner three-threads\.ts:\d+/]],
    ["waiter", [/waits for inner three-threads\.ts:\d+ .*, held by holder/, /outer three-threads\.ts:\d+/]],
    ["MainThread", [/joins holder three-threads\.ts:\d+/, /ledger three-threads\.ts:\d+/]],
  ] as const) {
    const row = await panel.row("Threads", thread);
    for (const part of parts) await row.filter({ hasText: part }).waitFor();
  }
  await readThePausedProgram(person, waits);
  await person.page.setViewportSize({ width: 1440, height: 900 });
  await person.hidePanel();
  for (const kind of ["paused", "waits"]) await person.seeInMargin(`thread-${kind}-dark.svg`);
  for (const text of ["holder paused", "waiter waits for inner, which holder holds", "MainThread joins holder"]) {
    await person.seeBesideCode(text);
  }
  await person.screenshot("trace-debugging-dark");
  for (const kind of ["light", "high-contrast"] as const) {
    await person.useColours(kind);
    await person.seeInMargin(`thread-paused-${kind === "light" ? "light" : "dark"}.svg`);
    await person.screenshot(`trace-debugging-${kind}`);
  }
  await person.useColours("dark");
  await person.page.setViewportSize(windowSize);
  // It goes on, and so do all the others, to the end.
  await person.page.keyboard.press("F5");
  await panel.inState("ended").waitFor();
  equal(await panel.state.innerText(), "Ended");
  await debuggingEnds(person);
}

/** Waits until the debugger has left as well: what is debugged while it still does so may run past its breakpoints. */
async function debuggingEnds(person: Person): Promise<void> {
  await person.page.locator(".debug-toolbar").waitFor({ state: "hidden" });
}

/** Stops a thread of a process that the program started: that one's lane is selected, and all its threads are told. */
export async function stopInAChild(person: Person, { breakpoint }: ThreadLines): Promise<void> {
  await person.closeEditors();
  await person.openFile("forks.ts");
  await person.runCommand("Heddle: Debug and Trace");
  const panel = new TracePanel(person);
  await panel.selectedLane.filter({ hasText: `paused at three-threads.ts:${breakpoint}` }).waitFor();
  const [, child = ""] = /^holder · (\d+)/.exec(await panel.selectedLane.innerText()) ?? [];
  ok(Number(child) > 0, await panel.selectedLane.innerText());
  const of = (name: string): string => `${name} of process ${child}`;
  for (const [thread, wait, held] of [
    ["waiter", `waits for ${of("inner")}`, of("outer")],
    ["MainThread", `joins ${of("holder")}`, of("ledger")],
  ] as const) {
    const row = await panel.row("Threads", of(thread));
    for (const part of [wait, held]) await row.filter({ hasText: part }).waitFor();
  }
  await person.hidePanel();
  for (const kind of ["paused", "waits"]) await person.seeInMargin(`thread-${kind}-dark.svg`);
  await person.seeBesideCode(`${of("waiter")} waits for ${of("inner")}, which ${of("holder")} holds`);
  await person.screenshot("trace-debugging-child");
  await person.page.keyboard.press("F5");
  await panel.inState("ended").waitFor();
  equal(await panel.state.innerText(), "Ended");
  await debuggingEnds(person);
}

/** In the views beside the call stack: how full the queue is, and in which calls a thread waits; a click goes to the line. */
async function readThePausedProgram(person: Person, waits: number): Promise<void> {
  await showViews(person, "Threads", "Queues and Pools");
  await row(person, "jobs 2 of 4, at most 2").waitFor();
  const waiter = row(person, "waiter waits for inner, which holder holds");
  await waiter.locator(".monaco-tl-twistie").click();
  await row(person, `in Waiter.run at three-threads.ts:${waits}`).click();
  await person.cursorAt(waits).waitFor();
}

/** Opens a trace that somebody recorded, as a file that is only read; one that was cut off, a damaged one, and none. */
export async function openTraces(person: Person): Promise<void> {
  const panel = new TracePanel(person);
  await person.openFile("recorded.heddletrace");
  await panel.inState("ended").waitFor();
  match((await panel.deadlock.allInnerTexts()).join("\n"), /t1 holds mutexA .* and waits for mutexB/);
  await panel.lane("t1").click();
  await panel.selectedLane.filter({ hasText: "waits for mutexB" }).waitFor();
  ok((await person.page.locator(".tab.active.dirty").count()) === 0, "There is something to be saved.");
  await person.screenshot("trace-recorded");
  await walkTheDeadlock(person, panel);
  await person.openFile("cut.heddletrace");
  await panel.inState("killed").waitFor();
  await panel.body.filter({ hasText: "the program was killed" }).waitFor();
  await person.openFile("damaged.heddletrace");
  await panel.inState("killed").waitFor();
  await panel.body.filter({ hasText: "a part of the trace is damaged" }).waitFor();
  await person.openFile("foreign.heddletrace");
  await panel.inState("unreadable").waitFor();
  await panel.body.filter({ hasText: "this is no Heddle trace" }).waitFor();
  await person.screenshot("trace-foreign");
}

/** Goes from wait to wait and back with the keys, reads where they lead in the end, and sees the ring as a graph. */
async function walkTheDeadlock(person: Person, panel: TracePanel): Promise<void> {
  await panel.details.getByText("itself, in a cycle of 2").waitFor();
  await person.page.keyboard.press("]");
  await panel.selectedLane.filter({ hasText: "waits for mutexA" }).waitFor();
  await person.page.keyboard.press("[");
  await panel.selectedLane.filter({ hasText: "waits for mutexB" }).waitFor();
  await panel.tab("Wait-for graph").click();
  for (const thread of ["t1", "t2"]) await panel.button(`${thread}, on a ring`).waitFor();
  await person.screenshot("trace-wait-for");
}

/** Compares the trace that is open with another one, which comes beside it: what differs stands in a table. */
export async function compareTwoTraces(person: Person, other: string): Promise<void> {
  await person.closeEditors();
  await person.openFile("recorded.heddletrace");
  const panel = new TracePanel(person, 0);
  await panel.inState("ended").waitFor();
  await panel.button("Compare").click();
  await answerWithPath(person, other);
  await panel.tab("Comparison with solved").waitFor();
  await panel.body.filter({ hasText: /deadlocks 1 → 0/ }).waitFor();
  await person.screenshot("trace-compared");
}

/**
 * Exports the trace that is open for another viewer: leaves the dialog, then takes what it proposes; leaves an export of
 * another trace, which takes longer, on its way.
 */
export async function exportTraces(person: Person, big: string): Promise<void> {
  await person.closeEditors();
  await person.openFile("recorded.heddletrace");
  const panel = new TracePanel(person);
  await panel.inState("ended").waitFor();
  const formats = person.page.locator(".quick-input-list .monaco-list-row", { hasText: "Chrome JSON" });
  const path = person.page.locator(".quick-input-widget input");
  const proposed = async (): Promise<string> => {
    await panel.button("Export").click();
    await formats.click();
    await person.page.locator(".quick-input-title", { hasText: "Export Trace" }).waitFor();
    await person.page.waitForFunction(`document.querySelector(".quick-input-widget input").value.endsWith(".json")`);
    return await path.inputValue();
  };
  match(await proposed(), /recorded\.json$/);
  await path.press("Escape");
  await path.waitFor({ state: "hidden" });
  await proposed();
  await path.press("Enter");
  await toast(person, "recorded.json has the trace as Chrome JSON").waitFor();
  await person.screenshot("trace-exported");
  await person.openFile(big);
  await panel.inState("ended").waitFor();
  await proposed();
  await path.press("Enter");
  const exporting = toast(person, "exporting");
  await exporting.getByText("Cancel").click();
  await exporting.waitFor({ state: "detached" });
}

/** Answers the dialog that asks for a file. While it still reads its folder, it puts that in place of what is typed. */
async function answerWithPath(person: Person, path: string): Promise<void> {
  const input = person.page.locator(".quick-input-widget input");
  const end = Date.now() + 60_000;
  for (let patience = 2_000; ; patience *= 1.5) {
    await input.fill(path);
    await person.page.locator(".quick-input-list .monaco-list-row", { hasText: basename(path) }).waitFor();
    await input.press("Enter");
    try {
      await input.waitFor({ state: "hidden", timeout: patience });
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      if (await input.isHidden()) return;
    }
  }
}

/** Closes the panel while the program runs, and opens it again: it shows the same run, which Ctrl+C ends. */
export async function reopenThePanel(person: Person): Promise<void> {
  const panel = new TracePanel(person);
  await person.openFile("waits.ts");
  await clickLens(person, "Run and Trace");
  await panel.inState("live").waitFor();
  await panel.lane("MainThread").click();
  const tab = person.page.locator('.tab[data-resource-name$=".heddletrace"]');
  await tab.locator(".codicon-close").click();
  await tab.waitFor({ state: "detached" });
  await person.page.locator(".statusbar-item", { hasText: "Heddle: waits.ts" }).click();
  await panel.inState("live").waitFor();
  await panel.lane("MainThread").filter({ hasText: "waits for never" }).waitFor();
  await person.page.locator(".terminal-wrapper.active .xterm").click();
  await person.page.keyboard.press("Control+C");
  await panel.inState("killed").waitFor();
}

/** Asks for what cannot be run, and is told why. */
export async function askForTheImpossible(person: Person): Promise<void> {
  await person.openFile("README.md");
  await person.runCommand("Heddle: Run and Trace");
  await toast(person, "README.md is neither TypeScript nor JavaScript").waitFor();
}

/** In a folder that nobody trusts nothing of it runs. */
export async function runNothingInRestrictedMode(person: Person): Promise<void> {
  await person.openFile("deadlock.ts");
  await clickLens(person, "Run and Trace");
  await toast(person, "This workspace is not trusted").waitFor();
  ok((await person.page.locator("iframe.webview").count()) === 0, "A trace was opened.");
}

/** Of the active editor, whose call of `main` is at its end. */
async function clickLens(person: Person, title: string): Promise<void> {
  await person.hidePanel();
  const lens = person.page.locator(".codelens-decoration a", { hasText: title }).first();
  await person.pressUntil("Control+End", lens);
  await lens.click();
}

function toast(person: Person, text: string): Locator {
  return person.page.locator(".notification-toast", { hasText: text });
}

/** A row of a view beside the call stack, by the beginning of what a screen reader says of it. */
function row(person: Person, label: string): Locator {
  return person.page.locator(`.part.sidebar [aria-label^="${label}"]`).first();
}

/** Opens these views beside the call stack, and closes those above them that take their room. */
async function showViews(person: Person, ...titles: readonly string[]): Promise<void> {
  const headers = person.page.locator(".part.sidebar .pane-header");
  await person.pressUntil("Control+Shift+D", headers.filter({ hasText: "Threads" }));
  for (const header of await headers.all()) {
    const isWanted = titles.includes(((await header.textContent()) ?? "").trim());
    const isOpen = (await header.getAttribute("aria-expanded")) === "true";
    if (isWanted !== isOpen) await header.click();
  }
}
