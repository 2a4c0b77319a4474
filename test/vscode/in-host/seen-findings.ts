import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { inversion } from "../../support/inversion.js";
import { closeTraces, findingsOnce, open, ruleOf, type Scenario } from "./scenario.js";

const seen = (found: readonly vscode.Diagnostic[]): vscode.Diagnostic[] =>
  found.filter(({ message }) => message.startsWith("Seen in a run"));

const isTrace = ({ input }: vscode.Tab): boolean => input instanceof vscode.TabInputCustom;

export const seenFindings: Scenario = {
  name: "what went wrong in a recorded run is a problem with all its places, once for all traces, and traces are compared",
  async body() {
    const folder = mkdtempSync(join(tmpdir(), "heddle-findings-"));
    try {
      const { document } = await open("mutex.ts");
      for (const name of ["one", "two"]) {
        const file = join(folder, `${name}.heddletrace`);
        writeFileSync(file, inversion(document.uri.fsPath));
        await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(file), "heddle.trace");
        const [problem, ...more] = seen(await findingsOnce(document, (found) => seen(found).length > 0));
        equal(more.length, 0, name);
        equal(ruleOf(problem!), "lock-order-inversion");
        equal(problem?.severity, vscode.DiagnosticSeverity.Warning);
        match(problem.message, /t1 took stock while it held till, t2 took till while it held stock/);
        equal(problem.range.start.line, 3);
        deepEqual(
          problem.relatedInformation?.map(({ location, message }) => [location.range.start.line, message]),
          [
            [2, "t1 took till before"],
            [8, "t2 takes till"],
            [7, "t2 took stock before"],
          ],
        );
      }
      const [one, two] = ["one", "two"].map((name) => vscode.Uri.file(join(folder, `${name}.heddletrace`)));
      await vscode.commands.executeCommand("heddle.compareTraces", one, two);
      const shown = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isTrace).map(({ label }) => label));
      deepEqual(shown.sort(), ["one.heddletrace", "two.heddletrace"], "Each is open once.");
      equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, "one.heddletrace");
      await closeTraces();
      await findingsOnce(document, (found) => seen(found).length === 0);
    } finally {
      await closeTraces();
      rmSync(folder, { recursive: true });
    }
  },
};
