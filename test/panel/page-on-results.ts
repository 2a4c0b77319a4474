/** What the page tells of a run as a whole: what went wrong, how locks are taken, and how another run differs. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import { formatDuration } from "../../client/webview/layout/duration.js";
import { EVENTS } from "../../runtime/src/trace/decode.js";
import { heddle } from "../support/heddle.js";
import { inversion } from "../support/inversion.js";
import { TraceWriter } from "../support/trace-writer.js";
import { browser, crossing, cwd, folder, lane, withPanel } from "./page-fixture.js";
import { writeSolved } from "./written-traces.js";

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

suite("the panel on what came of a run", () => {
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
    await withPanel(crossing, {}, async (panel) => {
      await lane(panel, "t1").waitFor();
      await panel.saidAfter("compare", () => panel.page.getByRole("button", { name: "Compare" }).click());
      panel.worker.tell({ type: "compare", first: crossing, second: solved, title: "solved" });
      await panel.worker.answer("comparison");
      panel.order({ type: "compared" });
      await panel.page.getByRole("tab", { name: "Comparison with solved", selected: true }).waitFor();
      const cells = async (row: number) => await panel.page.getByRole("row").nth(row).getByRole("cell").allInnerTexts();
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
      await panel.screenshotsInThemes("trace-panel-comparison");
    });
    const text = await heddle(["trace", "compare", crossing, solved], { cwd });
    match(text.stdout, /^mutexA\s+number\s+1\s+1\s+=$/m);
    match(text.stdout, /^\s+waited\s+800\.0 ms\s+0\.0 µs\s+▼ 800\.0 ms$/m);
    match(text.stdout, /^mutexA at .*deadlock\.ts:26:1\s+waits\s+1\s+0\s+▼ 1\s+only in the first$/m);
    const alone = await heddle(["trace", "compare", crossing], { cwd });
    deepEqual([alone.code, /takes two files/.test(alone.stderr)], [2, true]);
  });

  test("findings are read and followed to both lines by keys alone", async () => {
    const file = folder.write("inversion.heddletrace", inversion("/src/till.ts"));
    await withPanel(file, { title: "till.ts" }, async (panel) => {
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
      await panel.screenshotsInThemes("trace-panel-findings");
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
      await panel.screenshotsInThemes("trace-panel-order");
      const saved = await panel.saidAfter("saveGraph", () =>
        panel.page.getByRole("button", { name: "Save as SVG" }).click(),
      );
      equal(saved.name, "order");
      const svg = folder.write("order.svg", saved.svg);
      await panel.saidAfter("export", () => panel.page.getByRole("button", { name: "Export" }).click());
      await seeSaved(svg);
    });
  });

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
});
