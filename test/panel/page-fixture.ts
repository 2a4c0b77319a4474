/** One browser and one server for all that is tested in the page, and what tests look at. */
import { deepEqual, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Locator } from "playwright-core";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { repositoryRoot } from "../support/repository.js";
import { program } from "../support/trace.js";
import { openBrowser } from "../vscode/chromium.js";
import { type PanelOptions, PanelPage, PanelServer } from "./panel-page.js";
import { writeCrossing } from "./written-traces.js";

export const cwd = fileURLToPath(repositoryRoot);
const scratch = mkdtempSync(join(tmpdir(), "heddle-panel-"));

export let browser: BrowserContext;
export let server: PanelServer;
export let folder: Folder;
export let deadlock: string;
export let crossing: string;

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

/** Opens a trace, does something with the page, and sees to it that nothing was refused and nothing threw. */
export async function withPanel(
  file: string,
  options: PanelOptions,
  use: (panel: PanelPage) => Promise<void>,
): Promise<void> {
  await using panel = await PanelPage.open(browser, server, file, options);
  await use(panel);
  deepEqual(panel.violations, []);
}

export function lane(panel: PanelPage, name: string): Locator {
  return panel.page.getByRole("option", { name });
}

export function selectedLane(panel: PanelPage, name: string): Locator {
  return panel.page.getByRole("option", { name, selected: true });
}

export function details(panel: PanelPage): Locator {
  return panel.page.getByRole("complementary", { name: "Selected thread" });
}

/** The colours that are found in a part of the lanes, as far as it is one: `r,g,b`. */
export async function coloursIn(panel: PanelPage, box: { x: number; y: number; width: number; height: number }) {
  const found: unknown = await panel.page.evaluate(`{
    const { x, y, width, height } = ${JSON.stringify(box)};
    const canvas = document.querySelector("canvas.lanes");
    const least = Math.min(width, canvas.width - x);
    const { data } = canvas.getContext("2d").getImageData(x, y, least, height);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) colours.add([data[i], data[i + 1], data[i + 2]].join());
    [...colours];
  }`);
  return found as readonly string[];
}

/** The rows of the second lane, that of the first thread, to its end: on a slow machine a program begins late to wait. */
export const secondLane = { x: 0, y: 24 + 46, width: 10_000, height: 45 };

/** Whether something is painted as a wait for a lock is in a dark theme. */
export function isRed(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = colour.split(",").map(Number);
  return red > 2 * green && red > 2 * blue && red > 90;
}

/** Waits until the page has a frame of a deadlock and has painted it: before, keys and pointers find nothing in the lanes. */
export async function untilDrawn(panel: PanelPage): Promise<void> {
  await eventually(
    () => coloursIn(panel, secondLane),
    (found) => found.some(isRed),
  );
}

/** Looks again until what is seen is as it should be; with a pause, because what is looked at is all that a canvas shows. */
export async function eventually<T>(look: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    ok(Date.now() < end, `Still ${JSON.stringify(seen)}`);
    await setTimeout(20);
  }
}
