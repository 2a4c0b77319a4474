import { deepEqual, equal, ok } from "node:assert/strict";
import process from "node:process";
import * as vscode from "vscode";
import type { Scenario } from "./scenario.js";

export const activation: Scenario = {
  name: "Heddle sleeps while no TypeScript or JavaScript is open, activates and brings its commands",
  async body(tell) {
    const extension = vscode.extensions.getExtension("heddle.heddle");
    ok(extension, "The extension is not installed.");
    equal(extension.isActive, false, "Nothing is open, and nobody asked for it.");
    const [start, before] = [performance.now(), process.cpuUsage()];
    await extension.activate();
    const { user, system } = process.cpuUsage(before);
    const used = Math.round((user + system) / 1000);
    tell(`activated in ${Math.round(performance.now() - start)} ms, with ${used} ms of processor time`);
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
