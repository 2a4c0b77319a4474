/** The panel's real page, with its real policy, in a real browser, about programs that really ran. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { BrowserContext, Locator } from "playwright-core";
import type { Place } from "../../client/shared/messages.js";
import { formatDuration } from "../../client/webview/layout/duration.js";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { writeBigTrace } from "../support/big-trace.js";
import { family } from "../support/family-trace.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { inversion } from "../support/inversion.js";
import { repositoryRoot } from "../support/repository.js";
import { program } from "../support/trace.js";
import { TraceWriter } from "../support/trace-writer.js";
import { openBrowser } from "../vscode/chromium.js";
import { type PanelOptions, PanelPage, PanelServer } from "./panel-page.js";
import type { ThemeName } from "./themes.js";

const cwd = fileURLToPath(repositoryRoot);
const scratch = mkdtempSync(join(tmpdir(), "heddle-panel-"));

let browser: BrowserContext;
let server: PanelServer;
let folder: Folder;
let deadlock: string;
let crossing: string;

before(async () => {
  folder = new Folder();
  deadlock = folder.file("deadlock.heddletrace");
  crossing = folder.file("crossing.heddletrace");
  writeCrossing(crossing);
  [browser, server] = await Promise.all([
    openBrowser(scratch),
    PanelServer.start(),
    heddle(["run", "--trace", deadlock, program("samples/deadlock")], { cwd }),
  ]);
});

after(async () => {
  server.stop();
  await browser.close();
  folder[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
});

/** A deadlock whose moments are known: t2 waits from 200 ms on and t1 from 300 ms on, until the end after a second. */
function writeCrossing(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  const [mutexA, mutexB] = [1, 2];
  out.object(mutexA, "lock", "mutexA");
  out.object(mutexB, "lock", "mutexB");
  for (const [site, line] of [11, 14, 23, 26].entries()) out.site(site + 1, line, "/src/deadlock.ts");
  out.thread(1, 0, "MainThread");
  out.thread(2, 10 * milliseconds, "t1");
  out.thread(3, 20 * milliseconds, "t2");
  out.event(2, 100 * milliseconds, EVENTS.acquired, { object: mutexA, site: 1 });
  out.event(2, 300 * milliseconds, EVENTS.waitBegan, { object: mutexB, site: 2, first: 3 });
  out.event(3, 120 * milliseconds, EVENTS.acquired, { object: mutexB, site: 3 });
  out.event(3, 200 * milliseconds, EVENTS.waitBegan, { object: mutexA, site: 4, first: 2 });
  out.pass(310 * milliseconds);
  out.deadlock(310 * milliseconds, [
    [2, mutexB, 2, 3, 3],
    [3, mutexA, 4, 2, 1],
  ]);
  out.end(1000 * milliseconds);
  writeFileSync(file, out.take());
}

/** The same program, mended: both take mutexA first, and t1 waits 50 ms for mutexB. */
function writeSolved(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  const [mutexA, mutexB] = [1, 2];
  // Other ids: what has the same name is the same.
  out.object(mutexB, "lock", "mutexA");
  out.object(mutexA, "lock", "mutexB");
  for (const [site, line] of [11, 14, 23].entries()) out.site(site + 1, line, "/copy/deadlock.ts");
  for (const [i, name] of ["MainThread", "t1", "t2"].entries()) out.thread(i + 1, 0, name);
  out.event(2, 100 * milliseconds, EVENTS.acquired, { object: mutexB, site: 1 });
  out.event(3, 120 * milliseconds, EVENTS.acquired, { object: mutexA, site: 3 });
  out.event(2, 300 * milliseconds, EVENTS.waitBegan, { object: mutexA, site: 2, first: 3 });
  out.event(3, 350 * milliseconds, EVENTS.released, { object: mutexA });
  out.event(2, 350 * milliseconds, EVENTS.waitEnded, { object: mutexA, first: 1 });
  out.event(2, 400 * milliseconds, EVENTS.released, { object: mutexB });
  out.event(2, 400 * milliseconds, EVENTS.released, { object: mutexA });
  out.end(500 * milliseconds);
  writeFileSync(file, out.take());
}

/** What `heddle trace compare --json` prints. */
interface TraceComparisonReport {
  readonly run: Readonly<Record<string, BothFigures>>;
  readonly rows: readonly {
    readonly kind: "finding" | "lock" | "place" | "thread";
    readonly name: string;
    readonly in: "both" | "first" | "second";
    readonly figures: Readonly<Record<string, BothFigures>>;
  }[];
}

interface BothFigures {
  readonly first: number;
  readonly second: number;
}

