import type { Range } from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { Finding } from "../finding.js";
import type { StaticFinding } from "../protocol.js";
import type { Site } from "../source/site.js";

/** What is shown of a finding, its places as lines and columns: plain data that needs no program. */
export interface LocatedFinding extends Pick<Finding, "ruleId" | "severity" | "message" | "fingerprint"> {
  readonly range: Range;
  readonly related: readonly { readonly message: string; readonly file: string; readonly range: Range }[];
}

export function located(finding: Finding, snapshot: Snapshot): LocatedFinding {
  const { ruleId, severity, message, fingerprint, site, related } = finding;
  return {
    ruleId,
    severity,
    message,
    fingerprint,
    range: rangeOf(site, snapshot),
    related: related.map(({ message, site }) => ({ message, file: site.file, range: rangeOf(site, snapshot) })),
  };
}

export function rangeOf(site: Site, snapshot: Snapshot): Range {
  return { start: snapshot.position(site.file, site.start), end: snapshot.position(site.file, site.end) };
}

/** The same with places that count from 1, as those of traces do. */
export function staticFinding(
  { ruleId, message, fingerprint, range, related }: LocatedFinding,
  file: string,
): StaticFinding {
  const sides = [{ message: "found by the analysis", file, range }, ...related];
  return {
    ...{ ruleId, message, fingerprint },
    places: sides.map(({ message: what, file: path, range: { start, end } }) => ({
      ...{ what, file: path, line: start.line + 1, column: start.character + 1, endLine: end.line + 1 },
    })),
  };
}
