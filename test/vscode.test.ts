/**
 * Heddle in a real VS Code: run from the repository, and installed from its package into one with nothing else. All of
 * it is one file, so that one process sets up and the machine runs one VS Code at a time.
 */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fetchCodeServer } from "../client/host/code-server.js";
import { packageExtension } from "../client/host/package-extension.js";
import { repository } from "../client/host/repository.js";
import { run } from "../client/host/run.js";
import { createProfile, type Profile, quietSettings, Workbench } from "../client/host/workbench.js";
import { summarise } from "../runtime/src/trace/summary.js";
import { writeSolved } from "./panel/written-traces.js";
import { writeBigTrace } from "./support/big-trace.js";
import { heddle } from "./support/heddle.js";
import {
  fixTheLostUpdate,
  getOverACrash,
  readTheInversion,
  seeTheRaceInRestrictedMode,
  showSquiggleAndLightBulb,
  suppressWithAReason,
  trustTheFolder,
} from "./vscode/as-a-person.js";
import { addLanguagePack, readHeddleInChinese, readWhyTheServerIsDown, speakChinese } from "./vscode/chinese.js";
import { beginWithASample, findNothingToLookAt, seeTheWalkthrough } from "./vscode/first-contact.js";
import { runInHost } from "./vscode/in-host.js";
import { doEverythingByKeys, watchPointers } from "./vscode/keyboard-alone.js";
import { NpmStart } from "./vscode/npm-start.js";
import { Person, themeSettings } from "./vscode/person.js";
import {
  askForTheImpossible,
  compareTwoTraces,
  exportTraces,
  openTraces,
  readThreadsAndLocks,
  reopenThePanel,
  runNothingInRestrictedMode,
  runTheDeadlock,
  showThePanel,
  stopInAChild,
  stopInAThread,
} from "./vscode/tracing.js";
import { readTheFindings, readTheLockOrder, readTheLocks, showTheLockOrder } from "./vscode/views.js";
import { vscodeUnderTest } from "./vscode/vscode-under-test.js";