/** A queue that has 40 messages from 100 to 500 ms, and a pool of which one worker is busy from 200 to 800 ms. */
function writeCounters(file: string): void {
  const out = new TraceWriter();
  const milliseconds = 1e6;
  out.object(1, "queue", "jobs", 64);
  out.object(2, "pool", "images", 2);
  out.label(1, "resize");
  out.thread(1, 0, "main");
  out.thread(2, 0, "images-1");
  out.event(1, 100 * milliseconds, EVENTS.level, { object: 1, first: 40 });
  out.event(1, 150 * milliseconds, EVENTS.waitBegan, { object: 1 });
  out.event(2, 200 * milliseconds, EVENTS.spanBegan, { object: 2, first: 1, second: 1 });
  out.event(2, 500 * milliseconds, EVENTS.level, { object: 1, first: 0 });
  out.event(1, 500 * milliseconds, EVENTS.waitEnded, { object: 1, first: 1 });
  out.event(2, 800 * milliseconds, EVENTS.spanEnded, { object: 2, second: 1 });
  out.end(1000 * milliseconds);
  writeFileSync(file, out.take());
}

function isBlue(colour: string): boolean {
  const [red = 0, , blue = 0] = colour.split(",").map(Number);
  return blue > red + 25;
}

/** Opens a trace, does something with the page, and sees to it that nothing was refused and nothing threw. */
async function withPanel(file: string, options: PanelOptions, use: (panel: PanelPage) => Promise<void>): Promise<void> {
  await using panel = await PanelPage.open(browser, server, file, options);
  await use(panel);
  deepEqual(panel.violations, []);
}

function lane(panel: PanelPage, name: string): Locator {
  return panel.page.getByRole("option", { name });
}

function selectedLane(panel: PanelPage, name: string): Locator {
  return panel.page.getByRole("option", { name, selected: true });
}

function details(panel: PanelPage): Locator {
  return panel.page.getByRole("complementary", { name: "Selected thread" });
}

/** The colours that are found in a part of the lanes: `r,g,b`. */
async function coloursIn(panel: PanelPage, box: { x: number; y: number; width: number; height: number }) {
  const found: unknown = await panel.page.evaluate(`{
    const { x, y, width, height } = ${JSON.stringify(box)};
    const { data } = document.querySelector("canvas.lanes").getContext("2d").getImageData(x, y, width, height);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) colours.add([data[i], data[i + 1], data[i + 2]].join());
    [...colours];
  }`);
  return found as readonly string[];
}

/** The rows of the second lane, that of the first thread. */
const secondLane = { x: 0, y: 24 + 46, width: 800, height: 45 };

