import * as vscode from "vscode";
import { documents, type Server, type ServerState } from "./server.js";

/** The entry in the editor's language status: how the server is, and a click to the log. */
export function showServerStatus(server: Server): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem("heddle.server", documents);
  item.name = "Heddle";
  item.command = { command: "heddle.showLog", title: vscode.l10n.t("Show Log") };
  const show = (state: ServerState) => {
    item.text = textOf(state.kind);
    item.busy = state.kind === "starting";
    item.severity =
      state.kind === "failed" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    // Not `undefined` where there is nothing to say: the workbench would keep the last detail.
    item.detail = state.kind === "failed" ? state.reason : "";
  };
  show(server.state);
  return vscode.Disposable.from(item, server.onDidChangeState(show));
}

function textOf(state: ServerState["kind"]): string {
  const texts: Record<ServerState["kind"], string> = {
    waiting: vscode.l10n.t("Heddle waits for TypeScript or JavaScript"),
    starting: vscode.l10n.t("Heddle is starting"),
    ready: vscode.l10n.t("Heddle is ready"),
    stopped: vscode.l10n.t("Heddle is stopped"),
    failed: vscode.l10n.t("Heddle has failed"),
  };
  return texts[state];
}
