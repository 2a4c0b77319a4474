import {
  type Definition,
  LSPErrorCodes,
  type Position,
  type Range,
  ResponseError,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import type { Snapshot } from "../analysis.js";
import type { LockMention } from "../knowledge/knowledge.js";
import { rangeOf } from "./located-finding.js";
import type { Session } from "./session.js";
import { workspaceEdit } from "./workspace-edit.js";

interface Mentioned {
  readonly mention: LockMention;
  readonly snapshot: Snapshot;
}

/**
 * `textDocument/definition`, `prepareRename` and `rename`, for locks as annotations name them: in code they are the business
 * of who knows the language.
 */
export function answerAnnotatedLocks(session: Session): void {
  const { connection, log, workspace } = session;
  connection.onDefinition(
    log.guard("finding what an annotation names", null, ({ textDocument, position }): Definition | null => {
      const found = mentionedAt(session, textDocument.uri, position);
      if (!found) return null;
      const { declared } = found.mention;
      return { uri: workspace.uriOf(declared.file), range: rangeOf(declared, found.snapshot) };
    }),
  );
  connection.onPrepareRename(
    log.guard("preparing to rename a lock", null, ({ textDocument, position }): Range | null => {
      const found = mentionedAt(session, textDocument.uri, position);
      return found ? rangeOf(found.mention.site, found.snapshot) : null;
    }),
  );
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const found = log.guard("renaming a lock", undefined, () => mentionedAt(session, textDocument.uri, position))();
    if (!found) return null;
    const { mention, snapshot } = found;
    const { site } = mention;
    const isPrivate = snapshot.text(site.file)?.[site.start] === "#";
    const name = isPrivate && !newName.startsWith("#") ? `#${newName}` : newName;
    if (
      !(isPrivate ? /^#[\p{ID_Start}$_][\p{ID_Continue}$]*$/u : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u).test(name)
    ) {
      return new ResponseError(LSPErrorCodes.RequestFailed, `"${newName}" is no name for a lock.`);
    }
    const made = log.guard("renaming a lock", undefined, () => renamed(mention, snapshot, name, session))();
    return (
      made ?? new ResponseError(LSPErrorCodes.RequestFailed, `"${name}" has another meaning where the lock is used.`)
    );
  });
}

function renamed(mention: LockMention, snapshot: Snapshot, name: string, session: Session): WorkspaceEdit | undefined {
  const edits = snapshot.knowledge.renameLock(mention, name);
  if (!edits) return undefined;
  const byFile = new Map<string, TextEdit[]>();
  for (const { site, newText } of edits) {
    byFile.set(site.file, [...(byFile.get(site.file) ?? []), { range: rangeOf(site, snapshot), newText }]);
  }
  return workspaceEdit(byFile, session);
}

/** The lock that an annotation names there. Most places are in no comment, and need no program. */
function mentionedAt({ workspace }: Session, uri: string, position: Position): Mentioned | undefined {
  const open = workspace.documentOf(uri);
  if (open === undefined) return undefined;
  const { file, document } = open;
  const line = document.getText({
    start: { line: position.line, character: 0 },
    end: { line: position.line + 1, character: 0 },
  });
  if (!/@(?:guardedBy|requires)/.test(line)) return undefined;
  const snapshot = workspace.snapshotOf(file);
  const mention = snapshot.knowledge.annotatedLockAt(file, document.offsetAt(position));
  return mention && { mention, snapshot };
}
