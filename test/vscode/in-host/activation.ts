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
    // VS Code itself makes some for each view.
    const ours = commands.filter((command) =>
      /^heddle\.(?!(threads|locks|queues|findings|staticLocks)\.)/.test(command),
    );
    deepEqual(ours.sort(), [
      "heddle.addRuntime",
      "heddle.clearFindingsFilter",
      "heddle.compareTraces",
      "heddle.debugAndTrace",
      "heddle.exportTrace",
      "heddle.filterFindings",
      "heddle.findingsByFile",
      "heddle.findingsByLock",
      "heddle.findingsByRule",
      "heddle.newSample",
      "heddle.openRulePage",
      "heddle.openTrace",
      "heddle.openTracePlace",
      "heddle.restartServer",
      "heddle.runAndTrace",
      "heddle.showLockOrder",
      "heddle.showLog",
      "heddle.showPlaces",
      "heddle.showStatus",
      "heddle.showTrace",
      "heddle.suppress",
      "heddle.whoAcquires",
      "heddle.whoCanHold",
    ]);
  },
};
