/** Every page of ours, in every kind of theme, and whatever it can show: axe finds nothing wrong with it. */
import { deepEqual, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import type { LockOrder } from "../../server/src/protocol.js";
import { family } from "../support/family-trace.js";
import { violationsIn } from "./axe.js";
import { browser, details, folder, lane, withPanel } from "./page-fixture.js";
import { PanelPage, PanelServer } from "./panel-page.js";
import type { ThemeName } from "./themes.js";
import { writeSolved, writeStory } from "./written-traces.js";

const themes = ["vscode-dark", "vscode-light", "vscode-high-contrast"] as const satisfies readonly ThemeName[];

/** Two locks in both orders, and a third that only a run showed. */
const order: LockOrder = {
  locks: ["till", "stock", "<b>log</b>"].map((name, i) => ({
    ...{ name, count: i, made: { file: "/src/shop.ts", line: i + 1, column: 7 } },
  })),
  edges: (["both", "static", "seen"] as const).map((origin, i) => ({
    ...{ from: i % 2, to: [1, 0, 2][i]!, origin, times: i, ring: i < 2 ? 1 : undefined },
    held: { file: "/src/shop.ts", line: 10 + i, column: 3 },
    taken: { file: "/src/shop.ts", line: 20 + i, column: 3 },
    thread: origin === "static" ? undefined : "t1",
  })),
};

/** Looks at the page, or at a part of it, in each theme. From one to the next only colours change. */
async function check(panel: PanelPage, what: string, part = "html"): Promise<void> {
  for (const [i, theme] of themes.entries()) {
    await panel.page.evaluate(`setTheme("${theme}")`);
    deepEqual(await violationsIn(panel.page, part, i === 0 ? "all" : "colours"), [], `${what} in ${theme}`);
  }
}

/** What has the focus: its name, whether that is seen, and whether it is the page itself, which begins again. */
const stop = `(() => {
  const { activeElement: element } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const name = element.getAttribute("aria-label") ?? element.innerText;
  return { name, isSeen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 1, isPage: element === document.body };
})()`;
/** All that can have the focus by Tab. */
const reachable = `[...document.querySelectorAll("a[href], button, input, select, [tabindex]")]
  .filter((element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility())
  .map((element) => element.getAttribute("aria-label") ?? element.innerText)`;
interface Stop {
  readonly name: string;
  readonly isSeen: boolean;
  readonly isPage: boolean;
}
const MOST_STOPS = 100;

suite("axe finds nothing wrong", () => {
  test("with the panel, whatever it shows of a trace", async () => {
    const [file, solved] = [folder.file("told.heddletrace"), folder.file("told-solved.heddletrace")];
    writeStory(file);
    writeSolved(solved);
    await withPanel(file, { title: "story" }, async (panel) => {
      const { page } = panel;
      await lane(panel, "t2").click();
      await details(panel).getByRole("heading").waitFor();
      const tabs = page.getByRole("tab");
      await page.getByRole("tab", { name: /^Findings [1-9]/ }).waitFor();
      await check(panel, "the panel");
      for (const tab of await tabs.all()) {
        if (!(await tab.isVisible())) continue;
        await tab.click();
        await tab.and(page.getByRole("tab", { selected: true })).waitFor();
        await check(panel, await tab.innerText(), ".tables");
      }
      panel.worker.tell({ type: "compare", first: file, second: solved, title: "solved" });
      await panel.worker.answer("comparison");
      panel.order({ type: "compared" });
      await page.getByRole("tab", { name: "Comparison with solved", selected: true }).waitFor();
      await check(panel, "a comparison", ".tables");
      await page.getByRole("listbox", { name: "Threads" }).focus();
      await page.keyboard.press("t");
      await page.keyboard.type("t2");
      await page.getByRole("searchbox", { name: /^Threads that waited/ }).fill("long");
      await page.getByRole("button", { name: /^Remove filter/ }).waitFor();
      await check(panel, "the filter");
      await page.keyboard.press("Enter");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await check(panel, "the keys");
    });
  });

  test("and Tab leads to all that can be used, and shows where it is", async () => {
    const file = folder.file("stops.heddletrace");
    writeStory(file);
    await withPanel(file, { title: "story" }, async ({ page }) => {
      await page.getByRole("cell", { name: "mutexB" }).waitFor();
      const seen: string[] = [];
      for (let i = 0; i < MOST_STOPS; i++) {
        await page.keyboard.press("Tab");
        const { name, isSeen, isPage } = (await page.evaluate(stop)) as Stop;
        if (isPage) break;
        ok(isSeen, `${name} does not show that it has the focus.`);
        seen.push(name);
        if (name !== "Threads") continue;
        await page.keyboard.press("End");
        await page.getByRole("complementary", { name: "Selected thread" }).getByRole("heading").waitFor();
      }
      ok(
        ["Export", "Threads", "Moment", "Search the tables"].every((name) => seen.includes(name)),
        seen.join(),
      );
      deepEqual(seen, await page.evaluate(reachable));
    });
  });

  test("with the panel on a family of processes, and on what is no trace", async () => {
    await withPanel(folder.write("told-family.heddletrace", family()), { title: "main.js" }, async (panel) => {
      await lane(panel, "MainThread · 4712").waitFor();
      await check(panel, "processes");
    });
    await withPanel(folder.write("told-foreign.heddletrace", "This is a letter."), {}, async (panel) => {
      await panel.page.getByText("This trace cannot be read").waitFor();
      await check(panel, "no trace");
    });
  });

  test("with the graph of lock order, and where there is none", async () => {
    const server = await PanelServer.start((document) => document.replaceAll("panel.js", "lock-order.js"));
    try {
      await using panel = await PanelPage.open(browser, server, folder.file("none.heddletrace"));
      await panel.page.getByRole("heading", { name: "Lock order" }).waitFor();
      panel.order({ type: "lockOrder", order: undefined, note: "Heddle's language server is not ready." });
      await panel.page.getByText("is not ready").waitFor();
      await check(panel, "no graph");
      panel.order({ type: "lockOrder", order, note: "What the source of the workspace says, and what was seen." });
      await panel.page.getByRole("group", { name: "Graph" }).getByRole("button").first().focus();
      await panel.page.keyboard.press("End");
      await check(panel, "a graph");
      await panel.screenshot("lock-order-axe");
      deepEqual(panel.violations, []);
    } finally {
      server.stop();
    }
  });
});
