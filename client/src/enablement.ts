import * as vscode from "vscode";
import type { Server } from "./server.js";

const setting = "heddle.enable";

export function isEnabled(): boolean {
  return vscode.workspace.getConfiguration().get<boolean>(setting, true);
}

/** Starts the server, without waiting for it, if the user wants it, and follows the setting from then on. */
export function startWhileEnabled(server: Server): vscode.Disposable {
  if (isEnabled()) void server.start();
  return vscode.workspace.onDidChangeConfiguration(async (change) => {
    if (!change.affectsConfiguration(setting)) return;
    await (isEnabled() ? server.start() : server.stop());
  });
}
