import { soakIncremental } from "./incremental.js";
import { generated, samples } from "./sources.js";

/**
 * Random edits over three projects, a third of the rounds each: after each the running analysis says what a fresh one
 * says, byte for byte.
 * @throws AssertionError with seed and round at the first difference.
 */
export function soakEdits(
  rounds: number,
  seed: number,
): { rounds: number; findings: Readonly<Record<string, number>> } {
  const share = Math.ceil(rounds / 3);
  return {
    rounds: 3 * share,
    findings: {
      program: soakIncremental(share, seed).findings,
      samples: soakIncremental(share, seed, samples()).findings,
      generated: soakIncremental(share, seed, generated()).findings,
    },
  };
}
