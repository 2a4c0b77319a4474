import { CodeActionKind, type InitializeResult, TextDocumentSyncKind } from "vscode-languageserver/node";
import manifest from "../../package.json" with { type: "json" };
import type { Session } from "./session.js";

/** `initialize`: what the editor can do, what this server can do, and the folders that are open. */
export function answerInitialize({ connection, client, workspace, whenInitialized }: Session): void {
  let folders: string[] = [];

  connection.onInitialize((params): InitializeResult => {
    client.capabilities = params.capabilities;
    folders = params.workspaceFolders?.map((folder) => folder.uri) ?? (params.rootUri ? [params.rootUri] : []);
    workspace.setFolders(folders);
    return {
      serverInfo: { name: "heddle", version: manifest.version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix], resolveProvider: true },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  whenInitialized.push(() => {
    if (!client.hasFolders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.map((folder) => folder.uri));
      folders = [...folders.filter((uri) => !gone.has(uri)), ...added.map((folder) => folder.uri)];
      workspace.setFolders(folders);
    });
  });
}
