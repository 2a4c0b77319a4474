import * as vscode from "vscode";
import type { Server } from "./server.js";

/** Says once per failure that the analysis is down, and offers the two things that help. */
export function announceFailures(server: Server): vscode.Disposable {
  return server.onDidChangeState(async (state) => {
    if (state.kind !== "failed") return;
    const choice = await vscode.window.showErrorMessage(`Heddle: ${state.reason}`, "Show Log", "Restart Server");
    if (choice === "Show Log") await vscode.commands.executeCommand("heddle.showLog");
    if (choice === "Restart Server") await server.restart();
  });
}
