/** The page on traces of other kinds: compared, hostile, with counters, large, growing, and none. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Locator } from "playwright-core";
import { formatDuration } from "../../client/webview/layout/duration.js";
import { EVENTS } from "../../runtime/src/trace/decode.js";
import { writeBigTrace } from "../support/big-trace.js";
import { family } from "../support/family-trace.js";
import { heddle, heddleBinary } from "../support/heddle.js";
import { inversion } from "../support/inversion.js";
import { program } from "../support/trace.js";
import { TraceWriter } from "../support/trace-writer.js";
import {
  browser,
  coloursIn,
  crossing,
  cwd,
  details,
  eventually,
  folder,
  lane,
  selectedLane,
  withPanel,
} from "./page-fixture.js";
import type { PanelPage } from "./panel-page.js";
import type { ThemeName } from "./themes.js";
import { writeCounters, writePairs, writeSolved } from "./written-traces.js";

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

/** A picture that was saved, in a page of its own: two locks, one under the other each way, and what is said of them. */
async function seeSaved(svg: string): Promise<void> {
  const page = await browser.newPage();
  try {
    await page.goto(pathToFileURL(svg).href);
    deepEqual(await page.locator("g > title").allTextContents(), [
      "stock is taken till.ts:4 while till is held, taken till.ts:3 · seen once by t1, on a ring",
      "till is taken till.ts:9 while stock is held, taken till.ts:8 · seen once by t2, on a ring",
      "till, on a ring",
      "stock, on a ring",
    ]);
    deepEqual(
      (await page.locator("text").allTextContents()).filter((text) => text.includes("seen")),
      ["⟳ seen once", "⟳ seen once"],
    );
    await page.screenshot({ path: `${cwd}out/screenshots/trace-graph-saved.png` });
  } finally {
    await page.close();
  }
}

function isBlue(colour: string): boolean {
  const [red = 0, , blue = 0] = colour.split(",").map(Number);
  return blue > red + 25;
}

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
        await panel.saidAfter("compare", () => panel.page.getByRole("button", { name: "Compare" }).click());
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
        // A wait that a kill ended counts as well.
        await panel.page.getByRole("tab", { name: "Contention 1" }).waitFor();
        await panel.page.getByRole("row").nth(1).waitFor();
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
        await keyboard.press("ArrowLeft");
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
          const wish = await panel.saidAfter("open", () => keyboard.press("Enter"));
          deepEqual(wish, { type: "open", place: { file: "/src/till.ts", line, column: 1 } });
        }
        await panel.page.getByRole("tab", { name: /^Lock order/ }).click();
        const graph = panel.page.getByRole("group", { name: "Graph" });
        const edges = graph.getByRole("button").filter({ hasText: "seen once" });
        await edges.first().waitFor();
        deepEqual(await edges.evaluateAll((all) => all.map((each) => each.getAttribute("aria-label"))), [
          "stock is taken till.ts:4 while till is held, taken till.ts:3 · seen once by t1, on a ring",
          "till is taken till.ts:9 while stock is held, taken till.ts:8 · seen once by t2, on a ring",
        ]);
        await panel.screenshot(`trace-panel-order-${theme}`);
        const saved = await panel.saidAfter("saveGraph", () =>
          panel.page.getByRole("button", { name: "Save as SVG" }).click(),
        );
        equal(saved.name, "order");
        const svg = folder.write(`order-${theme}.svg`, saved.svg);
        await panel.saidAfter("export", () => panel.page.getByRole("button", { name: "Export" }).click());
        if (theme === "vscode-dark") await seeSaved(svg);
      });
    });
  }

  test("the order of locks keeps its focus and its place while a program goes on", async () => {
    const out = new TraceWriter();
    out.object(1, "lock", "till");
    out.object(2, "lock", "stock");
    out.thread(1, 0, "t1");
    const takeBoth = (time: number): Uint8Array => {
      for (const object of [1, 2]) out.event(1, time + object, EVENTS.acquired, { object });
      for (const object of [2, 1]) out.event(1, time + 5, EVENTS.released, { object });
      out.pass(time + 10);
      return out.take();
    };
    const file = folder.write("growing.heddletrace", takeBoth(100));
    await withPanel(file, { title: "growing" }, async ({ page, worker }) => {
      worker.tell({ type: "running", isRunning: true });
      await page.getByRole("tab", { name: /^Lock order/ }).click();
      const graph = page.getByRole("group", { name: "Graph" });
      const edge = graph.getByRole("button", { name: /stock is taken/ });
      await graph.getByText("seen once").waitFor();
      await graph.getByRole("button").first().focus();
      await page.keyboard.press("End");
      await page.keyboard.press("+");
      const before = await graph.getAttribute("viewBox");
      const element = await edge.elementHandle();
      appendFileSync(file, takeBoth(200));
      await graph.getByText("seen 2 times").waitFor();
      await page.locator(".graph-said").getByText("seen 2 times").waitFor();
      match((await edge.getAttribute("aria-label"))!, /seen 2 times by t1$/);
      equal(await element?.evaluate((each) => each === each.ownerDocument.activeElement), true);
      equal(await graph.getAttribute("viewBox"), before);
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
