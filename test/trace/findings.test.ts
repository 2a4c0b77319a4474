/** What is found in recorded runs of programs that have something wrong in them, and of those that only look so. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunFindings } from "../../client/shared/report.js";
import { toText } from "../../client/webview/layout/parts.js";
import { tableOf } from "../../client/webview/layout/tables.js";
import { Words } from "../../client/webview/layout/words.js";
import { EVENTS, FLAGS, type TraceSite } from "../../runtime/src/trace/decode.js";
import { RULES, type TraceFinding } from "../../runtime/src/trace/findings/finding.js";
import { summarise, type TraceSummary } from "../../runtime/src/trace/summary.js";
import { rules } from "../../server/src/rules/index.js";
import { seenKinds } from "../../server/src/seen-kinds.js";
import { Folder } from "../support/folder.js";
import { heddle } from "../support/heddle.js";
import { inversion } from "../support/inversion.js";
import { repositoryRoot } from "../support/repository.js";
import { TimelineWorker } from "../support/timeline.js";
import { program } from "../support/trace.js";
import { TraceWriter } from "../support/trace-writer.js";

const cwd = fileURLToPath(repositoryRoot);

/** Findings that tell how long something took. */
const OF_TIME: ReadonlySet<TraceFinding["kind"]> = new Set([
  "long-hold",
  "blocked-holder",
  "convoy",
  "starvation",
  "blocked-main",
]);

/** The comment behind each line that a finding names. */
function marks({ places }: TraceFinding): readonly (string | undefined)[] {
  return places.map(({ site }) => markOf(site));
}

function markOf(site: TraceSite | undefined): string | undefined {
  if (site === undefined) return undefined;
  const line = readFileSync(site.file, "utf8").split("\n")[site.line - 1] ?? "";
  return /\/\/ (.*)$/.exec(line)?.[1] ?? line;
}

function marked({ site }: TraceFinding["places"][number]): string | undefined {
  return site && `${site.file}:${site.line}`;
}

/** What `heddle trace report --check --format json` prints of what was found. */
interface CheckedReport {
  readonly findings: readonly { readonly kind: string; readonly origin: string | null }[];
  readonly unseenFindings: readonly unknown[] | null;
  readonly lockOrder: {
    readonly locks: readonly { readonly name: string }[];
    readonly edges: readonly {
      readonly from: number;
      readonly to: number;
      readonly origin: string | null;
      readonly ring: number | null;
      readonly held: { readonly line: number } | null;
      readonly taken: { readonly line: number } | null;
      readonly thread: string | null;
    }[];
  };
}

/** The numbers of the lines that match, from 1. */
function linesOf(text: string, pattern: RegExp): readonly number[] {
  return text.split("\n").flatMap((line, i) => (pattern.test(line) ? [i + 1] : []));
}

/** One thread waits for a lock that another one takes so often, and gives back each time. */
function starving({ every, times }: { every: number; times: number }): readonly TraceFinding[] {
  const out = new TraceWriter();
  out.object(1, "lock", "trough");
  out.site(1, 1, "app.ts");
  out.site(2, 2, "app.ts");
  out.thread(1, 0, "hog");
  out.thread(2, 0, "hungry");
  out.event(1, 10, EVENTS.acquired, { object: 1, site: 1 });
  out.event(2, 20, EVENTS.waitBegan, { object: 1, site: 2, first: 1 });
  for (let i = 1; i <= times; i++) {
    out.event(1, i * every, EVENTS.released, { object: 1 });
    out.event(1, i * every + 10, EVENTS.acquired, { object: 1 });
  }
  const end = times * every + 20;
  out.event(1, end, EVENTS.released, { object: 1 });
  out.event(2, end + 10, EVENTS.waitEnded, { object: 1, first: 1 });
  out.event(2, end + 20, EVENTS.acquired, { object: 1, flags: FLAGS.contended, site: 2 });
  out.end(end + 30);
  return summarise(out.take().slice()).findings;
}

