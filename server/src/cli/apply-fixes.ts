import type { Analysis, Snapshot } from "../analysis.js";
import type { Finding } from "../finding.js";
import { fixAll } from "../fix-all.js";
import { writeText } from "../source/text.js";

/** What `--fix` has done so far; the command adds to it project by project. */
export interface Repair {
  fixes: number;
  readonly files: Set<string>;
  readonly problems: string[];
}

/** Applies the first fix of every finding. Files are written once, at the end. */
export function applyFixes(analysis: Analysis, find: (snapshot: Snapshot) => readonly Finding[], repair: Repair): void {
  const { texts, fixes } = fixAll(analysis, find);
  repair.fixes += fixes;
  for (const [file, text] of texts) {
    try {
      if (writeText(file, text)) repair.files.add(file);
      else repair.problems.push(`${file}: not fixed, it holds bytes that are no text`);
    } catch (error) {
      repair.problems.push(`${file}: not fixed, ${(error as Error).message}`);
    }
  }
}
