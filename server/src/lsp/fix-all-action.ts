import { type CodeAction, CodeActionKind, type TextEdit } from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { Finding } from "../finding.js";
import type { Session } from "./session.js";
import type { OpenDocument } from "./workspace.js";

/** `source.fixAll.heddle`: who asks for `source.fixAll`, or for all kinds below `source`, means it too. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.heddle`;

/** What leads from an action back to what it fixes, on a text that may have changed meanwhile. */
export interface FixAllOrigin {
  readonly uri: string;
  /** Null: whatever the rule. */
  readonly allOf: string | null;
}

/** All fixes of the file at once, as it can be run when a file is saved. */
export function fixAllAction(uri: string): CodeAction {
  const data: FixAllOrigin = { uri, allOf: null };
  return { title: "Fix everything that Heddle can fix here", kind: fixAllKind, data };
}

/** All fixes of one rule in the file, where there is more than one. */
export function fixAllOfRule(uri: string, { ruleId }: Finding, findings: readonly Finding[]): readonly CodeAction[] {
  const alike = findings.filter((each) => each.ruleId === ruleId && each.fixes.length > 0);
  if (alike.length < 2) return [];
  const data: FixAllOrigin = { uri, allOf: ruleId };
  return [{ title: `Fix all ${alike.length} of ${ruleId} in this file`, kind: CodeActionKind.QuickFix, data }];
}

export function fixAllOriginOf(data: unknown): FixAllOrigin | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { uri, allOf } = data as Readonly<Record<string, unknown>>;
  if (typeof uri !== "string") return undefined;
  return allOf === null || typeof allOf === "string" ? { uri, allOf } : undefined;
}

/** The edits, by file: of each file what lies between the first and the last change. */
export function fixAllEdits(
  { allOf }: FixAllOrigin,
  open: OpenDocument,
  { workspace }: Session,
): ReadonlyMap<string, readonly TextEdit[]> {
  const wanted = (snapshot: Snapshot): readonly Finding[] =>
    snapshot.findings(open.file).filter(({ ruleId }) => allOf === null || ruleId === allOf);
  const texts = workspace.fixAll(open.file, wanted);
  const snapshot = workspace.snapshotOf(open.file);
  return new Map([...texts].map(([file, text]) => [file, changes(file, snapshot, text)]));
}

function changes(file: string, snapshot: Snapshot, after: string): readonly TextEdit[] {
  const before = snapshot.text(file) ?? "";
  if (before === after) return [];
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let same = 0;
  while (same < most - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  const range = { start: snapshot.position(file, start), end: snapshot.position(file, before.length - same) };
  return [{ range, newText: after.slice(start, after.length - same) }];
}
