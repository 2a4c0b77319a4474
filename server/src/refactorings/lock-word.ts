import type { Path, Program } from "../program.js";
import type { Site } from "../source/site.js";

/** How an annotation of what is declared at `site` can name a lock; undefined where it has no name there. */
export function wordFor(program: Program, lock: Path, site: Site): string | undefined {
  if (lock.root === "this" || /^this\.[#\w$.]+$/.test(lock.text)) {
    return /^this\.[#\w$.]+$/.test(lock.text) ? lock.text : undefined;
  }
  const name = program.bench.lockName(lock, site);
  if (name && name.importFrom === undefined) return name.expression;
  const [, called] = /^named:[^:]*:(.+)$/s.exec(lock.root) ?? [];
  return called !== undefined && lock.steps.length === 0 && !/["\n]/.test(called) ? `"${called}"` : undefined;
}
