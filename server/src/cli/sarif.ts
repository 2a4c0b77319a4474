import manifest from "../../package.json" with { type: "json" };
import type { Severity } from "../finding.js";
import { rules } from "../rules/index.js";
import type { Place, Report, Reported } from "./report.js";

const levels: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };

/** Under this name fingerprints stand; what they are made of may change with the number only. */
const fingerprintName = "heddle/v1";

/** One SARIF 2.1.0 log, for code scanning; the same bytes for the same findings. */
export function formatSarif(report: Report): string {
  const ids = [...rules.keys()].sort();
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Heddle", semanticVersion: manifest.version, rules: ids.map(descriptor) } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: report.problems.map((text) => ({ level: "warning", message: { text } })),
          },
        ],
        // Columns are counted as JavaScript counts characters.
        columnKind: "utf16CodeUnits",
        results: report.findings.map((finding) => result(finding, ids, report.baseline !== undefined)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function descriptor(id: string) {
  const rule = rules.get(id);
  return {
    id,
    shortDescription: { text: `${rule?.title ?? id}.` },
    defaultConfiguration: { level: levels[rule?.severity ?? "warning"] },
  };
}

function result(finding: Reported, ids: readonly string[], hasBaseline: boolean) {
  const { ruleId, severity, message, related, ways, fixes, fingerprint } = finding;
  return {
    ruleId,
    ruleIndex: ids.indexOf(ruleId),
    level: levels[severity],
    message: { text: message },
    locations: [location(finding)],
    ...(related.length === 0 ? {} : { relatedLocations: related.map((site, id) => ({ id, ...said(site) })) }),
    ...(ways.length === 0 ? {} : { codeFlows: [codeFlow(ways)] }),
    ...(fixes.length === 0 ? {} : { fixes: fixes.map(fix) }),
    partialFingerprints: { [fingerprintName]: fingerprint },
    ...(hasBaseline ? { baselineState: "new" } : {}),
  };
}

/** One flow of events with a thread for each way, as the standard has it for defects of concurrency. */
function codeFlow(ways: Reported["ways"]) {
  return {
    threadFlows: ways.map((way, index) => ({
      id: `thread ${index + 1}`,
      locations: way.map((site) => ({ location: said(site) })),
    })),
  };
}

function fix({ title, edits }: Reported["fixes"][number]) {
  const files = [...new Set(edits.map(({ file }) => file))];
  return {
    description: { text: title },
    artifactChanges: files.map((file) => ({
      artifactLocation: artifact(file),
      replacements: edits
        .filter((edit) => edit.file === file)
        .map((edit) => ({ deletedRegion: region(edit), insertedContent: { text: edit.newText } })),
    })),
  };
}

function said(site: Place & { readonly message: string }) {
  return { ...location(site), message: { text: site.message } };
}

function location(place: Place) {
  return { physicalLocation: { artifactLocation: artifact(place.file), region: region(place) } };
}

/** Relative to the folder of the run, which code scanning takes for the repository's. */
function artifact(file: string) {
  return { uri: file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" };
}

/** 1-based; an end column is that of the character after. */
function region({ range: { start, end } }: Place) {
  return {
    startLine: start.line + 1,
    startColumn: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
}
