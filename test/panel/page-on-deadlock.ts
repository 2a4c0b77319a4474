/** What the page shows of a deadlock, and how one gets about in it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import type { Locator } from "playwright-core";
import type { Span } from "../../client/webview/layout/span.js";
import { repositoryRoot } from "../support/repository.js";
import {
  coloursIn,
  crossing,
  deadlock,
  details,
  eventually,
  isRed,
  lane,
  secondLane,
  selectedLane,
  untilDrawn,
  withPanel,
} from "./page-fixture.js";
import type { ThemeName } from "./themes.js";

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
        const shown = await link.innerText();
        const { place } = await panel.saidAfter("open", () => link.click());
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
      await untilDrawn(panel);
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
      // It waits to the end of the trace as well.
      await details(panel)
        .getByText(/^since 300\.000 ms .* by then$/)
        .waitFor();
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
      await untilDrawn(panel);
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

      // The page never has more than one question for lanes open, however fast somebody turns the wheel, unless it was
      // without an answer for so long that it takes the question for lost.
      const start = performance.now();
      for (let i = 0; i < 30; i++) await panel.page.mouse.wheel(0, i % 2 === 0 ? -50 : 40);
      const answered = panel.worker.said.filter(({ type }) => type === "frame").length;
      ok(panel.views.length - answered <= 1 + Math.floor((performance.now() - start) / 2_000));
    }));

  test("paints waiting red and hatched, and everything otherwise in another theme", () =>
    withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
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
      await untilDrawn(panel);
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
      await panel.page.getByRole("button", { name: /^t1 waits for mutexB deadlock\.ts:\d+, on a ring$/ }).waitFor();
      await panel.page.keyboard.press("ArrowRight");
      await tab("Lock order", true).waitFor();
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
      await tab("Locks 1/2", false).waitFor();
      await panel.page.keyboard.type("?nothing");
      await panel.page.getByRole("status").getByText(`None of ${before} has what is looked for.`).waitFor();
      await panel.page.keyboard.press("Escape");
      await rows.nth(before - 1).waitFor();
      equal(await panel.page.evaluate("document.activeElement.id"), "table-panel");
    }));

  test("draws who waits for whom, and keys lead along it to the lines", () =>
    withPanel(crossing, {}, async (panel) => {
      const { page } = panel;
      await page.getByRole("tab", { name: "Wait-for graph" }).click();
      const first = page.getByRole("button", { name: "t1, on a ring", exact: true });
      await first.waitFor();
      equal(await page.locator(".graph .edge.bad").count(), 4);
      await first.focus();
      await page.keyboard.press("End");
      await page.locator(".graph-said").getByText("mutexA is held by t1 deadlock.ts:11").waitFor();
      const wish = await panel.saidAfter("open", () => page.keyboard.press("Enter"));
      deepEqual(wish, { type: "open", place: { file: "/src/deadlock.ts", line: 11, column: 1 } });
      await panel.screenshotsInThemes("trace-panel-wait-for");
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
        /- toolbar "View":\n\s+- button "Follow" \[disabled\]\n\s+- button "Fit" \[pressed\]\n\s+- button "Filter"\n\s+- button "Compare"\n\s+- button "Export"\n\s+- button "Keys"/,
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
    let view: Span | undefined;
    await withPanel(deadlock, {}, async (panel) => {
      await lane(panel, "t2").waitFor();
      await lane(panel, "t2").click();
      await panel.page.keyboard.press("w");
      await panel.page.keyboard.press("a");
      await panel.page.getByRole("tab", { name: "Locks" }).click();
      await panel.until(() => JSON.stringify(panel.kept)?.includes('"locks"'), "the state to be kept");
      ({ kept } = panel);
      view = (panel.kept as { readonly view: { readonly span: Span } }).view.span;
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
        // Shortly before the end: on a slow machine the wait is no larger part of the run.
        await panel.page.mouse.click(canvas.x + canvas.width - 40, canvas.y + 24 + 46 + 12);
        await details(panel).getByRole("heading", { name: "t1 waits for mutexB" }).waitFor();
        await panel.page.getByRole("row").nth(2).waitFor();
        await panel.page.mouse.move(1, 1);
        await panel.page.locator(".tooltip").waitFor({ state: "hidden" });
        await panel.screenshot(`trace-panel-${theme}`);
      }));
  }
});
