import * as vscode from "vscode";
import type { WorkspaceFinding } from "../../../server/src/protocol.js";
import { shown } from "../../shared/shown.js";
import { placeText, type Row } from "./row.js";

/** By what findings are put together. */
export const groupings = ["rule", "file", "lock"] as const;

export type Grouping = (typeof groupings)[number];

/** A message is a sentence or two. */
const LONGEST_MESSAGE = 300;

/** Those in which all words of the filter stand: in the rule, the message, the file or the lock. */
export function filtered(findings: readonly WorkspaceFinding[], filter: string): readonly WorkspaceFinding[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return findings;
  return findings.filter(({ ruleId, message, place, locks, severity }) => {
    const names = locks.map(({ name }) => name);
    const text = [ruleId, message, decodeURIComponent(place.uri), severity, ...names].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A row for each rule, file or lock, with a row for each finding; one that is about two locks stands below both. */
export function findingRows(findings: readonly WorkspaceFinding[], by: Grouping): readonly Row[] {
  const groups = new Map<
    string,
    { readonly row: Omit<Row, "rows" | "description">; readonly its: WorkspaceFinding[] }
  >();
  for (const finding of findings) {
    for (const row of groupsOf(finding, by)) {
      const group = groups.get(row.id) ?? { row, its: [] };
      group.its.push(finding);
      groups.set(row.id, group);
    }
  }
  return [...groups.values()]
    .sort((a, b) => b.its.length - a.its.length || a.row.label.localeCompare(b.row.label))
    .map(({ row, its }) => ({
      ...row,
      description: [row.file === undefined ? "" : folderOf(row.file), String(its.length)].filter(Boolean).join(" · "),
      isOpen: groups.size === 1,
      rows: its.map((finding, index) => findingRow(finding, `${row.id} ${index}`, by)),
    }));
}

function groupsOf({ ruleId, place, locks }: WorkspaceFinding, by: Grouping): Omit<Row, "rows" | "description">[] {
  if (by === "rule") return [{ id: `rule ${ruleId}`, label: ruleId, icon: new vscode.ThemeIcon("law") }];
  if (by === "file") {
    const uri = vscode.Uri.parse(place.uri);
    const label = uri.path.slice(uri.path.lastIndexOf("/") + 1);
    return [{ id: `file ${place.uri}`, label, icon: undefined, file: uri }];
  }
  if (locks.length === 0) {
    return [{ id: "lock", label: vscode.l10n.t("About no lock"), icon: new vscode.ThemeIcon("circle-slash") }];
  }
  return locks.map(({ key, name }) => ({
    ...{ id: `lock ${key}`, label: shown(name), icon: new vscode.ThemeIcon("lock") },
  }));
}

function findingRow({ ruleId, severity, message, place, related }: WorkspaceFinding, id: string, by: Grouping): Row {
  const where = by === "file" ? vscode.l10n.t("line {0}", place.range.start.line + 1) : placeText(place);
  return {
    ...{ id, place, icon: icons[severity], spoken: severityText(severity) },
    label: shown(message, LONGEST_MESSAGE),
    description: by === "rule" ? where : `${ruleId} · ${where}`,
    rows: related.map((each, index) => ({
      ...{ id: `${id} ${index}`, place: each.place, icon: new vscode.ThemeIcon("arrow-right"), rows: [] },
      label: shown(each.message, LONGEST_MESSAGE),
      description: placeText(each.place),
    })),
  };
}

function folderOf(file: vscode.Uri): string {
  const path = vscode.workspace.asRelativePath(file);
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

const icons = {
  error: new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground")),
  warning: new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground")),
  info: new vscode.ThemeIcon("info"),
} as const;

function severityText(severity: WorkspaceFinding["severity"]): string {
  const texts = { error: vscode.l10n.t("error"), warning: vscode.l10n.t("warning"), info: vscode.l10n.t("info") };
  return texts[severity];
}
