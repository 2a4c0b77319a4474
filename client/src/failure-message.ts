import * as vscode from "vscode";
import type { Server } from "./server.js";

/** Says once per failure that the analysis is down, and offers the two things that help. */
export function announceFailures(server: Server): vscode.Disposable {
  return server.onDidChangeState(async (state) => {
    if (state.kind !== "failed") return;
    const [log, restart] = [vscode.l10n.t("Show Log"), vscode.l10n.t("Restart Server")];
    const choice = await vscode.window.showErrorMessage(`Heddle: ${state.reason}`, log, restart);
    if (choice === log) await vscode.commands.executeCommand("heddle.showLog");
    if (choice === restart) await server.restart();
  });
}
