import { deepEqual, ok } from "node:assert/strict";
import * as vscode from "vscode";
import type { Scenario } from "./scenario.js";

export const activation: Scenario = {
  name: "Heddle activates and brings its commands",
  async body() {
    const extension = vscode.extensions.getExtension("heddle.heddle");
    ok(extension, "The extension is not installed.");
    await extension.activate();
    const commands = await vscode.commands.getCommands(true);
    const ours = commands.filter((command) => command.startsWith("heddle."));
    deepEqual(ours.sort(), ["heddle.openRulePage", "heddle.restartServer", "heddle.showLog"]);
  },
};
