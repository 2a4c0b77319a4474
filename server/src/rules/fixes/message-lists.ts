import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";

/** Cuts something out of a message or its transfer list. */
export function cutFrom(program: Program, title: string, site: Site | undefined, finding: Finding): readonly Fix[] {
  if (!site) return [];
  const edits = [{ site, newText: "" }];
  return [{ title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}

/** Writes something into a message or its transfer list. */
export function insertInto(
  program: Program,
  title: string,
  insert: { readonly at: Site; readonly text: string } | undefined,
  finding: Finding,
): readonly Fix[] {
  if (!insert) return [];
  const edits = [{ site: insert.at, newText: insert.text }];
  return [{ title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}
