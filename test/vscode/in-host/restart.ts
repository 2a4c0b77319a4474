import { match, ok } from "node:assert/strict";
import * as vscode from "vscode";
import { findingsOnce, open, type Scenario } from "./scenario.js";

export const restart: Scenario = {
  name: "a restart takes the findings away and brings them back, and so does the setting",
  async body() {
    const { document } = await open("lost-update.ts");
    await findingsOnce(document, (found) => found.length > 0);
    const seen: number[] = [];
    const watch = vscode.languages.onDidChangeDiagnostics(() => {
      seen.push(vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "heddle").length);
    });
    await vscode.commands.executeCommand("heddle.restartServer");
    await findingsOnce(document, (found) => found.length > 0);
    watch.dispose();
    ok(seen.includes(0), `The findings never went away: ${seen.join(", ")}`);

    await vscode.commands.executeCommand("heddle.showStatus");
    const status = vscode.window.activeTextEditor?.document.getText() ?? "";
    match(status, /^The language server is ready\.\n/);
    match(status, /^Process: \d+, \d+ MB of memory$/m);
    match(status, /^- .*samples.*: \d+ files, (?:last looked at in \d+ ms|as the last server found it)$/m);
    match(status, /^Nothing has failed\.$/m);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");

    const settings = vscode.workspace.getConfiguration("heddle");
    await settings.update("enable", false, vscode.ConfigurationTarget.Global);
    await findingsOnce(document, (found) => found.length === 0);
    await settings.update("enable", undefined, vscode.ConfigurationTarget.Global);
    await findingsOnce(document, (found) => found.length > 0);
  },
};