const scratch = mkdtempSync(join(tmpdir(), "heddle-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
// Ended from outside it still ends what it started, which only happens on a regular exit.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const samples = join(repository, "test", "samples");
/** A copy of the samples where nothing resolves `heddle`: what an installed Heddle must cope with. */
const bareSamples = join(scratch, "samples");
cpSync(samples, bareSamples, { recursive: true });
const vsix = join(scratch, "heddle.vsix");

const tracerSettings = {
  ...quietSettings,
  "editor.minimap.enabled": false,
  // The path of a trace is long, and of no interest.
  "breadcrumbs.enabled": false,
  "terminal.integrated.enablePersistentSessions": false,
  ...themeSettings,
};

/** Programs that find Heddle's runtime, but no samples. */
const programs = join(repository, "test", "vscode", "programs");

const vscode = await vscodeUnderTest();
before(() => packageExtension(vsix));
before(recordTraces);

for (const installed of [false, true]) {
  test(`inside a VS Code with Heddle ${installed ? "installed from its package" : "from the repository"}`, async (t) => {
    const own = join(scratch, installed ? "installed" : "developed");
    const profile = createProfile(own, quietSettings);
    if (installed) await vscode.install(vsix, profile);
    const folder = installed ? bareSamples : samples;
    for (const { name, error, told } of await runInHost(vscode, { folder, profile, installed, scratch: own })) {
      await t.test(name, (t) => {
        for (const what of told) t.diagnostic(what);
        if (error !== undefined) throw new Error(error);
      });
    }
  });
}

// The desktop application shows nothing to a test but what its API tells the scenarios above.
if (vscode.kind === "browser") {
  test("as a person in front of the editor", async (t) => {
    const own = join(scratch, "person");
    // In a folder where nothing resolves, TypeScript itself complains about every other line.
    const settings = {
      ...quietSettings,
      "security.workspace.trust.enabled": true,
      "security.workspace.trust.startupPrompt": "never",
      "typescript.validate.enable": false,
      "editor.minimap.enabled": false,
      "editor.stickyScroll.enabled": false,
    };
    const profile = createProfile(own, { ...settings, ...themeSettings });
    await vscode.install(vsix, profile);
    addLanguagePack(profile);
    const codeServer = await fetchCodeServer(console.log);
    const workbench = await Workbench.start({ codeServer, profile, restricted: true });
    t.after(() => workbench.stop());
    const address = workbench.address(bareSamples);
    const person = await Person.at(address, own);
    t.after(() => person.leave());
    const step = stepsOf(t, person);
    await step("trusts nothing, has findings, and runs nothing", async () => {
      await seeTheRaceInRestrictedMode(person);
      await runNothingInRestrictedMode(person);
    });
    await step("trusts the folder after all", () => trustTheFolder(person));
    await step("reads the lock-order inversion with both paths", () => readTheInversion(person));
    for (const kind of ["dark", "light", "high-contrast"] as const) {
      await step(`sees the squiggle and the light bulb in ${kind}`, async () => {
        await person.useColours(kind);
        await showSquiggleAndLightBulb(person, `light-bulb-${kind}`);
      });
    }
    await step("suppresses a finding with a reason", () => suppressWithAReason(person));
    await step("gets over a crash of the server", () => getOverACrash(person, () => killServer(profile.extensions)));
    await step("fixes the lost update", () => fixTheLostUpdate(person));
    await step("reads Heddle in Chinese", async () => {
      speakChinese(profile);
      await person.goTo(address);
      const [lost = 0] = linesWith(join(samples, "lost-update.ts"), "num.value +=");
      await readHeddleInChinese(person, lost);
    });
    await step("reads in Chinese why the server is down", async () => {
      for (const bundle of serverBundles(profile.extensions)) rmSync(bundle);
      await readWhyTheServerIsDown(person);
    });
  });

  test("as a person who starts Heddle by `npm start`, and traces programs", async (t) => {
    const own = join(scratch, "tracer");
    mkdirSync(own);
    const start = new NpmStart({ TMPDIR: own, TEMP: own }, "--browser");
    t.after(async () => {
      start.interrupt();
      await start.ended;
    });
    const address = await start.address();
    const profile = profileBelow(own);
    writeFileSync(join(profile.userData, "User", "settings.json"), JSON.stringify(tracerSettings));
    const person = await Person.at(address, own);
    t.after(() => person.leave());
    const goTo = (folder: string): Promise<void> => {
      const other = new URL(address);
      other.searchParams.set("folder", folder);
      return person.goTo(other.href);
    };
    const step = stepsOf(t, person);
    const [t1First = 0, t1Second = 0, t2First = 0, t2Second = 0] = linesWith(join(samples, "deadlock.ts"), "acquire()");
    const lines = { first: [t1First, t2First], second: [t1Second, t2Second] } as const;
    await step("reads the findings of the workspace by rule, lock and file", () => readTheFindings(person, lines));
    await step("reads what the source says of the locks", () => readTheLocks(person));
    await step("goes from the graph of all locks to both places of an edge", () => readTheLockOrder(person, lines));
    await step("runs the deadlock and goes from the trace to a line", () => runTheDeadlock(person, lines));
    await step("reads in the views who has what and who waits", () => readThreadsAndLocks(person, lines));
    await step("sees the trace in every kind of theme", async () => {
      await showTheLockOrder(person);
      await showThePanel(person);
    });
    await step("closes the trace of a running program, and opens it again", async () => {
      await goTo(programs);
      await reopenThePanel(person);
    });
    await step("stops a thread, of a child process too, and reads what all of them hold and wait for", async () => {
      const file = join(programs, "three-threads.ts");
      const [breakpoint = 0] = linesWith(file, "a breakpoint is here");
      const [, waits = 0] = linesWith(file, "inner.acquire()");
      await person.closeEditors();
      await stopInAThread(person, { breakpoint, waits });
      await stopInAChild(person, { breakpoint, waits });
    });
    await step("opens a recorded trace, and files that are none", async () => {
      await goTo(bareSamples);
      await openTraces(person);
    });
    await step("compares two traces", () => compareTwoTraces(person, join(bareSamples, "solved.heddletrace")));
    await step("exports traces, and thinks better of it", async () => {
      const before = readdirSync(bareSamples);
      await exportTraces(person, "big.heddletrace");
      const added = (): string[] => readdirSync(bareSamples).filter((name) => !before.includes(name));
      // What was cancelled is taken away as soon as nobody writes it any more.
      for (const end = Date.now() + 60_000; added().length > 1 && Date.now() < end; ) await setTimeout(50);
      deepEqual(added(), ["recorded.json"]);
      match(readFileSync(join(bareSamples, "recorded.json"), "utf8"), /mutexA/);
    });
    await step("goes through the first steps", () => seeTheWalkthrough(person));
    await step("is told what cannot be run", () => askForTheImpossible(person));
    await step(
      "has no server where there is nothing to look at, begins with a sample, and adds the runtime",
      async () => {
        const fresh = join(scratch, "fresh");
        mkdirSync(fresh);
        writeFileSync(join(fresh, "package.json"), '{ "private": true, "type": "module" }\n');
        // Nothing is fetched: npm asks its registry for what is optional, and tries for minutes where there is none.
        writeFileSync(join(fresh, ".npmrc"), "offline=true\naudit=false\nfund=false\n");
        await goTo(fresh);
        await findNothingToLookAt(person);
        // That of the folder before ends with its window.
        await noServer(profile.extensions);
        await beginWithASample(person, fresh);
      },
    );
    await step("does everything once by keys alone", async () => {
      const used = await watchPointers(person);
      await goTo(keyboardFolder());
      await doEverythingByKeys(person, lines);
      deepEqual(used, []);
    });
    await step("ends it by Ctrl-C; and nobody was let in without the secret of its address", async () => {
      equal((await fetch(new URL("/", address))).status, 403);
      start.interrupt();
      equal(await start.ended, 0);
      await rejects(fetch(address), "The server is still there.");
    });
  });
}

/** A folder with two samples, which find all that the repository has, and in which files may be saved. */
function keyboardFolder(): string {
  const folder = join(scratch, "keyboard");
  mkdirSync(folder);
  for (const name of ["deadlock.ts", "lost-update.ts", "tsconfig.json"])
    cpSync(join(samples, name), join(folder, name));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

/** Runs steps as tests of their own; of one that fails there is a picture, and what was debugged may say why. */
function stepsOf(t: TestContext, person: Person): (name: string, body: () => Promise<void>) => Promise<void> {
  return (name, body) =>
    t.test(name, async (step) => {
      try {
        await body();
      } catch (error) {
        await person.screenshot(`failed ${name}`);
        step.diagnostic(`Debug Console:\n${await person.debugConsole().catch(String)}`);
        throw error;
      }
    });
}

/**
 * Puts the trace of a deadlock into the folder without a runtime, half of it, one with a wrong byte, and none; beside it one
 * of the program mended, and one that takes a while.
 */
async function recordTraces(): Promise<void> {
  const file = (name: string) => join(bareSamples, `${name}.heddletrace`);
  const args = ["run", "--trace", file("recorded"), join(samples, "deadlock.ts")];
  equal((await heddle(args, { cwd: repository })).code, 0);
  const whole = readFileSync(file("recorded"));
  const { events } = summarise(whole);
  ok(events < 100, `Of what loads TypeScript nothing is recorded, and there are ${events} events.`);
  writeFileSync(file("cut"), whole.subarray(0, whole.length >> 1));
  const damaged = Uint8Array.from(whole);
  damaged.fill(0x55, whole.length - 8);
  writeFileSync(file("damaged"), damaged);
  writeFileSync(file("foreign"), "This is a text.");
  writeSolved(file("solved"));
  writeBigTrace(file("big"), { seed: 1, events: 2_000_000, threads: 8 });
}

/** The lines of a file with that in them, counted from 1. */
function linesWith(file: string, part: string): number[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line, i) => (line.includes(part) ? [i + 1] : []));
}

/** Ends the one server that runs out of these extensions. */
async function killServer(extensions: string): Promise<void> {
  const [server, ...more] = await servers(extensions);
  equal(more.length, 0, "There is more than one server.");
  process.kill(Number.parseInt(server ?? "", 10), "SIGKILL");
}

/** Waits until none runs out of these extensions. */
async function noServer(extensions: string): Promise<void> {
  for (const end = Date.now() + 60_000; (await servers(extensions)).length > 0 && Date.now() < end; )
    await setTimeout(100);
  deepEqual(await servers(extensions), []);
}

/** The processes of servers that run out of these extensions, a line each. */
async function servers(extensions: string): Promise<readonly string[]> {
  const processes = (await run("ps", ["-eo", "pid=,args="])).split("\n");
  return processes.filter((line) => line.includes(extensions) && line.includes("--node-ipc"));
}

/** That of the VS Code that `npm start` opened, which keeps its own below this folder. */
function profileBelow(folder: string): Profile {
  const [name = "", ...more] = readdirSync(folder).filter((each) => each.startsWith("heddle-start-"));
  deepEqual(more, []);
  return { userData: join(folder, name, "user-data"), extensions: join(folder, name, "extensions") };
}

function serverBundles(extensions: string): string[] {
  return readdirSync(extensions, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("heddle.cjs"))
    .map((path) => join(extensions, path));
}
