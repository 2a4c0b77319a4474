/**
 * How long it takes from an event in a program to its colour on the canvas: in a real VS Code, with the program run from
 * it. The recorder stamps the event by the monotonic clock, and the page looks at its pixels in every frame.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENTS, TraceDecoder } from "heddle/trace";
import type { Locator } from "playwright-core";
import { fetchCodeServer } from "../../client/host/code-server.js";
import { packageExtension } from "../../client/host/package-extension.js";
import { repository } from "../../client/host/repository.js";
import { createProfile, installExtension, quietSettings, Workbench } from "../../client/host/workbench.js";
import { Person } from "../vscode/person.js";
import { TracePanel } from "../vscode/trace-panel.js";

const BLINKS = 50;
/** Those are seen while the page has just been opened, and do not count. */
const WARM_UP = 5;
/** Where the newest is seen, in device pixels from the right edge: less than what passes between two blinks. */
const EDGE = 16;
/** The middle of the row that shows what a thread holds, in CSS pixels from the top of its lane. */
const HOLDING_ROW = 32;

/** Milliseconds of each event that was seen, by rising order. */
export async function measurePixels(): Promise<number[]> {
  const scratch = mkdtempSync(join(tmpdir(), "heddle-pixels-"));
  try {
    const profile = createProfile(scratch, quietSettings);
    const codeServer = await fetchCodeServer(console.log);
    const vsix = join(scratch, "heddle.vsix");
    await packageExtension(vsix);
    await installExtension(codeServer, profile, vsix);
    const workbench = await Workbench.start({ codeServer, profile });
    try {
      const person = await Person.at(workbench.address(join(repository, "test", "bench", "programs")), scratch);
      const seen = await blinksSeen(person);
      await person.leave();
      return delays(takenAt(traceBelow(profile.userData)), seen);
    } finally {
      await workbench.stop();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** When each blink was on the canvas, milliseconds since 1970. */
async function blinksSeen(person: Person): Promise<readonly number[]> {
  await person.openFile("blinks.ts");
  await person.hidePanel();
  await person.runCommand("Heddle: Run and Trace");
  const panel = new TracePanel(person);
  await panel.inState("live").waitFor();
  const lane = panel.lane("MainThread");
  await lane.waitFor();
  const [row, canvas] = await Promise.all([lane.boundingBox(), panel.canvas.boundingBox()]);
  return watchEdge(panel.canvas, (row?.y ?? 0) - (canvas?.y ?? 0) + HOLDING_ROW);
}

/** `y` is in CSS pixels from the top of the canvas. */
function watchEdge(canvas: Locator, y: number): Promise<readonly number[]> {
  return canvas.evaluate(
    // Runs in the page, where nothing of this file is.
    (element, { blinks, edge, top }) => {
      const target = element as unknown as {
        readonly width: number;
        readonly height: number;
        getContext(kind: "2d"): {
          getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
        };
        getBoundingClientRect(): { readonly height: number };
      };
      const page = globalThis as unknown as { requestAnimationFrame(next: () => void): void };
      const context = target.getContext("2d");
      const line = Math.round((top * target.height) / target.getBoundingClientRect().height);
      const seen: number[] = [];
      let wasHeld = true;
      return new Promise<readonly number[]>((resolve) => {
        const look = (): void => {
          const { data } = context.getImageData(target.width - edge, line, edge, 1);
          let isHeld = false;
          // What is held has a colour; the empty row is grey.
          for (let i = 0; i < data.length; i += 4) {
            const rgb = data.subarray(i, i + 3);
            isHeld ||= Math.max(...rgb) - Math.min(...rgb) > 30;
          }
          if (isHeld && !wasHeld) seen.push(performance.timeOrigin + performance.now());
          wasHeld = isHeld;
          if (seen.length < blinks) page.requestAnimationFrame(look);
          else resolve(seen);
        };
        look();
      });
    },
    { blinks: BLINKS, edge: EDGE, top: y },
  );
}

/** When the lock was taken, milliseconds since 1970. */
function takenAt(trace: string): readonly number[] {
  const moments: number[] = [];
  let began = 0;
  new TraceDecoder({
    start({ startedAt }) {
      began = startedAt;
    },
    event({ kind, time }) {
      if (kind === EVENTS.acquired) moments.push(began + time / 1e6);
    },
  }).push(readFileSync(trace));
  return moments;
}

/** From the last event before each sight to that sight. */
function delays(taken: readonly number[], seen: readonly number[]): number[] {
  return seen
    .slice(WARM_UP)
    .map((sight) => sight - (taken.findLast((moment) => moment < sight + 2) ?? Number.NaN))
    .filter((delay) => !Number.isNaN(delay))
    .sort((a, b) => a - b);
}

function traceBelow(folder: string): string {
  const name = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((each) => each.endsWith(".heddletrace"));
  if (name === undefined) throw new Error("The run left no trace.");
  return join(folder, name);
}
