import { resolve } from "node:path";
import type { Severity } from "../finding.js";
import type { Report, Reported } from "./report.js";

/** ESLint knows two; what Heddle calls an info is no reason to fail, as little as its warnings are. */
const severities: Readonly<Record<Severity, 1 | 2>> = { error: 2, warning: 1, info: 1 };

/**
 * The array that ESLint's formatter `json` prints, for tools that read no other: one object per file with findings, in the
 * order of the report. Rules are called `heddle/<id>`. Fixes are left out, because there each is one edit in one file.
 */
export function formatEslintJson(report: Report): string {
  const files = new Map<string, Reported[]>();
  for (const finding of report.findings) {
    const others = files.get(finding.file);
    if (others) others.push(finding);
    else files.set(finding.file, [finding]);
  }
  const results = [...files].map(([file, findings]) => {
    const errorCount = findings.filter(({ severity }) => severity === "error").length;
    return {
      filePath: resolve(file),
      messages: findings.map(messageOf),
      suppressedMessages: [],
      errorCount,
      fatalErrorCount: 0,
      warningCount: findings.length - errorCount,
      fixableErrorCount: 0,
      fixableWarningCount: 0,
      usedDeprecatedRules: [],
    };
  });
  return `${JSON.stringify(results)}\n`;
}

function messageOf({ ruleId, severity, message, range: { start, end }, related }: Reported) {
  // There is no other place for the other side of the story.
  const story = related.map((site) => `${site.file}:${site.range.start.line + 1} ${site.message}`);
  return {
    ruleId: `heddle/${ruleId}`,
    severity: severities[severity],
    message: [message, ...story].join("\n"),
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
}
