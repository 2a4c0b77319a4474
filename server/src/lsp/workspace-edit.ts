import type { TextEdit, WorkspaceEdit } from "vscode-languageserver/node";
import type { Session } from "./session.js";

/** Edits by file, as the editor takes them: with the versions of the documents they are for where it can. */
export function workspaceEdit(
  edits: ReadonlyMap<string, readonly TextEdit[]>,
  { client, workspace }: Pick<Session, "client" | "workspace">,
): WorkspaceEdit {
  const uriOf = (file: string) => workspace.uriOf(file);
  if (!client.takesDocumentChanges) {
    return { changes: Object.fromEntries([...edits].map(([file, changes]) => [uriOf(file), [...changes]])) };
  }
  return {
    documentChanges: [...edits].map(([file, changes]) => ({
      textDocument: { uri: uriOf(file), version: workspace.versionOf(file) },
      edits: [...changes],
    })),
  };
}
