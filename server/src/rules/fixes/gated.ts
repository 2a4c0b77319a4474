import type { Finding, Fix } from "../../finding.js";
import { firstAccepted, type Way } from "../../first-accepted.js";
import type { Program } from "../../program.js";

/** The first of several ways to phrase a change of one file that removes the finding and brings no other. */
export function gated(program: Program, finding: Finding, file: string, title: string, ways: readonly Way[]): Fix {
  return firstAccepted(program, file, title, ways, (edits) => program.bench.accepts(edits, finding));
}
