import { type Analysis, applyEdits, type Snapshot } from "./analysis.js";
import type { Finding } from "./finding.js";

/**
 * The texts, by file, after the first fix of every finding, one after the other: each was checked on its own only, and two
 * that are right alone could close a lock cycle together, so each is asked for again on the text the others left. The
 * analysis has the texts then; the disk does not.
 */
export function fixAll(
  analysis: Analysis,
  find: (snapshot: Snapshot) => readonly Finding[],
): { readonly texts: ReadonlyMap<string, string>; readonly fixes: number } {
  const texts = new Map<string, string>();
  const tried = new Set<string>();
  let fixes = 0;
  for (let next = nextFix(analysis, find, tried); next !== undefined; next = nextFix(analysis, find, tried)) {
    const changes = [...next].map(([file, text]) => ({ file, text }));
    for (const { file, text } of changes) texts.set(file, text);
    analysis.update(changes);
    fixes++;
  }
  return { texts, fixes };
}

/**
 * The texts after the next fix, by file. A finding whose fixes are withheld is asked once. One that is fixed may have a
 * twin with the same fingerprint; it ends all the same, because no fix that passes the gate leaves as many findings.
 */
function nextFix(
  analysis: Analysis,
  find: (snapshot: Snapshot) => readonly Finding[],
  tried: Set<string>,
): ReadonlyMap<string, string> | undefined {
  const snapshot = analysis.snapshot();
  for (const finding of find(snapshot)) {
    const key = `${finding.ruleId} ${finding.site.file} ${finding.fingerprint}`;
    if (tried.has(key)) continue;
    for (const fix of finding.fixes) {
      const edits = fix.edits();
      if (edits !== undefined) return applyEdits(edits, (file) => snapshot.text(file) ?? "");
    }
    tried.add(key);
  }
  return undefined;
}
