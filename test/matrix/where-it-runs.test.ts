/** The library in a real browser, and what the documentation says about where what holds. */
import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BrowserContext } from "playwright-core";
import { repositoryRoot } from "../support/repository.js";
import { openBrowser } from "../vscode/chromium.js";
import { bundleForBrowser } from "./bundles.js";
import { asProcess, probe } from "./probing.js";
import { asPage, Site } from "./site.js";
import { type Column, isHole, markdown } from "./table.js";

const folder = mkdtempSync(join(tmpdir(), "heddle-browser-"));
const sources = fileURLToPath(new URL("test/matrix/", repositoryRoot));
const scripts = join(folder, "scripts");
let browser: BrowserContext;
let site: Site;

before(async () => {
  const programs = {
    probes: join(sources, "probes.ts"),
    rough: join(sources, "programs", "rough.ts"),
    "own-worker": join(sources, "programs", "own-worker.ts"),
    "start-worker": join(sources, "programs", "start-worker.ts"),
  };
  await bundleForBrowser({ outdir: scripts, programs, splitting: true });
  [browser, site] = await Promise.all([openBrowser(join(folder, "profile")), Site.open(scripts)]);
});

after(async () => {
  await site[Symbol.asyncDispose]();
  await browser.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("the table in the documentation is what Node.js, a page and a thread of a page say", async () => {
  const columns: Column[] = [
    {
      title: "Node.js, Bun, Deno",
      results: await probe(
        asProcess([process.execPath, fileURLToPath(new URL("./probes.js", import.meta.url))], folder),
      ),
    },
    { title: "Chromium, page", results: await probe(asPage(browser, site.address("/page/probes"))) },
    { title: "Chromium, thread", results: await probe(asPage(browser, site.address("/page/probes?thread"))) },
  ];
  const holes = columns.flatMap(({ title, results }) =>
    [...results].filter(([, result]) => isHole(result)).map(([row, result]) => `${title}, ${row}: ${result}`),
  );
  deepEqual(holes, []);
  const path = new URL("runtime/docs/where-it-runs.md", repositoryRoot);
  const [page, start, end] = [readFileSync(path, "utf8"), "<!-- table -->\n\n", "\n\n<!-- end of the table -->"];
  const [head = "", rest = ""] = page.split(start);
  const [table = "", tail = ""] = rest.split(end);
  const expected = markdown(columns);
  if (process.env.UPDATE) writeFileSync(path, `${head}${start}${expected}${end}${tail}`);
  else equal(table, expected, "Update it with UPDATE=1.");
});

/** What a page printed: its lines up to the last one, and the errors that nothing caught. */
interface Printed {
  readonly lines: readonly string[];
  readonly uncaught: readonly string[];
}

async function open(address: string): Promise<Printed> {
  const page = await browser.newPage();
  try {
    const lines: string[] = [];
    const uncaught: string[] = [];
    const done = new Promise<void>((resolve, reject) => {
      page.on("console", (message) => {
        if (message.text() === "{}") resolve();
        else lines.push(message.text());
      });
      page.on("pageerror", (error) => {
        uncaught.push(`${error.name}: ${error.message}`);
        if (lines.length === 0 && !address.includes("case=")) resolve();
      });
      setTimeout(() => reject(new Error(`${address} said nothing more after ${lines.join("\n")}`)), 20_000).unref();
    });
    await page.goto(address);
    await done;
    return { lines, uncaught };
  } finally {
    await page.close();
  }
}

async function rough(name: string, at = site): Promise<Printed> {
  return open(at.address(`/page/rough?case=${name}`));
}

suite("in a browser", () => {
  test("a worker that is ended while it computes or blocks gives its lock on, and its task fails", async () => {
    for (const name of ["spin", "block"]) {
      deepEqual((await rough(name)).lines, ['["WorkerDiedError","true"]'], name);
    }
  });

  test("threads start threads and block at once", async () => {
    deepEqual((await rough("nest")).lines, ['["depth 0","depth 1","depth 2","depth 3"]']);
  });

  test("an error that leaves a thread, or is thrown later in it, ends it and is told on the console", async () => {
    const { lines } = await rough("uncaught");
    const told = lines.filter((line) =>
      /^Exception in thread Thread-\d \(\w+\):\nRangeError: in the thread/.test(line),
    );
    deepEqual([told.length, lines.at(-1)], [2, "[false,false]"]);
  });

  test("a form that would have to block is refused before it has changed anything, and names the async one", async () => {
    deepEqual((await rough("refused")).lines, [
      JSON.stringify([
        "HEDDLE_BLOCKING_NOT_ALLOWED waitAsync",
        "HEDDLE_BLOCKING_NOT_ALLOWED waitAsync or waitForAsync",
        "HEDDLE_BLOCKING_NOT_ALLOWED sleepAsync",
        "0,1",
      ]),
    ]);
  });

  test("a worker that the page starts is a program, whose main may block", async () => {
    deepEqual((await open(site.address("/page/start-worker"))).lines, ["[30,[1,2]]"]);
  });

  test("a page without shared memory hears which headers give it some", async () => {
    await using plain = await Site.open(scripts, { isIsolated: false });
    const { uncaught } = await open(plain.address("/page/probes"));
    match(
      uncaught.join("\n"),
      /^StateError: .*Cross-Origin-Opener-Policy: same-origin .*Cross-Origin-Embedder-Policy: require-corp/,
    );
  });

  test("without the file in which threads begin nobody waits, and the error says how to get it", async () => {
    const partial = join(folder, "partial");
    await bundleForBrowser({ outdir: partial, programs: { rough: join(sources, "programs", "rough.ts") } });
    rmSync(join(partial, "heddle-worker.js"));
    await using without = await Site.open(partial);
    const { lines, uncaught } = await rough("missing", without);
    equal(lines.at(-1), '[false,"StateError"]');
    match(uncaught.join("\n"), /^StateError: heddle-worker\.js.* did not load .*heddle-worker=heddle\/worker/);
  });
});
