/**
 * Part of `npm run bench:trace`: what a frame of the trace panel costs, in a real browser with the real worker behind
 * it. The trace is written, not run, so that there can be as many threads and events as are wanted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { PanelPage, PanelServer } from "../panel/panel-page.js";
import { writeBigTrace } from "../support/big-trace.js";
import { openBrowser } from "../vscode/chromium.js";

const EVENTS = 1_000_000;
const THREADS = 64;
/** The names take 170 pixels, the details 292: 1600 are left for lanes, and enough height for all of them. */
const SIZE = { width: 2062, height: 3300 };
const SECONDS = 4;

/** Milliseconds of script in each frame that was drawn, and between the frames. */
interface Frames {
  readonly script: readonly number[];
  readonly between: readonly number[];
}

/** Times every callback that draws. The page draws nowhere else. */
const TIMED_FRAMES = `{
  const request = requestAnimationFrame;
  globalThis.frames_ = { script: [], between: [] };
  let last = 0;
  globalThis.requestAnimationFrame = (draw) => request((time) => {
    const start = performance.now();
    draw(time);
    frames_.script.push(performance.now() - start);
    if (last > 0) frames_.between.push(time - last);
    last = time;
  });
  globalThis.takeFrames = () => {
    const taken = frames_;
    globalThis.frames_ = { script: [], between: [] };
    last = 0;
    return taken;
  };
}`;

/** Sends an event to the canvas in every frame, for some seconds. \`i\` counts, \`canvas\` and \`width\` are there. */
function keepDoing(what: string): string {
  return `new Promise((resolve) => {
    const canvas = document.querySelector("canvas.lanes");
    const { left, top, width } = canvas.getBoundingClientRect();
    const end = performance.now() + ${SECONDS * 1000};
    takeFrames();
    let i = 0;
    const step = () => {
      if (performance.now() > end) return resolve(takeFrames());
      ${what}
      i++;
      setTimeout(step, 8);
    };
    step();
  })`;
}

const wheel = (fields: string): string =>
  `canvas.dispatchEvent(new WheelEvent("wheel", { bubbles: true, cancelable: true, clientX: left + width / 2, clientY: top + 100, ${fields} }));`;

function figures(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1);
  return `${at(0.5).padStart(8)}${at(0.99).padStart(8)}`;
}

/** Prints what a frame costs while somebody zooms and pans. */
export async function reportPanel(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "heddle-bench-panel-"));
  const file = join(scratch, "big.heddletrace");
  writeBigTrace(file, { seed: 1, events: EVENTS, threads: THREADS });
  const server = await PanelServer.start();
  const browser = await openBrowser(join(scratch, "browser"));
  try {
    await using panel = await PanelPage.open(browser, server, file, { size: SIZE, before: TIMED_FRAMES });
    const { page } = panel;
    await page
      .getByRole("option")
      .nth(THREADS - 1)
      .waitFor();
    await page.getByRole("banner").getByText("Ended").waitFor();
    console.log(`\nthe panel: ${EVENTS.toLocaleString("en")} events, ${THREADS} lanes of 1,600 pixels, without a GPU`);
    console.log("  milliseconds               p50     p99");
    await reportFrames(browser, page, "zooming", wheel("deltaY: i % 200 < 100 ? -30 : 30"));
    await page.keyboard.press("f");
    for (let i = 0; i < 6; i++) await page.keyboard.press("w");
    await reportFrames(browser, page, "panning", wheel("shiftKey: true, deltaY: i % 200 < 100 ? 20 : -20"));
  } finally {
    await browser.close();
    server.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function reportFrames(browser: BrowserContext, page: Page, name: string, what: string): Promise<void> {
  const inspector = await browser.newCDPSession(page);
  // The clock of the page's thread stands while other processes have the processor.
  await inspector.send("Performance.enable", { timeDomain: "threadTicks" });
  const scriptSeconds = async (): Promise<number> => {
    const { metrics } = await inspector.send("Performance.getMetrics");
    return metrics.find((metric) => metric.name === "ScriptDuration")?.value ?? Number.NaN;
  };
  const before = await scriptSeconds();
  const { script, between } = (await page.evaluate(keepDoing(what))) as Frames;
  const mean = (((await scriptSeconds()) - before) / script.length) * 1000;
  await inspector.detach();
  console.log(
    `  ${`${name}, script`.padEnd(22)}${figures(script)}   goal ≤ 4; on the processor, mean ${mean.toFixed(1)}`,
  );
  console.log(`  ${`${name}, frame`.padEnd(22)}${figures(between)}   goal ≤ 16.7`);
}
