import assert from "node:assert/strict";
import { family } from "../support/family-trace.js";
import { damaged } from "../support/hostile-trace.js";
import { Random } from "../support/random.js";
import { readByAll } from "../support/trace-readers.js";
import { chaoticTrace } from "../timeline/chaos.js";

/** Milliseconds that all readers together may take for a trace of a few kilobytes, on a machine that does much else. */
const PATIENCE = 20_000;

/**
 * Damages traces of programs that do everything that can be recorded, and of one with several processes. All readers must say the same about each, in time.
 * @throws AssertionError with seed and round for the first of which they do not.
 */
export function soakHostileTraces(rounds: number, seed: number): object {
  const random = new Random(seed);
  const verdicts = new Map<string, number>();
  let slowest = 0;
  for (let round = 0; round < rounds; round++) {
    const [threads, locks, steps] = [1 + random.below(5), 1 + random.below(4), 20 + random.below(100)];
    const chaotic = chaoticTrace({ seed: random.below(2 ** 31), threads, locks, steps, unit: 1000 });
    const trace = round % 4 === 3 ? family() : chaotic;
    const bytes = damaged(trace, random);
    const start = performance.now();
    const verdict = readOrTell(bytes, `seed ${seed}, round ${round}`);
    const took = performance.now() - start;
    assert.ok(took < PATIENCE, `seed ${seed}, round ${round} took ${took} ms`);
    slowest = Math.max(slowest, took);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  return { rounds, slowestMilliseconds: Math.round(slowest), ...Object.fromEntries(verdicts) };
}

function readOrTell(bytes: Uint8Array, what: string): string {
  try {
    return readByAll(bytes) ?? "whole";
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}