suite("the panel on the deadlock sample", () => {
  test("says who waits for whom, with locks and lines that open, and threads that are selected", () =>
    withPanel(deadlock, {}, async (panel) => {
      const banner = panel.page.getByRole("alert");
      await banner.getByText("Deadlock", { exact: true }).waitFor();
      const text = (await banner.innerText()).replaceAll(/\s+/g, " ");
      match(text, /t1 holds mutexA deadlock\.ts:\d+ and waits for mutexB deadlock\.ts:\d+/);
      match(text, /t2 holds mutexB deadlock\.ts:\d+ and waits for mutexA deadlock\.ts:\d+/);

      const source = readFileSync(new URL("test/samples/deadlock.ts", repositoryRoot), "utf8").split("\n");
      const links = banner.locator("button.place");
      equal(await links.count(), 4);
      for (const link of await links.all()) {
        await link.click();
        const shown = await link.innerText();
        await panel.until(() => panel.said.at(-1)?.type === "open", "a wish to open a place");
        const { place } = panel.said.at(-1) as { readonly place: Place };
        equal(`deadlock.ts:${place.line}`, shown);
        match(place.file, /test\/samples\/deadlock\.ts$/);
        match(source[place.line - 1]!, /mutex[AB]\.acquire\(\)/);
      }

      await banner.getByRole("button", { name: "t2" }).click();
      await selectedLane(panel, "t2").waitFor();
      await details(panel).getByText("t2 waits for mutexA").waitFor();
    }));

  test("is walked by keys alone, to the blocker and back, and every step is read out", () =>
    withPanel(crossing, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      const { keyboard } = panel.page;
      const names = panel.page.getByRole("listbox", { name: "Threads" });
      const heading = details(panel).getByRole("heading");
      const news = panel.page.getByRole("status");
      await names.focus();
      // The last change of t1 is when it begins to wait, and t2 waits since before.
      await keyboard.press("ArrowDown");
      await keyboard.press("ArrowDown");
      await eventually(
        () => names.getAttribute("aria-activedescendant"),
        (id) => id === "lane-1",
      );
      await keyboard.press(",");
      await heading.getByText("t1 waits for mutexB").waitFor();
      await keyboard.press("]");
      await heading.getByText("t2 waits for mutexA").waitFor();
      await news.getByText(/t2 waits for mutexA, since/).waitFor();
      await keyboard.press("]");
      await heading.getByText("t1 waits for mutexB").waitFor();
      await details(panel).getByText("itself, in a cycle of 2").waitFor();
      await keyboard.press("[");
      await heading.getByText("t2 waits for mutexA").waitFor();
      await keyboard.press("[");
      await heading.getByText("t1 waits for mutexB").waitFor();
      await details(panel).getByRole("button", { name: "[ back" }).waitFor({ state: "hidden" });
      await keyboard.press("Escape");
      await details(panel).getByText("Select a thread").waitFor();
    }));

  test("shows what was so at any moment: who held what, who waited, what every thread did", () =>
    withPanel(crossing, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      const moment = panel.page.getByRole("slider", { name: "Moment" });
      const says = (sentence: RegExp): Promise<unknown> =>
        eventually(
          () => moment.getAttribute("aria-valuetext"),
          (said) => sentence.test(said ?? ""),
        );
      await says(/^now$/);
      const axis = (await moment.boundingBox())!;
      await panel.page.mouse.move(axis.x + axis.width * 0.4, axis.y + 10);
      await panel.page.mouse.down();
      await panel.page.mouse.move(axis.x + axis.width * 0.25, axis.y + 10, { steps: 5 });
      await panel.page.mouse.up();
      const early =
        /^2\d\d\.\d+ ms: t2 waits for mutexA \d\d\.\d ms, held by t1; MainThread runs; t1 runs, holds mutexA$/;
      await says(early);
      const details = panel.page.getByRole("complementary", { name: "Selected moment" });
      await details.getByRole("heading", { name: /^At 2\d\d\.\d+ ms$/ }).waitFor();
      await details.getByText("2 running and 1 waiting for locks").waitFor();
      await details.getByText("mutexA, held by t1 deadlock.ts:11; t2 waits").waitFor();
      await lane(panel, "t1").getByText("runs, holds mutexA").waitFor();
      await panel.page.getByRole("tab", { name: "Locks" }).click();
      await panel.page.getByText(/^at 2\d\d\.\d+ ms$/).waitFor();
      const locks = await panel.page.getByRole("row").allInnerTexts();
      deepEqual(
        locks.slice(1).map((row) => row.replaceAll(/\s+/g, " ")),
        ["mutexA t1 deadlock.ts:11 100.000 ms t2", "mutexB t2 deadlock.ts:23 120.000 ms "],
      );
      await panel.screenshot("trace-panel-moment-vscode-dark");

      // By keys: on the axis itself, from anywhere, of one thread, and back to now.
      await moment.focus();
      for (let i = 0; i < 10; i++) await panel.page.keyboard.press("ArrowRight");
      await says(
        /^3\d\d\.\d+ ms: t1 waits for mutexB .*, held by t2; t2 waits for mutexA .*, held by t1; MainThread runs$/,
      );
      await panel.page.getByRole("tab", { name: "Locks" }).focus();
      for (let i = 0; i < 10; i++) await panel.page.keyboard.press("j");
      await says(early);
      await panel.page.getByRole("status").getByText(early).waitFor();
      await lane(panel, "t2").click();
      await panel.page
        .getByRole("complementary", { name: "Selected thread" })
        .getByRole("heading", { name: "t2 waits for mutexA" })
        .waitFor();
      await says(early);
      await panel.page.getByRole("button", { name: "to now" }).click();
      await says(/^now$/);
      await lane(panel, "t1")
        .getByText(/^waits for mutexB/)
        .waitFor();
    }));

  test("adds up what threads did in an area, by pointer and by keys", () =>
    withPanel(crossing, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      const { page } = panel;
      const row = async (i: number) => await page.getByRole("row").nth(i).getByRole("cell").allInnerTexts();
      const moment = page.getByRole("slider", { name: "Moment" });
      const axis = (await moment.boundingBox())!;
      await page.keyboard.down("Shift");
      await page.mouse.move(axis.x, axis.y + 10);
      await page.mouse.down();
      await page.mouse.move(axis.x + axis.width, axis.y + 10, { steps: 4 });
      await page.mouse.up();
      await page.keyboard.up("Shift");
      await page.getByRole("tab", { name: "Area 1.00 s", selected: true }).waitFor();
      deepEqual(await row(1), ["all threads", "1.47 s", "1.50 s", "–", "–", "–", "1.78 s", "1.50 s"]);
      deepEqual(await row(2), ["MainThread", "1.00 s", "–", "–", "–", "–", "–", "–"]);
      deepEqual(await row(3), ["t1", "290 ms", "700 ms", "–", "–", "–", "900 ms", "800 ms"]);
      await panel.screenshot("trace-panel-area-vscode-dark");
      // By keys: from the end of the first half of the second on, ten steps.
      await moment.focus();
      await page.keyboard.press("m");
      await page.getByText("Press M at one moment").waitFor();
      await page.keyboard.press("m");
      for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowLeft");
      await page.getByRole("tab", { name: "Area 100 ms" }).waitFor();
      deepEqual(await row(3), ["t1", "–", "100 ms", "–", "–", "–", "100 ms", "100 ms"]);
    }));

  test("zooms where the pointer is, pans, fits, and asks one question at a time", () =>
    withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      await panel.until(() => panel.views.length > 0, "a question for a frame");
      const whole = panel.views.at(-1)!;
      const canvas = (await panel.page.locator("canvas.lanes").boundingBox())!;
      const x = canvas.width / 4;
      await panel.page.mouse.move(canvas.x + x, canvas.y + 100);
      for (let i = 0; i < 8; i++) await panel.page.mouse.wheel(0, -120);
      const pointed = whole.from + ((whole.to - whole.from) * x) / canvas.width;
      const isZoomed = (): boolean => {
        const { from, to } = panel.views.at(-1)!;
        const there = ((pointed - from) / (to - from)) * canvas.width;
        // Eight turns, each of which is exp(0.18).
        return (
          Math.abs((whole.to - whole.from) / (to - from) / Math.exp(8 * 0.18) - 1) < 0.01 && Math.abs(there - x) < 2
        );
      };
      await panel.until(isZoomed, "a closer look at the same place");

      const close = panel.views.at(-1)!;
      await panel.page.mouse.down();
      await panel.page.mouse.move(canvas.x + x + 100, canvas.y + 100, { steps: 10 });
      await panel.page.mouse.up();
      const moved = ((close.to - close.from) * 100) / canvas.width;
      const isPanned = (): boolean => {
        const { from, to } = panel.views.at(-1)!;
        return Math.abs(to - from - (close.to - close.from)) < 5 && Math.abs(close.from - from - moved) < moved * 0.05;
      };
      await panel.until(isPanned, "what lies before it");
      await panel.page.getByRole("button", { name: "Fit", pressed: false }).waitFor();
      await panel.page.keyboard.press("f");
      await panel.until(() => panel.views.at(-1)!.from === 0 && panel.views.at(-1)!.to === whole.to, "all of it");
      await panel.page.getByRole("button", { name: "Fit", pressed: true }).waitFor();

      // The page never has more than one question for lanes open, however fast somebody turns the wheel.
      for (let i = 0; i < 30; i++) await panel.page.mouse.wheel(0, i % 2 === 0 ? -50 : 40);
      const answered = panel.worker.said.filter(({ type }) => type === "frame").length;
      ok(
        panel.said.filter(({ type }) => type === "view").length - answered <= 2,
        "One of the lanes, one of the overview.",
      );
    }));

  test("paints waiting red and hatched, and everything otherwise in another theme", () =>
    withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      await panel.until(() => panel.worker.said.some(({ type }) => type === "frame"), "a frame");
      const isRed = (colour: string): boolean => {
        const [red = 0, green = 0, blue = 0] = colour.split(",").map(Number);
        return red > 2 * green && red > 2 * blue && red > 90;
      };
      const reds = await eventually(
        async () => (await coloursIn(panel, secondLane)).filter(isRed),
        (found) => found.length >= 2,
      );
      ok(reds.length >= 2, "A fill and its hatch.");
      await panel.page.evaluate('setTheme("vscode-high-contrast")');
      await eventually(
        () => coloursIn(panel, secondLane),
        (found) =>
          found.includes("0,0,0") && found.includes("244,135,113") && !found.some((each) => reds.includes(each)),
      );
    }));

  test("tells a pointer what is under it, with lines", () =>
    withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      await panel.until(() => panel.worker.said.some(({ type }) => type === "frame"), "a frame");
      const canvas = (await panel.page.locator("canvas.lanes").boundingBox())!;
      const tooltip = panel.page.locator(".tooltip");
      await panel.page.mouse.move(canvas.x + canvas.width - 40, canvas.y + 24 + 46 + 12);
      await tooltip.getByText(/^at deadlock\.ts:\d+$/).waitFor();
      const lines = (await tooltip.innerText()).split("\n");
      deepEqual(lines.slice(0, 2), ["t1", "waits for mutexB · held by t2"]);
      match(lines.at(-1)!, /^taken by t2 at deadlock\.ts:\d+$/);
      await panel.page.mouse.move(canvas.x + 5, canvas.y - 60);
      await tooltip.waitFor({ state: "hidden" });
    }));

  test("has tables with tabs that arrows go through", () =>
    withPanel(deadlock, {}, async (panel) => {
      const tab = (name: string, selected?: boolean): Locator =>
        panel.page.getByRole("tab", { name: new RegExp(`^${name}`), ...(selected === undefined ? {} : { selected }) });
      const cells = (row: number): Locator => panel.page.getByRole("row").nth(row).getByRole("cell");
      await tab("Contention").focus();
      await eventually(
        () => panel.page.getByRole("row").count(),
        (count) => count >= 3,
      );
      match(
        (await panel.page.getByRole("table").innerText()).replaceAll(/\s+/g, " "),
        /mutexB deadlock\.ts:\d+ 1 .* t2/,
      );
      await panel.page.keyboard.press("ArrowRight");
      await tab("Threads", true).waitFor();
      await panel.page.getByRole("columnheader", { name: "Holds" }).waitFor();
      match(
        (await cells(2).allInnerTexts()).join(" | "),
        /^t1 \| .* \| mutexA deadlock\.ts:\d+ \| waits for mutexB deadlock\.ts:\d+ .*held by t2/,
      );
      await panel.page.keyboard.press("ArrowRight");
      await panel.page.getByRole("columnheader", { name: "Owner" }).waitFor();
      await panel.page.keyboard.press("ArrowRight");
      await panel.page.getByText("No queue or pool was used.").waitFor();
      await panel.page.keyboard.press("ArrowRight");
      await panel.page.getByText("Press M at one moment").waitFor();
      await panel.page.keyboard.press("ArrowRight");
      await panel.page.getByText("Nothing was found in this run.").waitFor();
      await panel.page.keyboard.press("ArrowRight");
      await panel.page.getByText("Choose another run with the button Compare").waitFor();
      await panel.page.keyboard.press("ArrowRight");
      await tab("Contention", true).waitFor();
      await panel.page.keyboard.press("Tab");
      equal(await panel.page.evaluate("document.activeElement.ariaLabel"), "Search the tables");
      await panel.page.keyboard.press("Tab");
      equal(await panel.page.evaluate("document.activeElement.id"), "table-panel");

      // What is typed is looked for, and no command.
      const rows = panel.page.locator(".table-panel tbody tr");
      const before = await rows.count();
      ok(before > 1);
      await panel.page.keyboard.press("/");
      await panel.page.keyboard.type("mutexB");
      await rows.nth(before - 1).waitFor({ state: "detached" });
      match(await rows.first().innerText(), /mutexB/);
      equal(await rows.count(), 1);
      await panel.page.keyboard.type("?nothing");
      await panel.page.getByRole("status").getByText(`None of ${before} has what is looked for.`).waitFor();
      await panel.page.keyboard.press("Escape");
      await rows.nth(before - 1).waitFor();
      equal(await panel.page.evaluate("document.activeElement.id"), "table-panel");
    }));

  test("is read by a screen reader as it is seen", () =>
    withPanel(deadlock, {}, async (panel) => {
      await panel.page.getByRole("alert").getByText("Deadlock", { exact: true }).waitFor();
      await panel.page.getByRole("tab", { name: "Locks" }).click();
      await panel.page.getByRole("columnheader", { name: "Owner" }).waitFor();
      await lane(panel, "t2").click();
      await details(panel).getByRole("heading").waitFor();
      const outline = (await panel.page.locator("body").ariaSnapshot()).replaceAll(/:\d+/g, ":N");
      for (const part of [
        /- banner:\n\s+- text: Ended\n\s+- heading "deadlock\.ts" \[level=1\]/,
        /- toolbar "View":\n\s+- button "Follow" \[disabled\]\n\s+- button "Fit" \[pressed\]\n\s+- button "Compare"\n\s+- button "Keys"/,
        /- alert:\n\s+- strong: Deadlock\n\s+- list:\n\s+- listitem:\n\s+- button "t\d"\n\s+- text: holds mutex[AB]\n\s+- button "deadlock\.ts:N"/,
        /- region "Threads over time":\n(?:.*\n)*?\s+- listbox "Threads":\n\s+- option "MainThread/,
        /- option "t2 .*" \[selected\]/,
        /- complementary "Selected thread":\n\s+- heading "t2 .*" \[level=2\]/,
        /- tablist "Tables":\n(?:.*\n)*?\s+- tab "Locks 2" \[selected\]/,
        /- tabpanel "Locks 2":\n(?:.*\n)*?.*columnheader "Lock"/,
      ]) {
        match(outline, part);
      }
    }));

  test("shows its keys, and gives the focus back", () =>
    withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      await lane(panel, "t1").click();
      await selectedLane(panel, "t1").waitFor();
      await panel.page.getByRole("listbox", { name: "Threads" }).focus();
      await panel.page.keyboard.press("?");
      const dialog = panel.page.getByRole("dialog", { name: "Keys" });
      await dialog.getByText("To the thread that it waits for").waitFor();
      await panel.page.keyboard.press("ArrowDown");
      equal(await selectedLane(panel, "t1").count(), 1, "Keys are for the dialog.");
      await panel.page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      equal(await panel.page.evaluate("document.activeElement.getAttribute('role')"), "listbox");
      equal(await selectedLane(panel, "t1").count(), 1, "Esc closed the dialog and nothing else.");
    }));

  test("comes back as it was left", async () => {
    let kept: unknown;
    let view: { from: number; to: number } | undefined;
    await withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t2").waitFor();
      await lane(panel, "t2").click();
      await panel.page.keyboard.press("w");
      await panel.page.keyboard.press("a");
      await panel.page.getByRole("tab", { name: "Locks" }).click();
      await panel.until(() => JSON.stringify(panel.kept)?.includes('"locks"'), "the state to be kept");
      ({ kept } = panel);
      view = panel.views.at(-1);
    });
    await withPanel(deadlock, { kept }, async (panel) => {
      await details(panel).getByRole("heading", { name: "t2" }).waitFor();
      await panel.page.getByRole("tab", { name: "Locks", selected: true }).waitFor();
      const isSame = () => panel.views.at(-1)?.from === view?.from && panel.views.at(-1)?.to === view?.to;
      await panel.until(isSame, "a question for what was seen before");
    });
  });

  test("selects the thread that a debugger stopped", () =>
    withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      const file = "/src/work.ts";
      panel.worker.tell({ type: "paused", thread: 2, place: { file, line: 44, column: 1 } });
      panel.order({ type: "select", thread: 2 });
      await details(panel).getByRole("heading", { name: "t1" }).waitFor();
    }));

  for (const theme of ["vscode-dark", "vscode-light", "vscode-high-contrast"] as const satisfies readonly ThemeName[]) {
    test(`can be looked at in ${theme}`, () =>
      withPanel(deadlock, { theme }, async (panel) => {
        await lane(panel, "t1").waitFor();
        const canvas = (await panel.page.locator("canvas.lanes").boundingBox())!;
        await panel.page.mouse.click(canvas.x + canvas.width * 0.8, canvas.y + 24 + 46 + 12);
        await details(panel).getByRole("heading", { name: "t1 waits for mutexB" }).waitFor();
        await panel.page.getByRole("row").nth(2).waitFor();
        await panel.page.mouse.move(1, 1);
        await panel.page.locator(".tooltip").waitFor({ state: "hidden" });
        await panel.screenshot(`trace-panel-${theme}`);
      }));
  }
});

