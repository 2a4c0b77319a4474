import { TextDocument } from "vscode-languageserver-textdocument";
import { languageIds } from "../protocol.js";
import type { Session } from "./session.js";

/** `textDocument/didOpen`, `didChange`, `didClose`: the engine sees what the user sees, saved or not. */
export function followDocuments({ connection, log, workspace, diagnostics }: Session): void {
  const known: ReadonlySet<string> = new Set(languageIds);

  connection.onDidOpenTextDocument(
    log.guard("opening a document", undefined, ({ textDocument: { uri, languageId, version, text } }) => {
      if (!known.has(languageId)) return;
      const file = workspace.open(TextDocument.create(uri, languageId, version, text));
      if (file !== undefined) diagnostics.changed(file);
    }),
  );

  connection.onDidChangeTextDocument(
    log.guard("taking over an edit", undefined, ({ textDocument, contentChanges }) => {
      const open = workspace.documentOf(textDocument.uri);
      if (open === undefined) return;
      TextDocument.update(open.document, contentChanges, textDocument.version);
      workspace.edited(textDocument.uri);
      diagnostics.changed(open.file);
    }),
  );

  connection.onDidCloseTextDocument(
    log.guard("closing a document", undefined, ({ textDocument }) => {
      const file = workspace.close(textDocument.uri);
      if (file !== undefined) diagnostics.closed(textDocument.uri, file);
    }),
  );
}
