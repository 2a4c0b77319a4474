import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { Severity } from "../finding.js";
import { frame, visible } from "./frame.js";
import type { Baseline, Report, Reported, ReportedSite, Stats } from "./report.js";

/** How things look on one output: plain functions, so that no code asks twice whether there are colours. */
export interface Style {
  readonly severity: Readonly<Record<Severity, (text: string) => string>>;
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  /** Columns. */
  readonly width: number;
}

type Format = Parameters<typeof styleText>[0];

/** Colours on a terminal that has them; `NO_COLOR` and its kin are respected by `hasColors`. */
export function styleFor(stream: WriteStream): Style {
  const coloured = stream.isTTY === true && stream.hasColors();
  const as = (format: Format) => (text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  return {
    severity: { error: as("red"), warning: as("yellow"), info: as("cyan") },
    strong: as("bold"),
    dim: as("dim"),
    good: as("green"),
    // Some terminals do not know how wide they are and say 0.
    width: stream.isTTY ? Math.max(40, stream.columns || 80) : 160,
  };
}

/** What people read: each finding with the code on both sides of its story, and a summary. */
export function formatPretty(report: Report, style: Style): string {
  const parts = report.findings.map((finding) => pretty(finding, style));
  parts.push(summary(report, style));
  return `${parts.join("\n\n")}\n`;
}

function pretty(finding: Reported, style: Style): string {
  const colour = style.severity[finding.severity];
  const sites: readonly ReportedSite[] = [finding, ...finding.related];
  const gutter = Math.max(...sites.map((site) => String(site.range.start.line + site.lines.length).length));
  const lines = [
    `${colour(finding.severity)} ${style.strong(clean(finding.message))} ${style.dim(finding.ruleId)}`,
    ...shownSite(finding, "", { gutter, mark: "^", colour, style }),
  ];
  for (const related of finding.related) {
    lines.push(...shownSite(related, related.message, { gutter, mark: "-", colour: style.severity.info, style }));
  }
  const [fix] = finding.fixes;
  if (fix !== undefined) lines.push(`  ${style.good("fix")} ${clean(fix.title)}`);
  return lines.join("\n");
}

interface Look {
  readonly gutter: number;
  readonly mark: string;
  readonly colour: (text: string) => string;
  readonly style: Style;
}

function shownSite(site: ReportedSite, message: string, { gutter, mark, colour, style }: Look): string[] {
  const { line, character } = site.range.start;
  const address = `${site.file}:${line + 1}:${character + 1}`;
  return [
    `  ${style.dim(address)}${message === "" ? "" : ` ${clean(message)}`}`,
    ...frame(site, { gutter, mark, width: style.width }).map(({ number, text, marks }) => {
      const left = style.dim(`  ${number.padStart(gutter)} |`);
      return `${left} ${marks ? colour(text) : text}`.trimEnd();
    }),
  ];
}

function summary(report: Report, style: Style): string {
  const count = (severity: Severity) => report.findings.filter((finding) => finding.severity === severity).length;
  const counts = (["error", "warning", "info"] as const)
    .filter((severity) => count(severity) > 0)
    .map((severity) => style.severity[severity](plural(count(severity), severity)));
  const fixable = report.findings.filter((finding) => finding.fixes.length > 0).length;
  const lines: string[] = [];
  if (report.fixed.fixes > 0) {
    lines.push(style.good(`Fixed ${plural(report.fixed.fixes, "finding")} in ${plural(report.fixed.files, "file")}.`));
  }
  lines.push(
    counts.length === 0
      ? style.good(`No findings in ${plural(report.files, "file")}.`)
      : `${counts.join(", ")} in ${plural(report.files, "file")}${fixable > 0 ? `; --fix may repair ${fixable}` : ""}.`,
  );
  if (report.baseline !== undefined) lines.push(style.dim(ofBaseline(report.baseline)));
  if (report.stats !== undefined) lines.push(style.dim(statistics(report.stats)));
  return lines.join("\n");
}

function ofBaseline({ file, known, gone, isNew }: Baseline): string {
  if (isNew) return `${clean(file)} holds ${plural(known, "finding")} from now on.`;
  const rest =
    gone === 0 ? "" : `; ${gone.toLocaleString("en")} of it not found any more, which --update-baseline drops`;
  return `${plural(known, "finding")} of ${clean(file)} not shown${rest}.`;
}

function statistics({
  files,
  lines,
  functions,
  cachedFiles,
  milliseconds,
  peakMegabytes,
  parts,
  rules,
}: Stats): string {
  const sizes = [plural(files, "file"), plural(lines, "line"), plural(functions, "function")].join(", ");
  const kept = cachedFiles === 0 ? "" : `, ${plural(cachedFiles, "file")} as kept by an earlier run`;
  const total = `${sizes}${kept}; ${(milliseconds / 1000).toFixed(2)} s, ${peakMegabytes} MB at most.`;
  return [total, times("Parts", parts), times("Rules", rules)].filter((line) => line !== "").join("\n");
}

/** Less than a millisecond is nothing. */
function times(what: string, milliseconds: Readonly<Record<string, number>>): string {
  const some = Object.entries(milliseconds).filter(([, time]) => time > 0);
  if (some.length === 0) return "";
  return `${what}, in ms: ${some.map(([name, time]) => `${name} ${time.toLocaleString("en")}`).join(", ")}.`;
}

function plural(count: number, noun: string): string {
  const isCountable = count === 1 || noun === "info";
  return `${count.toLocaleString("en")} ${noun}${isCountable ? "" : "s"}`;
}

/** Names in messages come from the code that is checked: they must not steer the terminal or break the line. */
function clean(text: string): string {
  return visible(text.replaceAll(/\s+/g, " "));
}
