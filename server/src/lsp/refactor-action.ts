import type { CodeAction, Range } from "vscode-languageserver/node";
import type { OfferedRefactoring, Snapshot } from "../analysis.js";
import type { Edit } from "../finding.js";
import type { Session } from "./session.js";

/** What leads from an action back to its refactoring: the place means something in that version of the text alone. */
interface RefactoringOrigin {
  readonly uri: string;
  readonly refactoring: string;
  readonly version: number;
  readonly range: Range;
}

/** The refactorings at a place of an open document, each to be made when it is picked. */
export function refactorActions(
  uri: string,
  range: Range,
  isWanted: (kind: string) => boolean,
  { workspace }: Session,
): CodeAction[] {
  const open = workspace.documentOf(uri);
  if (open === undefined) return [];
  const { version } = open.document;
  return offered(workspace.snapshotOf(open.file), open.file, range).flatMap(({ id, kind, title }) => {
    const data: RefactoringOrigin = { uri, refactoring: id, version, range };
    const own = `${kind}.heddle.${id}`;
    return isWanted(own) ? [{ title, kind: own, data }] : [];
  });
}

export function refactoringOriginOf(data: unknown): RefactoringOrigin | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { uri, refactoring, version, range } = data as Readonly<Record<keyof RefactoringOrigin, unknown>>;
  return typeof uri === "string" &&
    typeof refactoring === "string" &&
    typeof version === "number" &&
    typeof range === "object"
    ? { uri, refactoring, version, range: range as Range }
    : undefined;
}

/** The edits of a refactoring; undefined where it would do harm, `gone` where the text is another one now. */
export function refactoringEdits(
  { uri, refactoring, version, range }: RefactoringOrigin,
  { workspace }: Session,
): { readonly edits: readonly Edit[]; readonly snapshot: Snapshot } | "gone" | undefined {
  const open = workspace.documentOf(uri);
  if (open === undefined || open.document.version !== version) return "gone";
  const snapshot = workspace.snapshotOf(open.file);
  const found = offered(snapshot, open.file, range).find(({ id }) => id === refactoring);
  if (found === undefined) return "gone";
  const edits = found.edits();
  return edits && { edits, snapshot };
}

function offered(snapshot: Snapshot, file: string, { start, end }: Range): readonly OfferedRefactoring[] {
  return snapshot.refactorings({ file, start: snapshot.offset(file, start), end: snapshot.offset(file, end) });
}
