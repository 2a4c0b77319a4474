import { deepEqual, equal, ok } from "node:assert/strict";
import * as vscode from "vscode";
import { findingsOnce, open, ruleOf, type Scenario } from "./scenario.js";

const rule = "unguarded-shared-mutation";

export const lostUpdate: Scenario = {
  name: "the lost update is reported, and wrapped in a lock in one undo step",
  async body() {
    const { document } = await open("lost-update.ts");
    const reported = await findingsOnce(document, (found) => found.some((one) => ruleOf(one) === rule));
    const [finding] = reported;
    ok(finding);
    equal(finding.severity, vscode.DiagnosticSeverity.Warning);
    ok(finding.relatedInformation?.length, "The finding shows no other access.");

    const fix = await wrapInLock(document, finding);
    const before = document.getText();
    ok(fix.edit && (await vscode.workspace.applyEdit(fix.edit)));
    await findingsOnce(document, (found) => found.length < reported.length);

    await vscode.commands.executeCommand("undo");
    equal(document.getText(), before);
    const again = await findingsOnce(document, (found) => found.length === reported.length);
    deepEqual(again[0]?.range, finding.range);
  },
};

async function wrapInLock(document: vscode.TextDocument, finding: vscode.Diagnostic): Promise<vscode.CodeAction> {
  const actions = await quickFixes(document.uri, finding.range);
  const fix = actions.find((action) => action.title.startsWith("Wrap in"));
  ok(fix, `No fix wraps in a lock; there were: ${actions.map((action) => action.title).join(", ")}`);
  return fix;
}

async function quickFixes(uri: vscode.Uri, range: vscode.Range): Promise<vscode.CodeAction[]> {
  const request = ["vscode.executeCodeActionProvider", uri, range, vscode.CodeActionKind.QuickFix.value, 10] as const;
  for (;;) {
    try {
      return await vscode.commands.executeCommand(...request);
    } catch (error) {
      // The editor gives up a request when another extension registers its own provider: there are only so many.
      if (!(error instanceof Error && error.name === "Canceled")) throw error;
    }
  }
}
