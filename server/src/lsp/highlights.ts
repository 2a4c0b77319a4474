import { type DocumentHighlight, DocumentHighlightKind } from "vscode-languageserver/node";
import { rangeOf } from "./located-finding.js";
import { lockAtPosition } from "./lock-at-position.js";
import type { Session } from "./session.js";

/** `textDocument/documentHighlight`: at a lock that is taken or given back, all of its critical sections in the file. */
export function answerHighlights(session: Session): void {
  const { connection, log } = session;
  connection.onDocumentHighlight(
    log.guard("highlighting critical sections", null, ({ textDocument, position }): DocumentHighlight[] | null => {
      const found = lockAtPosition(session, textDocument.uri, position);
      if (!found) return null;
      const { lock, file, snapshot } = found;
      return snapshot.knowledge
        .sectionsIn(file)
        .filter((section) => section.lock === lock.key)
        .flatMap(({ taken, ends }) => [
          { range: rangeOf(taken, snapshot), kind: DocumentHighlightKind.Write },
          ...ends.map((end) => ({ range: rangeOf(end, snapshot), kind: DocumentHighlightKind.Read })),
        ]);
    }),
  );
}