suite("the panel on other traces", () => {
  test("two runs are compared in a table, with signs and the figures of the command line", async () => {
    const solved = folder.file("solved.heddletrace");
    writeSolved(solved);
    const { stdout } = await heddle(["trace", "compare", crossing, solved, "--json"], { cwd });
    const { run, rows } = JSON.parse(stdout) as TraceComparisonReport;
    deepEqual(
      [run.deadlocks, run.duration],
      [
        { first: 1, second: 0 },
        { first: 1000, second: 500 },
      ],
    );
    for (const theme of [
      "vscode-dark",
      "vscode-light",
      "vscode-high-contrast",
    ] as const satisfies readonly ThemeName[]) {
      await withPanel(crossing, { theme }, async (panel) => {
        await lane(panel, "t1").waitFor();
        await panel.page.getByRole("button", { name: "Compare" }).click();
        await panel.until(() => panel.said.at(-1)?.type === "compare", "a wish to compare");
        panel.worker.tell({ type: "compare", first: crossing, second: solved, title: "solved" });
        await panel.worker.answer("comparison");
        panel.order({ type: "compared" });
        await panel.page.getByRole("tab", { name: "Comparison with solved", selected: true }).waitFor();
        const cells = async (row: number) =>
          await panel.page.getByRole("row").nth(row).getByRole("cell").allInnerTexts();
        match((await cells(1))[0]!, /duration 1\.00 s → 500 ms ▼ · events 4 → 7 ▲ · threads 3 = · deadlocks 1 → 0 ▼/);
        equal(await panel.page.getByRole("row").count(), rows.length + 2);
        for (const [i, { kind, name, in: where, figures }] of rows.entries()) {
          const [what = "", presence = "", ...told] = await cells(i + 2);
          ok(
            what.includes(name) &&
              what.startsWith({ finding: "finding", lock: "lock", place: "waits for", thread: "thread" }[kind]!),
            what,
          );
          equal(presence, { both: "both", first: "− only this run", second: "+ only the other" }[where]);
          const names = ["count", "waits", "waited", "longestWait", "waitedOtherwise", "held", "longestHeld"];
          deepEqual(
            told,
            names.map((figure) => {
              const both = figures[figure];
              if (both === undefined) return "";
              const isTime = figure !== "count" && figure !== "waits";
              const [a, b] = [both.first, both.second].map((value) =>
                isTime ? formatDuration(value * 1e6) : String(value),
              );
              return a === b ? `${a} =` : `${a} → ${b} ${both.second > both.first ? "▲" : "▼"}`;
            }),
          );
        }
        await panel.screenshot(`trace-panel-comparison-${theme}`);
      });
    }
    const text = await heddle(["trace", "compare", crossing, solved], { cwd });
    match(text.stdout, /^mutexA\s+number\s+1\s+1\s+=$/m);
    match(text.stdout, /^\s+waited\s+800\.0 ms\s+0\.0 µs\s+▼ 800\.0 ms$/m);
    match(text.stdout, /^mutexA at .*deadlock\.ts:26:1\s+waits\s+1\s+0\s+▼ 1\s+only in the first$/m);
    const alone = await heddle(["trace", "compare", crossing], { cwd });
    deepEqual([alone.code, /takes two files/.test(alone.stderr)], [2, true]);
  });

  test("names are shown as they are, whatever they hold", async () => {
    const file = folder.file("hostile.heddletrace");
    await heddle(["run", "--trace", file, program("trace/programs/hostile-names")], { cwd });
    await withPanel(file, { title: "<b>hostile</b>" }, async (panel) => {
      await panel.page.getByRole("alert").getByText("Deadlock", { exact: true }).waitFor();
      const text = await panel.page.getByRole("alert").innerText();
      ok(text.includes('<img src=x onerror="globalThis.isBroken = true">'), text);
      ok(text.includes(`${"x".repeat(79)}…`) && !text.includes("x".repeat(80)), text);
      ok(text.includes("two⏎lines</script><script>globalThis.isBroken = true</script>"), text);
      equal(await panel.page.getByRole("heading", { level: 1 }).innerText(), "<b>hostile</b>");
      for (const tab of ["Contention", "Threads", "Locks"]) await panel.page.getByRole("tab", { name: tab }).click();
      const canvas = (await panel.page.locator("canvas.lanes").boundingBox())!;
      await panel.page.mouse.click(canvas.x + canvas.width * 0.9, canvas.y + 24 + 46 + 12);
      await details(panel).getByRole("heading").waitFor();
      await panel.screenshot("trace-panel-hostile");
      deepEqual(await panel.page.evaluate("[globalThis.isBroken, document.images.length, document.scripts.length]"), [
        undefined,
        0,
        1,
      ]);
      const isWide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
      equal(await panel.page.evaluate(isWide), false, "Nothing makes the page wider than its window.");
    });
  });

  test("queues and pools have tracks of their own, which say at every moment how many there are", async () => {
    const file = folder.file("counters.heddletrace");
    writeCounters(file);
    await withPanel(file, { title: "counters" }, async (panel) => {
      const { page } = panel;
      const track = (name: string): Locator => page.getByRole("listitem").filter({ hasText: name });
      await track("jobs").getByText("0 of 64 · at most 40").waitFor();
      await track("images").getByText("0 of 2 busy · at most 1").waitFor();
      // The rows of the two threads come first. Of the queue's, the left half is full to 40 of at most 40.
      const ofQueue = (x: number, y: number) => ({ x, y: 24 + 2 * 46 + y, width: 20, height: 4 });
      await eventually(
        () => coloursIn(panel, ofQueue(200, 12)),
        (colours) => colours.some((colour) => isBlue(colour)),
      );
      equal((await coloursIn(panel, ofQueue(700, 12))).some(isBlue), false, "It is empty there.");
      await page.mouse.click((await page.locator("canvas.lanes").boundingBox())!.x + 200, 190);
      const details = page.getByRole("complementary", { name: "Selected moment" });
      await details.getByText("jobs, 40 of 64; main waits").waitFor();
      await details.getByText("images, 1 of 2 busy").waitFor();
      await lane(panel, "images-1").getByText("runs resize").waitFor();
      const moment = page.getByRole("slider", { name: "Moment" });
      match(
        (await moment.getAttribute("aria-valuetext"))!,
        /images-1 runs resize; jobs has 40 of 64; images has 1 of 2 busy$/,
      );
      await page.getByRole("tab", { name: "Queues and pools 2" }).click();
      await page.getByRole("cell", { name: "40 of 64" }).waitFor();
      await panel.screenshot("trace-panel-counters-vscode-dark");
    });
  });

  for (const theme of ["vscode-dark", "vscode-light", "vscode-high-contrast"] as const satisfies readonly ThemeName[]) {
    test(`threads stand by process, with how each ended, in ${theme}`, async () => {
      const file = folder.write("family.heddletrace", family());
      await withPanel(file, { title: "main.js", theme }, async (panel) => {
        await lane(panel, "MainThread · 4712").waitFor();
        const lanes = await panel.page.getByRole("option").allInnerTexts();
        deepEqual(
          lanes.map((text) => text.replaceAll(/\s+/g, " ")),
          [
            "MainThread runs",
            "MainThread · 4711 SIGKILL at 600.000 ms · worker.js",
            "t1 · 4711 ended at 600.000 ms",
            "MainThread · 4712 exit code 3 at 800.000 ms · worker.js",
          ],
        );
        await panel.screenshot(`trace-panel-processes-${theme}`);
      });
    });

    test(`findings are read and followed to both lines by keys alone, in ${theme}`, async () => {
      const file = folder.write("inversion.heddletrace", inversion("/src/till.ts"));
      await withPanel(file, { title: "till.ts", theme }, async (panel) => {
        const { keyboard } = panel.page;
        const tab = panel.page.getByRole("tab", { name: "Findings 1" });
        await tab.waitFor();
        await panel.page.getByRole("tab", { selected: true }).focus();
        await keyboard.press("End");
        await keyboard.press("ArrowLeft");
        await panel.page.getByRole("cell", { name: "lock-order-inversion" }).waitFor();
        const text = (await panel.page.getByRole("table").innerText()).replaceAll(/\s+/g, " ");
        match(text, /t1 took stock while it held till, t2 took till while it held stock/);
        await panel.screenshot(`trace-panel-findings-${theme}`);
        // The search, and the rows.
        await keyboard.press("Tab");
        await keyboard.press("Tab");
        for (const line of [4, 3, 9, 8]) {
          await keyboard.press("Tab");
          await keyboard.press("Enter");
          await panel.until(() => panel.said.at(-1)?.type === "open", "a wish to open a place");
          deepEqual(panel.said.pop(), { type: "open", place: { file: "/src/till.ts", line, column: 1 } });
        }
      });
    });
  }

  test("a thousand threads are as quick as a few: only those in the window have elements", async () => {
    const file = folder.file("many.heddletrace");
    writeBigTrace(file, { seed: 2, events: 100_000, threads: 1_000 });
    await withPanel(file, { title: "many" }, async (panel) => {
      const { page } = panel;
      await page.getByRole("banner").getByText("Ended").waitFor();
      await lane(panel, "MainThread").waitFor();
      const options = page.getByRole("option");
      ok((await options.count()) < 40, `${await options.count()} lanes have elements`);
      equal(await options.first().getAttribute("aria-setsize"), "1000");
      await page.getByRole("listbox", { name: "Threads" }).focus();
      await page.keyboard.press("End");
      const last = page.getByRole("option", { name: "worker 999", selected: true });
      await last.waitFor();
      ok((await last.boundingBox())!.y < (await page.locator(".tables").boundingBox())!.y, "It was scrolled to.");
      await details(panel)
        .getByRole("heading", { name: /^worker 999 / })
        .waitFor();
      await page.getByRole("tab", { name: "Threads 1000" }).click();
      await page.getByRole("row").nth(1_000).waitFor();
      const canvas = (await page.locator("canvas.lanes").boundingBox())!;
      await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + 100);
      await page.mouse.wheel(0, -400);
      await panel.until(() => panel.views.at(-1)!.from > 0, "a closer look");
      await panel.screenshot("trace-panel-many");
    });
  });

  test("a program is followed while it runs, and its end is read out", async () => {
    const file = folder.file("live.heddletrace");
    await withPanel(file, {}, async (panel) => {
      await panel.page.getByText("Waiting for the program").waitFor();
      panel.worker.tell({ type: "running", isRunning: true });
      const run = heddle(["run", "--trace", file, program("samples/deadlock")], { cwd });
      await panel.page.getByRole("banner").getByText("Live").waitFor();
      await panel.page.getByRole("button", { name: "Follow", pressed: true }).waitFor();
      await panel.page.getByRole("alert").getByText("Deadlock", { exact: true }).waitFor();
      await run;
      panel.worker.tell({ type: "running", isRunning: false });
      await panel.page.getByRole("status").getByText("Ended").waitFor();
      equal(await panel.page.getByRole("button", { name: "Follow" }).isDisabled(), true);
    });
  });

  test("a program that is killed, a file that is no trace, and one that never comes say what they are", async () => {
    const killed = folder.file("killed.heddletrace");
    const env = { ...process.env, HEDDLE_TRACE: JSON.stringify({ file: killed }) };
    const args = ["--import", import.meta.resolve("heddle/trace/preload"), program("trace/programs/self-deadlock")];
    const child = spawn(process.execPath, args, { env, stdio: "ignore" });
    await withPanel(killed, {}, async (panel) => {
      await panel.page.getByRole("alert").getByText("Deadlock", { exact: true }).waitFor();
      child.kill("SIGKILL");
      await panel.page.getByRole("status").getByText("Killed").waitFor();
      await panel.page.getByText("has no end: the program was killed").waitFor();
    });
    const foreign = folder.write("foreign.heddletrace", "This is a letter.");
    await withPanel(foreign, {}, async (panel) => {
      await panel.page.getByText("This trace cannot be read").waitFor();
      await panel.page.getByText("this is no Heddle trace").waitFor();
      await panel.screenshot("trace-panel-unreadable");
    });
    await withPanel(folder.file("never.heddletrace"), {}, async (panel) => {
      panel.worker.tell({ type: "running", isRunning: false });
      await panel.page.getByText("the program ended before its recording began").waitFor();
    });
  });
});

