import * as vscode from "vscode";
import { documents, type Server } from "./server.js";

const setting = "heddle.enable";

/** What the analysis reads. */
const sources = "**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}";

export function isEnabled(): boolean {
  return vscode.workspace.getConfiguration().get<boolean>(setting, true);
}

/**
 * Starts the server, without waiting for it, if the user wants it and there is anything for it to look at, and follows the
 * setting from then on. Views and commands wake the extension in any workspace.
 */
export function startWhileEnabled(server: Server): vscode.Disposable {
  let isNeeded = false;
  const need = async (): Promise<void> => {
    if (isNeeded) return;
    isNeeded = true;
    await (isEnabled() ? server.start() : server.stop());
  };
  const isSource = (document: vscode.TextDocument): boolean => vscode.languages.match(documents, document) > 0;
  if (vscode.workspace.textDocuments.some(isSource)) void need();
  else {
    void vscode.workspace.findFiles(sources, "**/node_modules/**", 1).then(async ([file]) => {
      if (file !== undefined) await need();
    });
  }
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(async (document) => {
      if (isSource(document)) await need();
    }),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (!change.affectsConfiguration(setting)) return;
      if (!isEnabled()) await server.stop();
      else {
        isNeeded = true;
        await server.start();
      }
    }),
  );
}
