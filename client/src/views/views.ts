import * as vscode from "vscode";
import type { Server } from "../server.js";
import { registerFindingsView } from "./findings-view.js";
import { registerLocksView } from "./locks-view.js";

/** What the welcome texts of the manifest ask about. */
const stateContext = "heddle.serverState";

/** The views about the whole workspace. */
export function registerViews(context: vscode.ExtensionContext, server: Server): vscode.Disposable {
  const tell = (): void => {
    void vscode.commands.executeCommand("setContext", stateContext, server.state.kind);
  };
  tell();
  return vscode.Disposable.from(
    server.onDidChangeState(tell),
    registerFindingsView(context, server),
    registerLocksView(server),
  );
}
