import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { Folder } from "../support/folder.js";
import { Random } from "../support/random.js";
import { program } from "../support/trace.js";

/** The longest that a program's threads live, in milliseconds. */
const LONGEST_LIFE = 400;
const DEADLINE = 60_000;

/**
 * Kills a recorded program at random moments. Every trace must read, with nothing missing in the middle.
 * @throws AssertionError with seed and round for the first that does not.
 */
export async function soakTraceKill(rounds: number, seed: number): Promise<object> {
  const random = new Random(seed);
  const losses: number[] = [];
  let events = 0;
  let dropped = 0;
  for (let round = 0; round < rounds; round++) {
    using folder = new Folder();
    const trace = folder.file("run.heddletrace");
    const killedAt = await runAndKill(trace, random.below(LONGEST_LIFE));
    const { last, count, gaps } = checked(readFileSync(trace), `seed ${seed}, round ${round}`);
    losses.push((killedAt - last) / 1e6);
    events += count;
    dropped += gaps;
  }
  losses.sort((a, b) => a - b);
  const at = (share: number): number => Number(losses[Math.floor((losses.length - 1) * share)]?.toFixed(2));
  return { rounds, events, dropped, lostMilliseconds: { median: at(0.5), p90: at(0.9), worst: at(1) } };
}

/** Resolves to the moment of the kill, by a thread that was at work until then: nanoseconds on the host's clock. */
async function runAndKill(trace: string, life: number): Promise<number> {
  const preload = import.meta.resolve("heddle/trace/preload");
  const args = ["--import", preload, program("trace/programs/busy"), "2", "Infinity", String(life)];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, HEDDLE_TRACE: JSON.stringify({ file: trace, mostEventsPerSecond: 1e9 }) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const signal = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
  clearTimeout(deadline);
  assert.equal(signal, "SIGKILL");
  const moment = /^started\n(\d+)\n/.exec(said)?.[1];
  assert.ok(moment !== undefined, `The program said ${JSON.stringify(said)}.`);
  return Number(moment);
}

/**
 * The last moment the trace knows of, how many events it has, and how many it says were dropped. In each thread, takes
 * and releases must pair up between the gaps: on a machine that is busy with other things there may be some.
 */
function checked(bytes: Uint8Array, what: string): { last: number; count: number; gaps: number } {
  let origin = 0;
  let last = 0;
  let count = 0;
  let gaps = 0;
  const held = new Map<number, Map<number, boolean>>();
  const decoder = new TraceDecoder({
    start(start) {
      origin = start.origin;
    },
    thread({ began }) {
      last = Math.max(last, began);
    },
    event({ kind, thread, object, time, first }) {
      last = Math.max(last, time);
      count++;
      if (kind === EVENTS.gap) {
        gaps += first;
        held.delete(thread);
      }
      if (kind !== EVENTS.acquired && kind !== EVENTS.released) return;
      const isTaken = kind === EVENTS.acquired;
      const locks = held.get(thread) ?? new Map<number, boolean>();
      held.set(thread, locks);
      // Undefined after a gap, when anything may be.
      assert.notEqual(locks.get(object), isTaken, `${what}: a record of thread ${thread} is missing`);
      locks.set(object, isTaken);
    },
  });
  decoder.push(bytes);
  assert.match(decoder.problem ?? "in the middle of a record", /in the middle of a record/, what);
  return { last: origin + last, count, gaps };
}
