import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";

/** Cuts what a message takes along out of its list, so that it has a copy. */
export function sendCopy(program: Program, listed: Site | undefined, finding: Finding): readonly Fix[] {
  if (!listed) return [];
  const edits = [{ site: listed, newText: "" }];
  return [{ title: "Send a copy", edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}
