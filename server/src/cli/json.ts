import type { Place, Report } from "./report.js";

/** One JSON object, the same bytes for the same findings. The shape is a contract: scripts read it. */
export function formatJson(report: Report): string {
  const findings = report.findings.map(({ ruleId, severity, message, file, range, related, fixes, fingerprint }) => ({
    ruleId,
    severity,
    message,
    ...place({ file, range }),
    related: related.map((site) => ({ message: site.message, ...place(site) })),
    fixes: fixes.map(({ title, edits }) => ({
      title,
      edits: edits.map((edit) => ({ ...place(edit), newText: edit.newText })),
    })),
    fingerprint,
  }));
  const stats = report.stats === undefined ? {} : { stats: report.stats };
  return `${JSON.stringify({ version: 1, findings, ...stats }, undefined, 2)}\n`;
}

/** Property by property, so that the bytes do not depend on how the engine built its objects. */
function place({ file, range: { start, end } }: Place) {
  return {
    file,
    range: {
      start: { line: start.line, character: start.character },
      end: { line: end.line, character: end.character },
    },
  };
}