/** Who reads the report hears of each finding what stands in the panel's table, which a screen reader reads. */
function assertSameFacts(found: RunFindings, report: string): void {
  const source = { contention: [], comparison: undefined, area: undefined, now: 0, words: new Words() };
  const table = tableOf("findings", { ...source, found, snapshot: undefined });
  assert.equal(table.rows.length, found.findings.length);
  const lines = report.split("\n").map((line) => line.trim());
  for (const { cells } of table.rows) {
    const [rule = "", message = "", seen = "", places = ""] = cells.map(({ parts }) => toText(parts));
    const times = /^seen (?:once|(.*))$/.exec(seen)?.[1];
    const at = lines.indexOf(`${message} (${times === undefined ? rule : `${rule}, ${times}`})`);
    assert.ok(at >= 0, `${rule}: ${message} ${seen}\n${report}`);
    places.split("; ").forEach((place, i) => {
      const told = /^(.*) at (?:.*\/)?([^/]+:\d+):\d+$/.exec(lines[at + 1 + i] ?? "");
      assert.equal(`${told?.[1]} ${told?.[2]}`, place);
    });
  }
}

suite("findings in a recorded run", () => {
  test("what went wrong is found with its places, and the report tells it", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    await using worker = new TimelineWorker(trace);
    const ran = await heddle(["run", "--trace", trace, program("trace/programs/wrong")], { cwd });
    assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    const { findings, deadlocks, lockOrder } = summarise(readFileSync(trace));
    assert.deepEqual(deadlocks, []);
    const of = (kind: TraceFinding["kind"]): readonly TraceFinding[] => findings.filter((each) => each.kind === kind);

    const [ring, ...otherRings] = of("lock-order");
    assert.deepEqual(otherRings, []);
    assert.ok(ring !== undefined);
    assert.match(ring.message, /leftFirst took right while it held left, rightFirst took left while it held right/);
    assert.deepEqual(marks(ring), ["left first: two", "left first: one", "right first: two", "right first: one"]);
    assert.equal(ring.rule, "lock-order-inversion");
    assert.deepEqual(
      lockOrder.edges.map(({ ring }) => ring),
      [0, 0],
    );
    const expected = {
      "blocked-holder": [["sleeper takes", "till wanted", "sleeper sleeps"]],
      "long-hold": [["worker takes", "safe wanted"]],
      convoy: [["queue", "queue"]],
      "blocked-main": [["main blocks", "task waits"]],
      "excess-task-done": [["reports again"]],
    } as const;
    for (const [kind, places] of Object.entries(expected)) {
      const seen = of(kind as TraceFinding["kind"]).map((finding) => marks(finding).join(", "));
      // On a busy machine others may hold for long what they hold for a moment.
      for (const each of places) assert.ok(seen.includes(each.join(", ")), `${kind}: ${JSON.stringify(findings)}`);
    }
    assert.ok(JSON.stringify(findings));

    const json = await heddle(["trace", "report", "--format", "json", trace], { cwd });
    const told = (JSON.parse(json.stdout) as { findings: { kind: string; message: string }[] }).findings;
    assert.deepEqual(
      told.map(({ kind, message }) => ({ kind, message })),
      findings.map(({ kind, message }) => ({ kind, message })),
    );
    // The editor hears the same, of a trace that it followed.
    await worker.status(({ state }) => state === "ended");
    const heard = await worker.answer("findings", ({ found }) => found.findings.length === findings.length);
    assert.deepEqual(
      heard.found.findings.map(({ id, message, times, places }) => [
        id,
        message,
        times,
        places.map(({ place }) => place?.line),
      ]),
      findings.map(({ kind, rule, message, times, places }) => [
        ...[rule ?? kind, message, times],
        places.map(({ site }) => site?.line),
      ]),
    );
    const text = await heddle(["trace", "report", trace], { cwd });
    for (const { message } of findings) assert.ok(text.stdout.includes(message), text.stdout);
    assertSameFacts(heard.found, text.stdout);
    assert.match(text.stdout, /test\/trace\/programs\/wrong\.ts:\d+:\d+/);
  });

  test("what comments and settings suppress is counted, and told no more", async () => {
    const taken = (above = "") =>
      ["", "", "till();", "stock();", "", "", "stock();", `${above}till();`, "till();"].join("\n");
    using folder = new Folder({
      "plain/a.ts": taken(),
      "commented/a.ts": taken("// heddle-ignore-next-line lock-order-inversion: one after the other\n"),
      "off/a.ts": taken(),
      "off/heddle.config.json": JSON.stringify({ rules: { "lock-order-inversion": "off" } }),
    });
    for (const [name, suppressed] of Object.entries({ plain: 0, commented: 1, off: 1 })) {
      const trace = folder.write(`${name}.heddletrace`, inversion(folder.file(`${name}/a.ts`)));
      const { stdout } = await heddle(["trace", "report", "--format", "json", trace], { cwd });
      const report = JSON.parse(stdout) as { findings: unknown[]; suppressedFindings: number };
      assert.deepEqual([report.findings.length, report.suppressedFindings], [1 - suppressed, suppressed], name);
      const text = await heddle(["trace", "report", trace], { cwd });
      const isSaid = text.stdout.includes("Comments and settings suppress 1 finding.");
      assert.equal(isSaid, suppressed === 1, text.stdout);
    }
  });

  test("with --check the report says what was seen, what only the source says, and what both do", async () => {
    const sample = readFileSync(new URL("test/samples/deadlock.ts", repositoryRoot), "utf8");
    const [one = 0, two = 0, three = 0, four = 0] = linesOf(sample, /mutex[AB]\.acquire\(\)/);
    using folder = new Folder({ "tsconfig.json": "{}", "deadlock.ts": sample });
    const file = folder.file("deadlock.ts");
    const trace = folder.write("run.heddletrace", inversion(file, { t1: [one, two], t2: [three, four] }));
    const out = new TraceWriter();
    for (const [id, name] of ["till", "stock"].entries()) out.object(id + 1, "lock", name);
    for (const [id, line] of [one, two].entries()) out.site(id + 1, line, file);
    out.thread(1, 0, "t1");
    for (const id of [1, 2]) out.event(1, id, EVENTS.acquired, { object: id, site: id });
    out.end(10);
    const half = folder.write("half.heddletrace", out.take());

    const { stdout, stderr } = await heddle(["trace", "report", "--check", "--format", "json", trace], { cwd });
    assert.equal(stderr, "");
    const both = JSON.parse(stdout) as CheckedReport;
    assert.deepEqual(
      both.findings.map(({ kind, origin }) => [kind, origin]),
      [["lock-order", "both"]],
    );
    assert.deepEqual(both.unseenFindings, []);
    assert.deepEqual(
      both.lockOrder.locks.map(({ name }) => name),
      ["till", "stock"],
    );
    assert.deepEqual(
      both.lockOrder.edges.map(({ from, to, origin, ring, held, taken, thread }) => [
        ...[from, to, origin, ring, held?.line, taken?.line, thread],
      ]),
      [
        [0, 1, "both", 0, one - 1, two - 1, "t1"],
        [1, 0, "both", 0, three - 1, four - 1, "t2"],
      ],
    );

    const text = await heddle(["trace", "report", "--check", half], { cwd });
    assert.match(text.stdout, /Found in the source only\n .*"mutexA" is held.*\(lock-order-inversion, static only\)\n/);
    assert.match(text.stdout, /^till +stock +1 +both +ring 1 .*deadlock\.ts:\d+:1 .*deadlock\.ts:\d+:1$/m);
    assert.match(text.stdout, /^stock +till +- +static only +ring 1 .*deadlock\.ts/m);
    const unchecked = await heddle(["trace", "report", "--format", "json", half], { cwd });
    const plain = JSON.parse(unchecked.stdout) as CheckedReport;
    assert.deepEqual([plain.unseenFindings, plain.lockOrder.edges.map(({ origin }) => origin)], [null, [null]]);
  });

  test("nothing is found in programs that are right", async () => {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const run = async (): Promise<TraceSummary> => {
      const ran = await heddle(["run", "--trace", trace, program("trace/programs/right")], { cwd });
      assert.deepEqual([ran.code, ran.stderr], [0, ""]);
      return summarise(readFileSync(trace));
    };
    let summary = await run();
    // On a busy machine a thread may be stopped in the middle of something, for long: hardly in every run.
    for (let more = 2; more > 0 && summary.findings.some(({ kind }) => OF_TIME.has(kind)); more--)
      summary = await run();
    const { findings, events, lockOrder } = summary;
    assert.ok(events > 200);
    assert.deepEqual(findings, []);
    // Where locks are taken in both orders, that is told all the same.
    assert.ok(lockOrder.edges.every(({ ring }) => ring === undefined));
    const seen = lockOrder.edges.map(({ from, to, held, taken, thread, times }) => [
      ...[[from, to].map((lock) => markOf(lockOrder.locks[lock]?.made)), [held, taken].map(markOf), thread, times],
    ]);
    assert.deepEqual(
      seen.filter(([locks]) => String(locks).includes(" made")),
      [
        [["account made", "card made"], ["account first: one", "account first: two"], "accountFirst", 1],
        [["card made", "account made"], ["card first: one", "card first: two"], "cardFirst", 1],
      ],
    );
  });

  test("what is known of a lock of a server stays when others that use it tell of it, each by a number of its own", () => {
    const out = new TraceWriter();
    const takes = (thread: number, time: number, ...locks: readonly number[]): void => {
      for (const [i, lock] of locks.entries()) out.event(thread, time + i, EVENTS.acquired, { object: lock });
      for (const lock of locks) out.event(thread, time + 10, EVENTS.released, { object: lock });
    };
    out.thread(1, 0, "t1");
    out.thread(2, 0, "t2");
    for (const [i, name] of ["till", "stock"].entries()) out.shared(1 + i, "lock", name, `server ${i}`);
    takes(1, 100, 1, 2);
    out.event(1, 150, EVENTS.acquired, { object: 1 });
    out.pass(190);
    for (const [i, name] of ["till", "stock"].entries()) out.shared(3 + i, "lock", name, `server ${i}`);
    out.event(1, 195, EVENTS.released, { object: 1 });
    takes(2, 200, 4, 3);
    out.end(400);
    const { findings, lockOrder } = summarise(out.take().slice());
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ["lock-order"],
    );
    const named = lockOrder.edges.map(({ from, to, times }) => [
      ...[from, to].map((lock) => lockOrder.locks[lock]?.name),
      times,
    ]);
    assert.deepEqual(named, [
      ["till", "stock", 1],
      ["stock", "till", 1],
    ]);
  });

  test("who waits while another takes the lock again and again starves, if it is for long and often", () => {
    assert.deepEqual(
      starving({ every: 1e7, times: 150 }).map(({ kind, message, places }) => [kind, message, places.map(marked)]),
      [["starvation", "hungry waited 1.50 s for trough, while hog took it 150 times.", ["app.ts:2", "app.ts:1"]]],
    );
    assert.deepEqual(starving({ every: 1e7, times: 90 }), []);
    assert.deepEqual(starving({ every: 6e6, times: 150 }), []);
    assert.deepEqual(starving({ every: 2e7, times: 80 }), []);
  });

  test("who overtook whom is counted for each wait from its own beginning, however often a lock is taken", () => {
    const out = new TraceWriter();
    out.object(1, "lock", "trough");
    for (const [i, name] of ["hog", "sow", "early", "late"].entries()) out.thread(i + 1, 0, name);
    for (const site of [1, 2]) out.site(site, site, "app.ts");
    const [takes, late] = [5000, 1700];
    out.event(3, 1, EVENTS.waitBegan, { object: 1, site: 1 });
    const taken = { early: [0, 0], late: [0, 0] };
    for (let i = 0; i < takes; i++) {
      if (i === late) out.event(4, i * 1e6, EVENTS.waitBegan, { object: 1, site: 2 });
      const who = i % 3 === 0 ? 2 : 1;
      out.event(who, i * 1e6 + 10, EVENTS.acquired, { object: 1 });
      out.event(who, i * 1e6 + 20, EVENTS.released, { object: 1 });
      taken.early[who - 1]! += 1;
      if (i >= late) taken.late[who - 1]! += 1;
    }
    for (const thread of [3, 4]) out.event(thread, takes * 1e6, EVENTS.waitEnded, { object: 1, first: 1 });
    out.end(takes * 1e6 + 1);
    const number = (value = 0): string => value.toLocaleString("en");
    const told = (name: string, waited: string, [hog, sow]: readonly number[]): string =>
      `${name} waited ${waited} for trough, while others, most of all hog (${number(hog)}) took it ` +
      `${number(hog! + sow!)} times.`;
    const found = summarise(out.take().slice()).findings.filter(({ kind }) => kind === "starvation");
    assert.deepEqual(
      found.map(({ message }) => message),
      [told("early", "5.00 s", taken.early), told("late", "3.30 s", taken.late)],
    );
  });

  test("waits that nobody will end are told of a program that was stopped in them", () => {
    interface Scene {
      readonly kind: "condition" | "event";
      readonly isNotified?: boolean;
      readonly isOtherBusy?: boolean;
      /** When the one that waits for ever began. */
      readonly began?: number;
      /** It had waited for a while before. */
      readonly isSecond?: boolean;
      readonly isTimed?: boolean;
      readonly isCut?: boolean;
    }
    /** A notification comes too early for one who waits for ever; another thread goes on, or waits as well. */
    const found = (scene: Scene): readonly unknown[] => {
      const { kind, isNotified, isOtherBusy, began = 0, isSecond, isTimed, isCut } = scene;
      const out = new TraceWriter();
      out.object(1, "lock", "door");
      out.object(2, kind, "bell");
      out.object(3, "event", "light");
      for (const line of [1, 2, 3]) out.site(line, line, "app.ts");
      out.thread(1, 0, "host");
      out.thread(2, began, "guest");
      if (isNotified) {
        out.event(1, 10, EVENTS.acquired, { object: 1 });
        out.event(1, 20, EVENTS.notified, { object: 2, site: 1 });
        if (kind === "event") out.event(1, 25, EVENTS.notified, { object: 2, site: 1, flags: FLAGS.cleared });
        out.event(1, 30, EVENTS.released, { object: 1 });
      }
      if (isCut) out.event(1, 35, EVENTS.gap);
      out.event(2, 40, EVENTS.acquired, { object: 1 });
      out.event(2, 50, EVENTS.released, { object: 1 });
      if (isSecond) {
        out.event(2, 52, EVENTS.waitBegan, { object: 2, site: 2, flags: FLAGS.timed });
        out.event(2, 54, EVENTS.waitEnded, { object: 2 });
      }
      out.event(2, 60, EVENTS.waitBegan, { object: 2, site: 2, ...(isTimed && { flags: FLAGS.timed }) });
      if (!isOtherBusy) out.event(1, 70, EVENTS.waitBegan, { object: 3, site: 3 });
      out.pass(2e9);
      return summarise(out.take().slice()).findings.map(({ kind, rule, places }) => [kind, rule, places.map(marked)]);
    };
    const lost = ["lost-wake-up", undefined, ["app.ts:2", "app.ts:1"]];
    const unheard = (site: string) => ["unheard-wait", "never-notified-wait", [site]];
    for (const kind of ["condition", "event"] as const) {
      assert.deepEqual(found({ kind }), [unheard("app.ts:2"), unheard("app.ts:3")]);
      assert.deepEqual(found({ kind, isOtherBusy: true }), []);
    }
    const missed: Scene = { kind: "event", isNotified: true };
    assert.deepEqual(found(missed), [lost, unheard("app.ts:3")]);
    assert.deepEqual(found({ ...missed, isOtherBusy: true }), []);
    assert.deepEqual(found({ ...missed, isTimed: true }), []);
    assert.deepEqual(found({ ...missed, isCut: true }), []);
    assert.deepEqual(found({ ...missed, began: 30 }), [unheard("app.ts:3")]);
    assert.deepEqual(found({ ...missed, isSecond: true }), [unheard("app.ts:3")]);
    // Who waits for a condition may have looked at what it is about.
    assert.deepEqual(found({ kind: "condition", isNotified: true }), [unheard("app.ts:3")]);
  });

  test("items that were taken and never reported are told when nobody is left to report them", () => {
    const found = (
      worker: "waits" | "works" | "ends" | "reports" | "hands on",
      {
        helper,
        isEnded = false,
        end = 2e9,
      }: { helper?: "runs" | "sleeps" | "waits"; isEnded?: boolean; end?: number } = {},
    ): readonly unknown[] => {
      const out = new TraceWriter();
      out.object(1, "queue", "jobs");
      for (const line of [1, 2]) out.site(line, line, "app.ts");
      out.thread(1, 0, "main");
      out.thread(2, 0, "worker");
      out.thread(3, 0, "helper");
      out.object(2, "lock", "door");
      out.event(1, 10, EVENTS.level, { object: 1, first: 1 });
      out.event(1, 20, EVENTS.waitBegan, { object: 1, site: 1, flags: FLAGS.join });
      out.event(2, 30, EVENTS.level, { object: 1 });
      if (worker === "reports") out.event(2, 40, EVENTS.taskDone, { object: 1, first: 1 });
      if (worker === "hands on") {
        // The second item is another's by now.
        out.event(1, 42, EVENTS.level, { object: 1, first: 1 });
        out.event(2, 44, EVENTS.level, { object: 1 });
        out.event(3, 46, EVENTS.taskDone, { object: 1, first: 2 });
      }
      if (worker === "waits" || worker === "hands on") out.event(2, 50, EVENTS.waitBegan, { object: 1, site: 2 });
      if (worker === "ends") out.threadEnded(2, 60);
      if (helper === "sleeps") out.event(3, 70, EVENTS.waitBegan, { flags: FLAGS.timed });
      else if (helper !== "runs") out.event(3, 70, EVENTS.waitBegan, { object: 2 });
      out.pass(end);
      if (isEnded) out.end(end);
      return summarise(out.take().slice()).findings.map(({ kind, rule, places }) => [kind, rule, places.map(marked)]);
    };
    const unfinished = (...sites: string[]) => [["unfinished-items", "task-done-mismatch", sites]];
    assert.deepEqual(found("waits"), unfinished("app.ts:1", "app.ts:2"));
    assert.deepEqual(found("ends"), unfinished("app.ts:1"));
    assert.deepEqual(found("works"), []);
    assert.deepEqual(found("reports"), []);
    assert.deepEqual(found("hands on"), []);
    assert.deepEqual(found("waits", { isEnded: true }), []);
    assert.deepEqual(found("waits", { end: 5e8 }), []);
    // Who sleeps may report them when it goes on, and so may who has not begun to wait.
    assert.deepEqual(found("waits", { helper: "sleeps" }), []);
    assert.deepEqual(found("waits", { helper: "runs" }), []);
    assert.deepEqual(found("waits", { helper: "waits" }), unfinished("app.ts:1", "app.ts:2"));
  });

  test("the rules that findings name are there", () => {
    for (const rule of Object.values(RULES)) if (rule !== undefined) assert.ok(rules.has(rule), rule);
    const others = Object.entries(RULES).flatMap(([kind, rule]) => (rule === undefined ? [kind] : []));
    assert.deepEqual(others.sort(), [...seenKinds.keys()].sort());
  });
});
