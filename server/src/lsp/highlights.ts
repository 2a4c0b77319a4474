import { type DocumentHighlight, DocumentHighlightKind } from "vscode-languageserver/node";
import { rangeOf } from "./located-finding.js";
import type { Session } from "./session.js";

/** `textDocument/documentHighlight`: at a lock that is taken or given back, all of its critical sections in the file. */
export function answerHighlights({ connection, log, workspace }: Session): void {
  connection.onDocumentHighlight(
    log.guard("highlighting critical sections", null, ({ textDocument, position }): DocumentHighlight[] | null => {
      const open = workspace.documentOf(textDocument.uri);
      if (open === undefined) return null;
      const snapshot = workspace.snapshotOf(open.file);
      const { knowledge } = snapshot;
      const lock = knowledge.lockAt(open.file, snapshot.offset(open.file, position));
      if (!lock) return null;
      return knowledge
        .sectionsIn(open.file)
        .filter((section) => section.lock === lock.key)
        .flatMap(({ taken, ends }) => [
          { range: rangeOf(taken, snapshot), kind: DocumentHighlightKind.Write },
          ...ends.map((end) => ({ range: rangeOf(end, snapshot), kind: DocumentHighlightKind.Read })),
        ]);
    }),
  );
}
