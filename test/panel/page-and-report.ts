/** Who reads text gets the same facts: what `heddle trace report` prints, and what the page tells those who hear it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import { placeName } from "../../client/shared/names.js";
import type { Place } from "../../client/shared/snapshot.js";
import { formatDuration } from "../../client/webview/layout/duration.js";
import { heddle } from "../support/heddle.js";
import { cwd, details, eventually, folder, lane, withPanel } from "./page-fixture.js";
import type { PanelPage } from "./panel-page.js";
import { writeStory } from "./written-traces.js";

interface Site {
  readonly file: string;
  readonly line: number;
}

/** What `heddle trace report --json` prints, as far as the page shows it. Times are milliseconds, lines count from 0. */
interface Report {
  readonly trace: { readonly milliseconds: number; readonly events: number; readonly dropped: number };
  readonly threads: readonly {
    readonly name: string;
    readonly waitedForLocks: number;
    readonly waitedOtherwise: number;
  }[];
  readonly locks: readonly { readonly name: string; readonly waits: number; readonly held: number }[];
  readonly contention: readonly {
    readonly lock: string;
    readonly site: Site;
    readonly waits: number;
    readonly total: number;
    readonly longest: number;
    readonly holder: string;
  }[];
  readonly deadlocks: readonly { readonly parties: readonly Party[] }[];
  readonly findings: readonly {
    readonly ruleId: string;
    readonly message: string;
    readonly places: readonly { readonly message: string; readonly site: Site }[];
  }[];
  readonly lockOrder: {
    readonly locks: readonly { readonly name: string }[];
    readonly edges: readonly {
      readonly from: number;
      readonly to: number;
      readonly held: Site;
      readonly taken: Site;
      readonly thread: string;
      readonly ring: number | null;
    }[];
  };
  readonly spans: readonly { readonly name: string; readonly pool: string; readonly total: number }[];
  readonly endedWaits: readonly { readonly thread: string; readonly endedBy: string; readonly waitedFor: string }[];
  readonly waiting: readonly {
    readonly thread: string;
    readonly waitsFor: string;
    readonly site: Site;
    readonly milliseconds: number;
    readonly holder: string;
  }[];
}

interface Party {
  readonly thread: string;
  readonly waitsFor: string;
  readonly site: Site;
  readonly owner: string;
  readonly ownerSite: Site;
}

const at = ({ file, line }: Site): string => placeName({ file, line: line + 1 } satisfies Omit<Place, "column">);
const lasting = (milliseconds: number): string => formatDuration(milliseconds * 1e6);
const words = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** The cells of a table, row by row. */
async function tableOf(panel: PanelPage, tab: RegExp, rows: number): Promise<readonly (readonly string[])[]> {
  await panel.page.getByRole("tab", { name: tab }).click();
  // The table before may have as many rows.
  await panel.page.getByRole("tab", { name: tab, selected: true }).waitFor();
  const body = panel.page.locator(".table-panel tbody tr");
  await eventually(
    () => body.count(),
    (count) => count === rows,
  );
  const all = await body.evaluateAll((found) =>
    found.map((row) => [...row.children].map((cell) => (cell as unknown as { innerText: string }).innerText)),
  );
  return all.map((cells) => cells.map(words));
}

