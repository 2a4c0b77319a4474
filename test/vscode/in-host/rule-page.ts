import { equal, ok } from "node:assert/strict";
import * as vscode from "vscode";
import { eventually, findingsOnce, open, ruleOf, type Scenario } from "./scenario.js";

export const rulePage: Scenario = {
  name: "a finding's rule page opens as a preview",
  async body() {
    const { document } = await open("lost-update.ts");
    const [finding] = await findingsOnce(document, (found) => found.length > 0);
    ok(finding);
    const { code } = finding;
    ok(typeof code === "object", "The finding's code is no link.");
    equal(code.target.scheme, "command");
    await vscode.commands.executeCommand(code.target.path, ...JSON.parse(code.target.query));
    const preview = () => tabs().find((tab) => tab.input instanceof vscode.TabInputWebview);
    const tab = await eventually(vscode.window.tabGroups.onDidChangeTabs, preview, () =>
      tabs()
        .map((t) => t.label)
        .join(),
    );
    equal(tab.label, `Preview ${ruleOf(finding)}.md`);
  },
};

function tabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}
