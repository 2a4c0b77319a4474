/**
 * Part of `npm run bench:trace`: what a frame of the trace panel costs, in a real browser with the real worker behind
 * it. The trace is written, not run, so that there can be as many threads and events as are wanted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { BrowserContext, Page } from "playwright-core";
import type { Question, Wish } from "../../client/shared/messages.js";
import { PanelServer, webviewScript } from "../panel/panel-page.js";
import { writeBigTrace } from "../support/big-trace.js";
import { TimelineWorker } from "../support/timeline.js";
import { openBrowser } from "../vscode/chromium.js";
import { ANSWERS_BY_SOCKET, AnswerSocket } from "./answer-socket.js";

/** Events of the traces, and the goals in milliseconds: for the first picture, and for the slowest frame of a hundred. */
const SIZES = [
  [1e6, 300, 16.7],
  [1e7, 1500, 16.7],
  [1e8, 10_000, 33],
] as const;
/** For writing and reading the largest. */
const PATIENCE = 300_000;
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

/** Fills a canvas of the size of the one with the lanes, for some seconds: what no panel of that size can do faster. */
const BARE_FRAMES = `new Promise((resolve) => {
  const { width, height } = document.querySelector("canvas.lanes");
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.style.cssText = "position: fixed; right: 0; bottom: 0";
  document.body.append(canvas);
  const context = canvas.getContext("2d", { alpha: false });
  const end = performance.now() + ${SECONDS * 1000};
  takeFrames();
  let i = 0;
  const step = () => {
    if (performance.now() > end) {
      canvas.remove();
      return resolve(takeFrames());
    }
    context.fillStyle = i++ % 2 ? "#123" : "#321";
    context.fillRect(0, 0, width, height);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

/** What the panel is like with a trace of one size. */
interface Panel {
  /** Milliseconds until there is a picture of something. */
  readonly first: number;
  /** Milliseconds until all of it is seen. */
  readonly whole: number;
  readonly zooming: Frames;
  readonly panning: Frames;
  /** Of a canvas that is only filled. */
  readonly bare: Frames;
  /** Bytes of the page. */
  readonly memory: number;
}

function at(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1);
}

/** Prints what a frame costs while somebody zooms and pans, as Markdown. Sizes above `most` events are left out. */
export async function reportPanel(most = Number.POSITIVE_INFINITY): Promise<void> {
  console.log(`\nthe panel: ${THREADS} lanes of 1,600 pixels, without a GPU; milliseconds\n`);
  console.log(
    "| events | first picture | goal | all of it seen | script p50, p99 | zooming p50, p99 | panning p50, p99 | goal p99 | bare canvas p50, p99 | memory |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|---|");
  for (const [events, goal, frame] of SIZES) {
    if (events > most) continue;
    const { first, whole, zooming, panning, bare, memory } = await measurePanel(events);
    const pair = (values: readonly number[]): string => `${at(values, 0.5)}, ${at(values, 0.99)}`;
    const script = pair([...zooming.script, ...panning.script]);
    const cells = [
      events.toLocaleString("en"),
      first.toFixed(0),
      goal,
      whole.toFixed(0),
      script,
      pair(zooming.between),
      pair(panning.between),
    ];
    console.log(`| ${[...cells, frame, pair(bare.between), `${(memory / 1e6).toFixed(0)} MB`].join(" | ")} |`);
  }
}

/** The page and the worker behind it, with bytes between them. */
async function openPanel(browser: BrowserContext, server: PanelServer, worker: TimelineWorker): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewportSize(SIZE);
  const script = `${webviewScript("vscode-dark", undefined)}${ANSWERS_BY_SOCKET}globalThis.onViolation = console.error;`;
  await page.addInitScript({ content: script + TIMED_FRAMES });
  let isReady = false;
  let forwarded = 0;
  let socket: AnswerSocket | undefined;
  const forward = (): void => {
    if (socket === undefined || !isReady) return;
    for (; forwarded < worker.said.length; forwarded++) socket.send(worker.said[forwarded]);
  };
  const opened = AnswerSocket.on(server.http, (message) => {
    const said = message as Question | Wish;
    if (said.type === "ready") isReady = true;
    else worker.tell(said as Question);
    forward();
  });
  await page.goto(server.address);
  socket = await opened;
  worker.listen(forward);
  forward();
  return page;
}

async function measurePanel(events: number): Promise<Panel> {
  const scratch = mkdtempSync(join(tmpdir(), "heddle-bench-panel-"));
  const file = join(scratch, "big.heddletrace");
  writeBigTrace(file, { seed: 1, events, threads: THREADS });
  // The page's policy allows it no connections.
  const server = await PanelServer.start((document) => document.replace("default-src", "connect-src *; default-src"));
  const browser = await openBrowser(join(scratch, "browser"));
  try {
    const start = performance.now();
    await using worker = new TimelineWorker(file);
    const page = await openPanel(browser, server, worker);
    await worker.answer("frame", ({ frame }) => frame.lanes.length > 0 && frame.columns > 1000, { deadline: PATIENCE });
    const first = performance.now() - start;
    const { status } = await worker.answer("status", (said) => said.status.state === "ended", { deadline: PATIENCE });
    const isWhole = ({ to }: { readonly to: number }): boolean => to >= status.duration;
    await worker.answer("frame", (said) => isWhole(said.frame) && said.frame.columns > 1000, { deadline: PATIENCE });
    const whole = performance.now() - start;
    await page
      .getByRole("option")
      .nth(THREADS - 1)
      .waitFor();
    // Looking for findings goes on behind the picture.
    await worker.answer("findings", () => true, { deadline: PATIENCE });
    await setImmediate();
    const zooming = (await page.evaluate(keepDoing(wheel("deltaY: i % 200 < 100 ? -30 : 30")))) as Frames;
    await page.keyboard.press("f");
    for (let i = 0; i < 6; i++) await page.keyboard.press("w");
    const panning = (await page.evaluate(
      keepDoing(wheel("shiftKey: true, deltaY: i % 200 < 100 ? 20 : -20")),
    )) as Frames;
    const bare = (await page.evaluate(BARE_FRAMES)) as Frames;
    const inspector = await browser.newCDPSession(page);
    await inspector.send("Performance.enable");
    const { metrics } = await inspector.send("Performance.getMetrics");
    const memory = metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? Number.NaN;
    return { first, whole, zooming, panning, bare, memory };
  } finally {
    await browser.close();
    server.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}
