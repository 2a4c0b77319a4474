/**
 * `npm run bench:trace`: what recording costs the recorded, how much the collector takes, and how fast a trace is read
 * and drawn. The numbers come from child processes of this same file: a recording cannot be switched off again, and
 * each size of trace is to meet a fresh heap. `npm run bench:trace -- overhead` measures what a second of work with
 * locks loses, `-- read` the reading alone, `-- panel` the frames of the panel (`-- panel 1e7` up to so many events),
 * `-- kills` what is lost, and `-- pixels` the way from an event to the panel in VS Code. The largest trace takes 0.8 GB
 * of disk while it is measured.
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Lock } from "heddle";
import { EVENTS, summarise, TraceDecoder } from "heddle/trace";
import { frameOf } from "../../client/timeline/frame.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { soakTraceKill } from "../soak/trace-kill.js";
import { writeBigTrace } from "../support/big-trace.js";
import { reportPanel } from "./panel-frames.js";
import { measurePixels } from "./pixels.js";

const TURNS = 9;
const TURN_PAIRS = 30_000;
/** Events per second that are tried, and how long each is kept up. */
const RATES = [200_000, 500_000, 750_000, 1_000_000, 1_250_000, 1_500_000, 2_000_000, 3_000_000];
const RATE_MILLISECONDS = 2000;
const SECTIONS = 100_000;
const SECONDS = 4;
const DEADLOCKS = 9;
/** Events of the traces that are read, and the goal in milliseconds until the first frame. */
const READS = [
  [1e6, 300],
  [1e7, 1500],
  [1e8, 10_000],
] as const;
/** Of which kills show what is lost. */
const KILLS = 40;
const LANES = 64;
const COLUMNS = 1600;
const FRAMES = 600;

/** Nanoseconds of each turn, for one take and release of a free lock. */
function measurePairs(rest: number): number[] {
  const lock = new Lock({ name: "bench" });
  const turn = (): number => {
    const start = performance.now();
    for (let i = 0; i < TURN_PAIRS; i++) {
      // Taking and giving back is what is measured.
      lock.acquire();
      lock.release();
    }
    return ((performance.now() - start) * 1e6) / TURN_PAIRS;
  };
  // Longer pauses between turns than the collector needs for one: the ring never fills.
  const paused = (): number => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest);
    return turn();
  };
  for (let i = 0; i < 15; i++) paused();
  return Array.from({ length: TURNS }, paused);
}

/** The same with nothing but the operation that is at the bottom of it. */
function measureBare(): number[] {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const turn = (): number => {
    const start = performance.now();
    for (let i = 0; i < TURN_PAIRS * 10; i++) {
      Atomics.compareExchange(words, 0, 0, 16);
      Atomics.compareExchange(words, 0, 16, 0);
    }
    return ((performance.now() - start) * 1e6) / TURN_PAIRS / 10;
  };
  for (let i = 0; i < 3; i++) turn();
  return Array.from({ length: TURNS }, turn);
}

/** Takes and releases a lock at a steady rate, catching up every millisecond. Says how many events that made. */
function keepUp(rate: number): number {
  const lock = new Lock({ name: "bench" });
  const start = performance.now();
  let pairs = 0;
  for (;;) {
    const elapsed = performance.now() - start;
    if (elapsed >= RATE_MILLISECONDS) return (pairs * 2) / (elapsed / 1000);
    const due = (elapsed * rate) / 2000;
    for (; pairs < due; pairs++) {
      // Taking and giving back is what is measured.
      lock.acquire();
      lock.release();
    }
  }
}

/** Seconds of work with 100,000 locked sections in each, half of the work within: the milliseconds of each. */
function workFor(steps: number): number[] {
  const lock = new Lock({ name: "bench" });
  let hash = 1;
  const work = (): void => {
    for (let i = 0; i < steps / 2; i++) hash = Math.imul(hash ^ i, 16_777_619);
  };
  const second = (): number => {
    const start = performance.now();
    for (let section = 0; section < SECTIONS; section++) {
      lock.acquire();
      try {
        work();
      } finally {
        lock.release();
      }
      work();
    }
    return performance.now() - start;
  };
  const seconds = Array.from({ length: SECONDS }, second);
  // What nobody reads would be left out.
  return hash === 0 ? [] : seconds;
}