suite("the panel's page", () => {
  test("refuses scripts, styles and pictures that are not its own", async () => {
    await using panel = await PanelPage.open(browser, server, deadlock);
    await lane(panel, "t1").waitFor();
    deepEqual(panel.violations, []);
    await panel.page.evaluate(`{
      const script = document.createElement("script");
      script.textContent = "globalThis.isBroken = true";
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "/panel.css";
      document.body.append(image);
      document.body.setAttribute("style", "color: red");
    }`);
    await eventually(
      () => Promise.resolve(panel.violations.map((text) => text.split(" ")[0]).sort()),
      (refused) => refused.join() === "img-src,script-src-elem,style-src-attr",
    );
    equal(await panel.page.evaluate("globalThis.isBroken"), undefined);
  });

  test("is small", () => {
    const bytes = ["panel.js", "panel.css"]
      .map((name) => gzipSync(readFileSync(new URL(`dist/${name}`, repositoryRoot))).length)
      .reduce((a, b) => a + b);
    // Twice what it was when this was written. The design allows 150 kB.
    ok(bytes < 45_000, `${bytes} bytes, compressed`);
  });
});

/** Looks again, as fast as the page answers, until what is seen is as it should be. */
async function eventually<T>(look: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    ok(Date.now() < end, `Still ${JSON.stringify(seen)}`);
    await setImmediate();
  }
}
