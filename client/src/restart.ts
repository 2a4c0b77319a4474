import * as vscode from "vscode";
import { isEnabled } from "./enablement.js";
import type { Server } from "./server.js";

/** The command "Heddle: Restart Server". */
export function registerRestart(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand("heddle.restartServer", async () => {
    if (isEnabled()) return server.restart();
    const choice = await vscode.window.showInformationMessage(
      vscode.l10n.t("Heddle is switched off by the setting `heddle.enable`."),
      vscode.l10n.t("Open Settings"),
    );
    if (choice !== undefined) await vscode.commands.executeCommand("workbench.action.openSettings", "heddle.enable");
  });
}