/** How much longer it takes recorded, by runs in turns. */
function reportOverhead(trace: string): void {
  const work = (steps: number, file?: string) => child(["work", String(steps)], file) as readonly number[];
  let steps = 10_000;
  // So many steps make a second of it, on this machine.
  for (let i = 0; i < 3; i++) steps = Math.round((steps * 1000) / median([...work(steps)]));
  const turns = Array.from({ length: TURNS }, () => [work(steps), work(steps, trace)] as const);
  const percent = (which: (seconds: readonly number[]) => readonly number[]): string => {
    const [alone, recorded] = [0, 1].map((i) => median(turns.flatMap((turn) => which(turn[i] as readonly number[]))));
    return (((recorded as number) / (alone as number) - 1) * 100).toFixed(1);
  };
  const [first, later] = [percent((seconds) => seconds.slice(0, 1)), percent((seconds) => seconds.slice(1))];
  console.log(
    `\n${SECTIONS.toLocaleString("en")} locked sections in a second: ${later} % longer recorded   goal ≤ 2` +
      `\nthe program's first second, in which the recorder is compiled: ${first} %`,
  );
}

/** What is measured is what a record costs, not what it costs to have none. */
const all = { mostEventsPerSecond: 1e9 };

/** `recording` says how much is recorded, if anything is. */
function child(
  args: readonly string[],
  trace?: string,
  options: readonly string[] = [],
  recording: object = all,
): unknown {
  const preload = trace === undefined ? [] : ["--import", import.meta.resolve("heddle/trace/preload")];
  const env =
    trace === undefined ? process.env : { ...process.env, HEDDLE_TRACE: JSON.stringify({ file: trace, ...recording }) };
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...options, ...preload, fileURLToPath(import.meta.url), ...args],
    {
      encoding: "utf8",
      env,
    },
  );
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Milliseconds from the wait that closes the cycle to the announcement, in runs of the deadlock sample. */
function measureDeadlocks(trace: string): number[] {
  const sample = fileURLToPath(new URL("../samples/deadlock.js", import.meta.url));
  return Array.from({ length: DEADLOCKS }, () => {
    const env = { ...process.env, HEDDLE_TRACE: JSON.stringify({ file: trace, onDeadlock: "exit" }) };
    spawnSync(process.execPath, ["--import", import.meta.resolve("heddle/trace/preload"), sample], { env });
    const waits = new Map<number, number>();
    let found = Number.NaN;
    new TraceDecoder({
      event({ kind, thread, time }) {
        if (kind === EVENTS.waitBegan) waits.set(thread, time);
      },
      deadlock({ time, parties }) {
        found = (time - Math.max(...parties.map(({ thread }) => waits.get(thread) ?? Number.NaN))) / 1e6;
      },
    }).push(readFileSync(trace));
    return found;
  });
}

interface Read {
  readonly firstFrame: number;
  readonly frames: readonly number[];
  readonly memory: number;
}

/** Reads a trace as the panel's worker does, then zooms in and out and pans. Milliseconds; memory in bytes. */
function measureRead(file: string): Read {
  const before = memoryInUse();
  const start = performance.now();
  const timeline = new Timeline();
  const decoder = new TraceDecoder(timeline);
  const piece = new Uint8Array(1 << 20);
  const descriptor = openSync(file, "r");
  for (let count = 1; count > 0; ) {
    count = readSync(descriptor, piece);
    decoder.push(piece.subarray(0, count));
  }
  closeSync(descriptor);
  const { duration } = timeline;
  const draw = (from: number, to: number): void => {
    frameOf(timeline, { type: "view", request: 0, from, to, columns: COLUMNS }, duration);
  };
  draw(0, duration);
  const firstFrame = performance.now() - start;
  const memory = memoryInUse() - before;
  for (let i = 0; i < 20; i++) draw(0, duration);
  const frames = Array.from({ length: FRAMES }, (_, i) => {
    // In by a factor of a million and out again, twice, and to and fro meanwhile.
    const width = duration * 10 ** (-3 + 3 * Math.cos((i / FRAMES) * 4 * Math.PI));
    const from = (duration - width) * (0.5 + 0.5 * Math.sin(i / 25));
    const begun = performance.now();
    draw(from, from + width);
    return performance.now() - begun;
  });
  return { firstFrame, frames, memory };
}

