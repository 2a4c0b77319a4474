/**
 * `npm run bench:trace`: what recording costs the recorded, and how much the collector takes. The numbers come from
 * child processes of this same file, because a recording cannot be switched off again.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Lock } from "heddle";
import { EVENTS, summarise, TraceDecoder } from "heddle/trace";

const TURNS = 9;
const TURN_PAIRS = 30_000;
/** Events per second that are tried, and how long each is kept up. */
const RATES = [200_000, 500_000, 750_000, 1_000_000, 1_250_000, 1_500_000, 2_000_000, 3_000_000];
const RATE_MILLISECONDS = 2000;
const DEADLOCKS = 9;

/** Nanoseconds of each turn, for one take and release of a free lock. */
function measurePairs(rest: number): number[] {
  const lock = new Lock({ name: "bench" });
  const turn = (): number => {
    const start = performance.now();
    for (let i = 0; i < TURN_PAIRS; i++) {
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
      lock.acquire();
      lock.release();
    }
  }
}

function child(args: readonly string[], trace?: string): unknown {
  const flags = trace === undefined ? [] : ["--import", import.meta.resolve("heddle/trace/preload")];
  const env = trace === undefined ? process.env : { ...process.env, HEDDLE_TRACE: JSON.stringify({ file: trace }) };
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), ...args], {
    encoding: "utf8",
    env,
  });
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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
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
  } finally {
    rmSync(trace, { force: true });
  }
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

const [what, rate] = process.argv.slice(2);
if (what === "bare") console.log(JSON.stringify(measureBare()));
else if (what === "pairs") console.log(JSON.stringify(measurePairs(100)));
else if (what === "rate") console.log(JSON.stringify(keepUp(Number(rate))));
else report();
