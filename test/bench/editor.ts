/**
 * How long someone waits for a squiggle: `npm run bench:editor -- [lines] [rounds]`. A real VS Code with Heddle's package
 * in it and its TypeScript beside it, a generated project (185,000 lines), a real press of a key in the page, and the
 * frame of the page in which the squiggle is there or gone. In the browser, so it needs Chromium as the tests do.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Page } from "playwright-core";
import { fetchCodeServer } from "../../client/host/code-server.js";
import { packageExtension } from "../../client/host/package-extension.js";
import { repository } from "../../client/host/repository.js";
import { createProfile, installExtension, quietSettings, Workbench } from "../../client/host/workbench.js";
import { Person } from "../vscode/person.js";
import { generateProject } from "./generate-project.js";

/** Milliseconds: half of the squiggles and 19 of 20 come within. */
const GOALS = { p50: 120, p95: 300 };
/** For a project of a million lines that is read for the first time. */
const DEADLINE = 300_000;
/** The first answers wait for the project to be read, and for V8. */
const WARM_UP = 10;
/** What a line of a function without the lock is; commented out, until a key is pressed. */
const CARELESS = "total += 1; // without the lock";
/** One key that takes the two slashes away, and puts them there again. */
const KEY = "Control+/";

/** In the page: tells in which tasks a frame is made. What these change is on the screen when the next task runs. */
const TELL_FRAMES = `{
  const request = requestAnimationFrame;
  const after = new MessageChannel();
  after.port1.onmessage = () => (globalThis.inFrame_ = false);
  globalThis.inFrame_ = false;
  globalThis.requestAnimationFrame = (draw) => request((time) => {
    globalThis.inFrame_ = true;
    after.port2.postMessage(0);
    draw(time);
  });
}`;

/** In the page: the milliseconds from the next press of the key to the frame that shows, or shows no more, a squiggle. */
const LISTEN = (isShown: boolean): string => `globalThis.change_ = new Promise((resolve) => {
  let pressed;
  const listen = (event) => { if (event.ctrlKey && event.key === "/") pressed ??= event.timeStamp; };
  document.addEventListener("keydown", listen, true);
  const look = () => {
    const found = document.querySelector(".editor-instance :is(.squiggly-warning, .squiggly-error)") !== null;
    if (pressed === undefined || found !== ${isShown}) return;
    observer.disconnect();
    document.removeEventListener("keydown", listen, true);
    const drawn = new MessageChannel();
    drawn.port1.onmessage = () => resolve(performance.now() - pressed);
    const draw = () => drawn.port2.postMessage(0);
    if (globalThis.inFrame_) draw();
    else requestAnimationFrame(draw);
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
}), undefined`;

const [lines = 185_000, rounds = 100] = process.argv.slice(2).map(Number);
if (![lines, rounds].every((number) => Number.isInteger(number) && number > 0)) {
  console.error("Usage: npm run bench:editor -- [lines] [rounds]");
  process.exit(2);
}
const scratch = mkdtempSync(join(tmpdir(), "heddle-bench-editor-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const folder = join(scratch, "project");
const { file, line } = writeProject();
const profile = createProfile(scratch, { ...quietSettings, "editor.minimap.enabled": false });
const vsix = join(scratch, "heddle.vsix");
await packageExtension(vsix);
const codeServer = await fetchCodeServer(console.log);
await installExtension(codeServer, profile, vsix);
const workbench = await Workbench.start({ codeServer, profile });
const person = await Person.at(workbench.address(folder), scratch);
try {
  await person.openFile(basename(file), line);
  await person.page.locator(".editor-instance .monaco-editor.focused").waitFor();
  await person.page.evaluate(TELL_FRAMES);
  const shown: number[] = [];
  const gone: number[] = [];
  for (let round = 0; round < WARM_UP + rounds; round++) {
    const times = [await press(person.page, true), await press(person.page, false)] as const;
    if (round === 0) console.log(`the first squiggle after ${Math.round(times[0])} ms; the project is read until then`);
    if (round < WARM_UP) continue;
    shown.push(times[0]);
    gone.push(times[1]);
  }
  report({ "squiggle is there": shown, "squiggle is gone": gone });
} finally {
  await person.leave();
  await workbench.stop();
}

/** Writes the project, with one careless line commented out, in a file in which nothing is found otherwise. */
function writeProject(): { readonly file: string; readonly line: number } {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(join(repository, "runtime"), join(folder, "node_modules", "heddle"), "junction");
  const project = generateProject(folder, lines);
  console.log(`${project.files.length} files, ${project.lines} lines`);
  const careful = project.concurrent
    .map((name) => join(folder, name))
    .filter((path) => !/^ {4}total\d+\.value \+= amount;$/m.test(readFileSync(path, "utf8")));
  const chosen = careful[Math.floor(careful.length / 2)];
  if (chosen === undefined) throw new Error(`${lines} lines are too few: no file has locks and no finding.`);
  const text = readFileSync(chosen, "utf8");
  const careless = CARELESS.replace("total", `${/total\d+/.exec(text)?.[0]}.value`);
  const edited = text.replace(/(function add\d+_0\(.*\n)/, `$1  // ${careless}\n`);
  writeFileSync(chosen, edited);
  return { file: chosen, line: edited.slice(0, edited.indexOf(careless)).split("\n").length };
}

async function press(page: Page, isShown: boolean): Promise<number> {
  await page.evaluate(LISTEN(isShown));
  await page.keyboard.press(KEY);
  const change = page.evaluate("change_") as Promise<number>;
  const late = new AbortController();
  const deadline = setTimeout(DEADLINE, undefined, { signal: late.signal }).then(() => {
    throw new Error(`No ${isShown ? "squiggle" : "end of the squiggle"} within ${DEADLINE / 1000} seconds.`);
  });
  try {
    return await Promise.race([change, deadline]);
  } finally {
    late.abort();
    deadline.catch(() => {});
  }
}

function report(measured: Readonly<Record<string, readonly number[]>>): void {
  console.log("\n| from the key to where the | p50 (goal) | p95 (goal) | worst |\n|---|---|---|---|");
  for (const [what, times] of Object.entries(measured)) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number): string =>
      `${Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN)} ms`;
    console.log(`| ${what} | ${at(0.5)} (${GOALS.p50}) | ${at(0.95)} (${GOALS.p95}) | ${at(1)} |`);
  }
}
