import { DidChangeWatchedFilesNotification, FileChangeType } from "vscode-languageserver/node";
import type { Session } from "./session.js";

/** `workspace/didChangeWatchedFiles`: what changes outside the editor, such as by a checkout. */
export function followFiles({ connection, client, log, workspace, diagnostics, whenInitialized }: Session): void {
  whenInitialized.push(() => {
    if (!client.registersWatchers) return;
    void connection.client.register(DidChangeWatchedFilesNotification.type, {
      watchers: [
        { globPattern: "**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}" },
        // Which of them say what libraries mean, only configurations tell.
        { globPattern: "**/*.json" },
      ],
    });
  });

  connection.onDidChangeWatchedFiles(
    log.guard("taking over changed files", undefined, ({ changes }) => {
      const ours = changes.filter(
        ({ uri }) =>
          !/\/(?:node_modules|\.git)\//.test(uri) &&
          (!uri.endsWith(".json") ||
            /\/(?:tsconfig[^/]*|heddle\.config|package)\.json$/.test(uri) ||
            workspace.isModelFile(uri)),
      );
      if (ours.length === 0) return;
      for (const { uri } of ours) {
        if (isManifest(uri)) workspace.manifestChanged(uri);
        else if (!uri.endsWith(".json")) workspace.changedOnDisk(uri);
      }
      if (
        ours.some(({ uri, type }) => type !== FileChangeType.Changed || (uri.endsWith(".json") && !isManifest(uri)))
      ) {
        workspace.lookAgain();
      }
      diagnostics.allChanged();
    }),
  );
}

function isManifest(uri: string): boolean {
  return uri.endsWith("/package.json");
}
