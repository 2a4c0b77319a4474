/** The page on traces of other kinds: of many lanes and processes, hostile, with counters, large, growing, and none. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import type { Locator } from "playwright-core";
import { writeBigTrace } from "../support/big-trace.js";
import { family } from "../support/family-trace.js";
import { heddle, heddleBinary } from "../support/heddle.js";
import { program } from "../support/trace.js";
import { coloursIn, cwd, details, eventually, folder, lane, selectedLane, withPanel } from "./page-fixture.js";
import type { PanelPage } from "./panel-page.js";
import { writeCounters, writePairs, writeSolved } from "./written-traces.js";

function isBlue(colour: string): boolean {
  const [red = 0, , blue = 0] = colour.split(",").map(Number);
  return blue > red + 25;
}

suite("the panel on other traces", () => {
  test("an arrow goes from who gave a lock back to who went on, and one key takes the arrows away", async () => {
    const solved = folder.file("arrows.heddletrace");
    writeSolved(solved);
    await withPanel(solved, {}, async (panel) => {
      const { page } = panel;
      await lane(panel, "t1").waitFor();
      await panel.until(() => panel.worker.said.some(({ type }) => type === "frame"), "a frame");
      const width = (await page.locator("canvas.lanes").boundingBox())!.width;
      // t2 gives back mutexA at 350 of 500 ms. Between the lanes nothing else is drawn but lines of the axis and of lanes.
      const between = { x: Math.round(width * 0.7) - 2, y: 24 + 2 * 46 - 4, width: 5, height: 3 };
      const isBright = (colour: string): boolean => colour.split(",").every((part) => Number(part) > 150);
      await eventually(
        () => coloursIn(panel, between),
        (found) => found.some(isBright),
      );
      await page.keyboard.press("u");
      await eventually(
        () => coloursIn(panel, between),
        (found) => !found.some(isBright),
      );
      await page.keyboard.press("u");
      const canvas = (await page.locator("canvas.lanes").boundingBox())!;
      await page.mouse.click(canvas.x + width * 0.65, canvas.y + 24 + 46 + 12);
      await details(panel).getByText("ended by").waitFor();
      await details(panel).getByRole("button", { name: "t2" }).first().waitFor();
      await panel.screenshot("trace-panel-arrows");
    });
  });

  test("lanes are filtered by name, lock, length of waits and what has to do with a thread, by keys, and kept", async () => {
    const file = folder.file("pairs.heddletrace");
    writePairs(file);
    const lanes = async (panel: PanelPage): Promise<string> =>
      (await panel.page.getByRole("option").locator(".lane-name").allInnerTexts()).join(" ");
    const shows = (panel: PanelPage, names: string): Promise<string> =>
      eventually(
        () => lanes(panel),
        (seen) => seen === names,
      );
    const all = "MainThread till-1 till-2 stock-1 stock-2 auditor";
    let kept: unknown;
    await withPanel(file, { title: "pairs" }, async (panel) => {
      const { page } = panel;
      const { keyboard } = page;
      await lane(panel, "till-1").waitFor();
      const bar = page.getByRole("region", { name: "Filter of threads" });
      equal(await bar.isVisible(), false);
      // By name.
      await keyboard.press("t");
      await page.keyboard.type("till");
      await shows(panel, "till-1 till-2");
      await page.getByRole("status").getByText("2 of 6 threads shown").waitFor();
      await page.getByRole("tab", { name: "Threads 2" }).click();
      await page.getByRole("row").nth(2).waitFor();
      equal(await page.getByRole("row").count(), 3);
      await page.getByText("filtered", { exact: true }).waitFor();
      await page.getByRole("tab", { name: "Contention 2" }).click();
      await page.getByText("of all threads", { exact: true }).waitFor();
      await bar.getByRole("button", { name: "Remove filter: named till" }).click();
      await shows(panel, all);
      // By a lock, in the form and from a table.
      await bar.getByRole("combobox").selectOption("stock");
      await shows(panel, "stock-1 stock-2 auditor");
      await page.getByRole("tab", { name: "Contention 1" }).waitFor();
      await bar.getByRole("button", { name: "Clear" }).click();
      await page.getByRole("table").getByRole("button", { name: "till", exact: true }).click();
      await shows(panel, "till-1 till-2 auditor");
      // By the length of waits: those that waited, and those that they waited for.
      await bar.getByRole("searchbox", { name: /^Threads that waited/ }).fill("20 ms");
      await shows(panel, "till-1 till-2");
      await bar.getByRole("searchbox", { name: /^Threads that waited/ }).fill("long");
      equal(await bar.getByRole("searchbox", { name: /^Threads that waited/ }).getAttribute("aria-invalid"), "true");
      await panel.screenshot("trace-panel-filter-vscode-dark");
      await keyboard.press("Enter");
      await keyboard.press("c");
      await shows(panel, all);
      equal(await bar.isVisible(), false);
      // By what a thread has to do with, and without some.
      await lane(panel, "stock-2").click();
      await keyboard.press("o");
      await shows(panel, "stock-1 stock-2");
      await keyboard.press("h");
      await shows(panel, "stock-1");
      await selectedLane(panel, "stock-1").waitFor();
      await page.getByRole("status").getByText("1 of 6 threads shown").waitFor();
      await bar.getByRole("button", { name: "Remove filter: related to stock-2" }).focus();
      await keyboard.press("Enter");
      await shows(panel, "MainThread till-1 till-2 stock-1 auditor");
      equal(
        await bar
          .getByRole("button", { name: "Remove filter: without stock-2" })
          .evaluate((each) => each === each.ownerDocument.activeElement),
        true,
      );
      // What was kept a moment before has the same thread hidden, and the relation as well.
      await panel.until(() => {
        // The page keeps nothing before the first pause in what happens to it.
        const kept = panel.kept as
          | { readonly filter: { readonly thread: number; readonly hidden: number[] } }
          | undefined;
        return kept?.filter.thread === 0 && kept.filter.hidden.join() === "5";
      }, "a filter that is kept");
      kept = panel.kept;
    });
    await withPanel(file, { title: "pairs", kept, theme: "vscode-light" }, async (panel) => {
      await shows(panel, "MainThread till-1 till-2 stock-1 auditor");
      await panel.page.keyboard.press("o");
      await shows(panel, "stock-1");
      await panel.screenshot("trace-panel-filter-vscode-light");
    });
  });

  test("names are shown as they are, whatever they hold", async () => {
    const file = folder.file("hostile.heddletrace");
    const { stderr } = await heddle(["run", "--trace", file, program("trace/programs/hostile-names")], { cwd });
    match(stderr, /two␊lines/);
    equal(/[^\n\P{Cc}]/u.test(stderr), false, stderr);
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

  test("threads stand by process, with how each ended", async () => {
    const file = folder.write("family.heddletrace", family());
    await withPanel(file, { title: "main.js" }, async (panel) => {
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
      // A wait that a kill ended counts as well.
      await panel.page.getByRole("tab", { name: "Contention 1" }).waitFor();
      await panel.page.getByRole("row").nth(1).waitFor();
      await panel.screenshotsInThemes("trace-panel-processes");
    });
  });

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
      const args = [heddleBinary, "run", "--trace", file, program("trace/programs/deadlock-until-told")];
      const run = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "ignore"] });
      try {
        await panel.page.getByRole("banner").getByText("Live").waitFor();
        await panel.page.getByRole("button", { name: "Follow", pressed: true }).waitFor();
        await panel.page.getByRole("alert").getByText("Deadlock", { exact: true }).waitFor();
        const ended = once(run, "exit");
        run.stdin.end();
        deepEqual(await ended, [0, null]);
      } finally {
        run.kill();
      }
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
      // Nothing happens any more, and the wait becomes longer.
      await panel.page.getByRole("tab", { name: /^Threads/ }).click();
      const wait = panel.page.getByRole("cell", { name: /^waits for / });
      const length = await wait.innerText();
      await eventually(
        () => wait.innerText(),
        (now) => now !== length,
      );
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