suite("the page and the report", () => {
  test("tell the same of one trace: amounts, contention, threads, locks, tasks, findings, lock order and the deadlock", async () => {
    const file = folder.file("story.heddletrace");
    writeStory(file);
    const { stdout, code } = await heddle(["trace", "report", "--json", file], { cwd });
    equal(code, 0);
    const report = JSON.parse(stdout) as Report;
    await withPanel(file, { title: "story" }, async (panel) => {
      const { page } = panel;
      await lane(panel, "t1").waitFor();
      const { milliseconds, events, dropped } = report.trace;
      await page.getByText(`${(milliseconds / 1000).toFixed(3)} s · ${events} events · ${dropped} dropped`).waitFor();

      const [{ parties = [] } = {}] = report.deadlocks;
      equal(parties.length, 2);
      const alert = words(await page.getByRole("alert").innerText());
      for (const { thread, waitsFor, site } of parties) {
        const held = parties.find(({ owner }) => owner === thread)!;
        const sentence = `${thread} holds ${held.waitsFor} ${at(held.ownerSite)} and waits for ${waitsFor} ${at(site)}`;
        ok(alert.includes(sentence), `${alert} has no ${sentence}`);
      }

      const { contention, threads, waiting, findings } = report;
      const total = contention.map(({ lock, site, waits, total: all, longest, holder }) => [
        ...[lock, at(site), String(waits), lasting(all), lasting(longest), holder],
      ]);
      equal(total.length, 3);
      deepEqual(await tableOf(panel, /^Contention/, total.length), total);

      const rows = await tableOf(panel, /^Threads/, threads.length);
      for (const [i, { name }] of threads.entries()) {
        const wait = waiting.find(({ thread }) => thread === name);
        equal(rows[i]![0], name);
        const waits =
          wait && `waits for ${wait.waitsFor} ${at(wait.site)} ${lasting(wait.milliseconds)}, held by ${wait.holder}`;
        equal(rows[i]![3], waits ?? "");
      }
      const inUse = report.locks.filter(
        ({ name, waits }) => waits > 0 || waiting.some(({ waitsFor }) => waitsFor === name),
      );
      const owners = (await tableOf(panel, /^Locks/, inUse.length)).map(([lock, owner = ""]) => [
        lock,
        owner.split(" ")[0],
      ]);
      deepEqual(
        owners.sort(),
        inUse.map(({ name }) => [name, waiting.find(({ waitsFor }) => waitsFor === name)?.holder ?? "free"]).sort(),
      );

      deepEqual(
        (await tableOf(panel, /^Findings/, findings.length)).map(([rule, message, , where]) => [rule, message, where]),
        findings.map(({ ruleId, message, places }) => [
          ...[ruleId, message, places.map((each) => `${each.message} ${at(each.site)}`).join("; ")],
        ]),
      );
      ok(findings.some(({ ruleId }) => ruleId === "lock-order-inversion"));

      await page.getByRole("tab", { name: /^Lock order/ }).click();
      const { locks, edges } = report.lockOrder;
      equal(edges.length, 2);
      for (const { from, to, held, taken, thread, ring } of edges) {
        const [outer, inner] = [locks[from]!.name, locks[to]!.name];
        const said = `${inner} is taken ${at(taken)} while ${outer} is held, taken ${at(held)} · seen once by ${thread}`;
        await page.getByRole("button", { name: `${said}${ring === null ? "" : ", on a ring"}`, exact: true }).waitFor();
      }

      // All of the time: what each thread waited, added up.
      const moment = page.getByRole("slider", { name: "Moment" });
      await moment.focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("m");
      await page.keyboard.press("End");
      await page.getByRole("tab", { name: "Area 1.00 s" }).waitFor();
      const sums = await tableOf(panel, /^Area/, threads.length + 1);
      deepEqual(
        sums.slice(1).map(([name, , forLocks, otherwise]) => [name, forLocks, otherwise]),
        threads.map(({ name, waitedForLocks, waitedOtherwise }) => [
          ...[name, waitedForLocks === 0 ? "–" : lasting(waitedForLocks)],
          waitedOtherwise === 0 ? "–" : lasting(waitedOtherwise),
        ]),
      );

      // In the middle of the task, and of each wait that somebody ended.
      const [task] = report.spans;
      deepEqual([task?.name, task?.pool, task?.total], ["resize", "images", 140]);
      const canvas = (await page.locator("canvas.lanes").boundingBox())!;
      const click = (row: number, time: number): Promise<void> =>
        page.mouse.click(canvas.x + (canvas.width * time) / milliseconds, canvas.y + 24 + 46 * row + 12);
      await click(3, 400);
      const sentence = await eventually(
        () => moment.getAttribute("aria-valuetext"),
        (said) => said?.includes("resize") === true,
      );
      match(sentence!, /images-1 runs resize; .*images has 1 of 1 busy/);
      const ended = [
        [2, 135, "t2", "stock"],
        [3, 250, "images-1", "jobs"],
      ] as const;
      equal(report.endedWaits.length, ended.length);
      for (const [row, time, thread, waitedFor] of ended) {
        await click(row, time);
        const { endedBy } = report.endedWaits.find((each) => each.thread === thread && each.waitedFor === waitedFor)!;
        await details(panel)
          .getByRole("heading", { name: new RegExp(`^${thread} waits .* ${waitedFor}`) })
          .waitFor();
        await details(panel).locator("dt", { hasText: "ended by" }).waitFor();
        await details(panel).getByRole("button", { name: endedBy, exact: true }).first().waitFor();
      }
    });
    const text = (await heddle(["trace", "report", file], { cwd })).stdout;
    match(text, /^images-1\s+jobs\s+MainThread\s+1\s+100\.0 ms\s+100\.0 ms$/m);
  });
});
