import * as vscode from "vscode";
import { documents, type Server, type ServerState } from "./server.js";

/** The entry in the editor's language status: how the server is, and a click to the log. */
export function showServerStatus(server: Server): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem("heddle.server", documents);
  item.name = "Heddle";
  item.command = { command: "heddle.showLog", title: "Show Log" };
  const show = (state: ServerState) => {
    item.text = texts[state.kind];
    item.busy = state.kind === "starting";
    item.severity =
      state.kind === "failed" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    // Not `undefined` where there is nothing to say: the workbench would keep the last detail.
    item.detail = state.kind === "failed" ? state.reason : "";
  };
  show(server.state);
  return vscode.Disposable.from(item, server.onDidChangeState(show));
}

const texts: Record<ServerState["kind"], string> = {
  starting: "Heddle is starting",
  ready: "Heddle is ready",
  stopped: "Heddle is stopped",
  failed: "Heddle has failed",
};
