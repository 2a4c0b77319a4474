import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { Folder } from "../support/folder.js";
import { heddle, heddleBinary } from "../support/heddle.js";
import { Random } from "../support/random.js";
import { samples } from "./sources.js";

/** Longer than a check of the samples takes to write what it keeps. */
const LATEST_KILL = 3000;

/**
 * Checks that are killed at any moment while others run on the same cache, and texts that change in between: whatever is
 * left in the cache, the next check says what one without a cache says, byte for byte.
 * @throws AssertionError with seed and round at the first difference.
 */
export async function soakKilledChecks(rounds: number, seed: number): Promise<{ killed: number; kept: number }> {
  using folder = new Folder(samples());
  const random = new Random(seed);
  const originals = new Map(Object.entries(samples()));
  const cached = ["--cache-dir", folder.file("cache")];
  let killed = 0;
  let kept = 0;
  for (let round = 0; round < rounds; round++) {
    const name = random.pick([...originals.keys()]);
    writeFileSync(folder.file(name), editedText(random, readFileSync(folder.file(name), "utf8"), originals.get(name)!));
    const [victim, survivor] = await Promise.all([
      killedCheck(folder.path, cached, random.below(LATEST_KILL)),
      heddle(["check", ".", "--format", "json", ...cached], { cwd: folder.path }),
    ]);
    if (victim) killed++;
    const again = await heddle(["check", ".", "--format", "json", "--stats", ...cached], { cwd: folder.path });
    const cold = await heddle(["check", ".", "--format", "json", "--no-cache"], { cwd: folder.path });
    const { stats, ...said } = JSON.parse(again.stdout);
    if (stats.cachedFiles > 0) kept++;
    const where = `seed ${seed}, round ${round}, edit in ${name}`;
    assert.equal(survivor.stdout, cold.stdout, where);
    assert.deepEqual([said, again.stderr, again.code], [JSON.parse(cold.stdout), cold.stderr, cold.code], where);
  }
  return { killed, kept };
}

/** Whether the check was under way when it was killed, so many milliseconds after its start. */
async function killedCheck(cwd: string, options: readonly string[], after: number): Promise<boolean> {
  const child = spawn(process.execPath, [heddleBinary, "check", ".", ...options], { cwd, stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), after);
  const [, signal] = await once(child, "exit");
  clearTimeout(timer);
  return signal === "SIGKILL";
}

/** One change of a text, or the text as it was. */
export function editedText(random: Random, text: string, original: string): string {
  const lines = text.split("\n");
  const at = random.below(lines.length);
  const kind = random.below(4);
  if (kind === 0) return original;
  if (kind === 1) lines.splice(at, 1);
  else if (kind === 2) lines.splice(at, 0, "// moved");
  else lines[at] = lines[at]!.slice(0, random.below(lines[at]!.length + 1));
  return lines.join("\n");
}
