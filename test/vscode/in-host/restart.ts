import { ok } from "node:assert/strict";
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

    const settings = vscode.workspace.getConfiguration("heddle");
    await settings.update("enable", false, vscode.ConfigurationTarget.Global);
    await findingsOnce(document, (found) => found.length === 0);
    await settings.update("enable", undefined, vscode.ConfigurationTarget.Global);
    await findingsOnce(document, (found) => found.length > 0);
  },
};