function memoryInUse(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function reportReads(file: string): void {
  console.log(`\nreading ${LANES} lanes, drawing ${COLUMNS} columns of each`);
  console.log(
    "    events   first frame (goal)   frame p50    p99   worst (goal 8)   memory : file (goal 2)   bytes per event",
  );
  for (const [events, goal] of READS) {
    writeBigTrace(file, { seed: 1, events, threads: LANES });
    const { size } = statSync(file);
    const { firstFrame, frames, memory } = child(["read", file], undefined, ["--expose-gc"]) as Read;
    const sorted = [...frames].sort((a, b) => a - b);
    const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
    const first = `${firstFrame.toFixed(0)} ms (${goal})`;
    const columns = [count(events).padStart(10), first.padStart(20), at(0.5).padStart(11), at(0.99).padStart(6)];
    const ratio = (memory / size).toFixed(2);
    console.log([...columns, at(1).padStart(7), ratio.padStart(23), (size / events).toFixed(1).padStart(25)].join(" "));
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function reportPixels(): Promise<void> {
  const delays = await measurePixels();
  const at = (part: number): string => (delays[Math.floor(part * (delays.length - 1))] ?? Number.NaN).toFixed(0);
  const figures = `median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms, at most ${at(1)} ms`;
  console.log(
    `\nfrom an event to its pixel, in VS Code, ${delays.length} events: ${figures}   goal: 95th percentile ≤ 100`,
  );
}

/** What a kill loses: from the last moment of the program to the last that its trace knows. */
async function reportKills(): Promise<void> {
  const { rounds, lostMilliseconds } = (await soakTraceKill(KILLS, 1)) as {
    readonly rounds: number;
    readonly lostMilliseconds: { readonly median: number; readonly p90: number; readonly worst: number };
  };
  const { median: usual, p90, worst } = lostMilliseconds;
  console.log(
    `\nlost by ${rounds} kills: median ${usual} ms, p90 ${p90} ms, at most ${worst} ms   goal: median ≤ 5, p99 ≤ 50`,
  );
}

function report(): void {
  const trace = join(tmpdir(), `heddle-bench-${process.pid}.heddletrace`);
  try {
    console.log("nanoseconds per event (half a take and release of a free lock): median, best of the turns");
    const line = (name: string, turns: unknown, goal = ""): void => {
      const figures = [median(turns as number[]), Math.min(...(turns as number[]))];
      console.log(`  ${name.padEnd(24)}${figures.map((pair) => (pair / 2).toFixed(1).padStart(8)).join("")}${goal}`);
    };
    line("compare-exchange alone", child(["bare"]));
    line("recorder off", child(["pairs"]), "   goal ≤ 1 more than the line above");
    line("recorder on", child(["pairs"], trace), "   goal ≤ 60 more than the line above");
    line("too many events", child(["pairs"], trace, [], {}), "   left out after 20,000 in a tenth of a second");
    for (const tier of ["contended", "state"]) line(`tier ${tier}`, child(["pairs"], trace, [], { tier }));
    reportOverhead(trace);
    const found = measureDeadlocks(trace);
    const [usual, worst] = [median(found), Math.max(...found)].map((value) => value.toFixed(0));
    console.log(`\ndeadlock found after ${usual} ms, at most ${worst} ms   goal ≤ 100`);
    console.log(`\none thread, ${RATE_MILLISECONDS / 1000} s at each rate`);
    console.log("  wanted/s   events/s    dropped   bytes per event");
    for (const rate of RATES) {
      const reached = child(["rate", String(rate)], trace) as number;
      const { events, dropped } = summarise(readFileSync(trace));
      const size = (statSync(trace).size / events).toFixed(1);
      const columns = [count(rate), count(reached), count(dropped), size];
      console.log(columns.map((column) => column.padStart(10)).join(" "));
    }
    reportReads(trace);
  } finally {
    rmSync(trace, { force: true });
  }
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

const [what, value = ""] = process.argv.slice(2);
if (what === "bare") console.log(JSON.stringify(measureBare()));
else if (what === "pairs") console.log(JSON.stringify(measurePairs(100)));
else if (what === "work") console.log(JSON.stringify(workFor(Number(value))));
else if (what === "overhead") reportOverhead(join(tmpdir(), `heddle-bench-${process.pid}.heddletrace`));
else if (what === "rate") console.log(JSON.stringify(keepUp(Number(value))));
else if (what === "read" && value !== "") console.log(JSON.stringify(measureRead(value)));
else if (what === "read") reportReads(join(tmpdir(), `heddle-bench-${process.pid}.heddletrace`));
else if (what === "pixels") await reportPixels();
else if (what === "kills") await reportKills();
else if (what === "panel") await reportPanel(value === "" ? undefined : Number(value));
else {
  report();
  await reportKills();
  await reportPanel();
  await reportPixels();
}
