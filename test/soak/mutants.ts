import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Random } from "../support/random.js";
import type { Verdict } from "./mutant-analysis.js";
import { generated, pageCases, samples } from "./sources.js";

/** What the analysis of one file may take, in milliseconds, before it counts as hung. */
const PATIENCE = 60_000;
const MOST_EDITS = 4;

/**
 * Analyses files in which tokens were deleted, lines doubled, ends cut, brackets added or two files joined. None may
 * bring a rule or the engine down or hang it.
 *
 * @returns how long they took, in milliseconds
 * @throws AssertionError with the seed, the round and the file's text
 */
export async function soakMutants(
  rounds: number,
  seed: number,
): Promise<{ mutants: number; findings: number; p50: number; p99: number; slowest: number }> {
  const random = new Random(seed);
  const originals = [...pageCases(), ...Object.values(samples()), ...Object.values(generated())];
  const worker = new Worker(new URL("mutant-analysis.js", import.meta.url));
  const took: number[] = [];
  let findings = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const text = mutant(random, originals);
      worker.postMessage(text);
      const signal = AbortSignal.timeout(PATIENCE);
      const said = await once(worker, "message", { signal }).catch((error: unknown) => [{ crash: String(error) }]);
      const { crash, milliseconds = 0, found = 0 } = said[0] as Verdict;
      assert.equal(crash, undefined, `seed ${seed}, round ${round}:\n${text}`);
      took.push(milliseconds);
      findings += found;
    }
  } finally {
    await worker.terminate();
  }
  took.sort((a, b) => a - b);
  const at = (part: number): number => Math.round(took[Math.min(took.length - 1, Math.floor(part * took.length))] ?? 0);
  return { mutants: rounds, findings, p50: at(0.5), p99: at(0.99), slowest: at(1) };
}

function mutant(random: Random, originals: readonly string[]): string {
  let text = random.pick(originals);
  for (let edits = 1 + random.below(MOST_EDITS); edits > 0; edits--) text = mutated(random, text, originals);
  return text;
}

function mutated(random: Random, text: string, originals: readonly string[]): string {
  const tokens: readonly string[] = text.match(/\w+|\s+|[^\w\s]/g) ?? [];
  const lines = text.split("\n");
  const at = random.below(tokens.length + 1);
  const line = random.below(lines.length);
  switch (random.below(8)) {
    case 0:
    case 1:
      return [...tokens.slice(0, at), ...tokens.slice(at + 1)].join("");
    case 2:
      return tokens.slice(0, at).join("");
    case 3:
      return [...lines.slice(0, line), lines[line], ...lines.slice(line)].join("\n");
    case 4:
      return [
        ...tokens.slice(0, at),
        random.pick(["{", "}", "(", ")", "`", "${", "=>", "await ", "*/", "\0"]),
        ...tokens.slice(at),
      ].join("");
    case 5:
      return [...lines.slice(0, line), ...lines.slice(line + 1 + random.below(4))].join("\n");
    case 6: {
      // One name stands for another: calls of what is no function, locks that are values.
      const other = random.pick([...tokens.filter((token) => /^\w/.test(token)), "x"]);
      return [...tokens.slice(0, at), other, ...tokens.slice(at + 1)].join("");
    }
    default:
      return `${text}\n${random.pick(originals)}`;
  }
}
