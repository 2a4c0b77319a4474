import * as vscode from "vscode";
import type { WorkspaceEdit } from "vscode-languageclient/node";
import { type SuppressParams, suppressCommand, suppressRequest } from "../../server/src/protocol.js";
import type { Server } from "./server.js";

/** The command behind _Suppress … here, with a reason_. It is not in the palette: it needs a finding. */
export function registerSuppress(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand(suppressCommand, async (params: SuppressParams) => {
    const reason = await vscode.window.showInputBox({
      title: vscode.l10n.t("Suppress {0}", params.ruleId),
      prompt: vscode.l10n.t("Why is this no defect? Whoever reads the code next will want to know."),
      placeHolder: vscode.l10n.t("only one thread runs while the configuration is read"),
      validateInput: (text) =>
        text.trim() === "" ? vscode.l10n.t("A suppression without a reason has no effect.") : undefined,
    });
    if (reason === undefined) return;
    const edit = await server.request<WorkspaceEdit | null>(suppressRequest, { ...params, reason });
    const converted = edit ? await server.workspaceEdit(edit) : undefined;
    if (converted === undefined || !(await vscode.workspace.applyEdit(converted))) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t("Nothing was suppressed: the text has changed, or no comment can stand there."),
      );
    }
  });
}
