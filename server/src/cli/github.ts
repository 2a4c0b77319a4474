import type { Severity } from "../finding.js";
import type { Report, Reported } from "./report.js";

/** What each severity is called in a workflow command. */
const commands: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

/** Workflow commands of GitHub Actions, which show each finding beside its line in a pull request. */
export function formatGitHub(report: Report): string {
  return report.findings.map((finding) => `${annotation(finding)}\n`).join("");
}

function annotation({ severity, ruleId, message, file, range: { start, end }, related }: Reported): string {
  const properties = {
    file,
    line: start.line + 1,
    // Columns are understood within one line only.
    ...(end.line === start.line
      ? { col: start.character + 1, endColumn: end.character + 1 }
      : { endLine: end.line + 1 }),
    title: `heddle ${ruleId}`,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(String(value))}`);
  const story = related.map((site) => `${site.file}:${site.range.start.line + 1} ${site.message}`);
  return `::${commands[severity]} ${list.join(",")}::${escaped([message, ...story].join("\n"))}`;
}

/** Names come from the checked code: none may end the command or begin another. */
function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
