import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { inversion } from "../../support/inversion.js";
import { closeTraces, findingsOnce, open, ruleOf, type Scenario } from "./scenario.js";

const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };

const seen = (found: readonly vscode.Diagnostic[]): vscode.Diagnostic[] =>
  found.filter(({ message }) => message.startsWith("Seen in a run"));

const isTrace = ({ input }: vscode.Tab): boolean => input instanceof vscode.TabInputCustom;

export const seenFindings: Scenario = {
  name: "what went wrong in a recorded run is told once with all its places and suppressed by comments, and traces are compared",
  async body() {
    const folder = mkdtempSync(join(tmpdir(), "heddle-findings-"));
    try {
      // The editor saves what is edited.
      const own = join(folder, "own.ts");
      writeFileSync(own, "// A line.\n".repeat(3) + "take();\n".repeat(7));
      const { document } = await vscode.window.showTextDocument(vscode.Uri.file(own));
      for (const name of ["one", "two"]) {
        const file = join(folder, `${name}.heddletrace`);
        writeFileSync(file, inversion(document.uri.fsPath));
        await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(file), "heddle.trace", beside);
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
      // A comment takes it away as it would what is found in the source, before the program runs again.
      const suppression = "// heddle-ignore-next-line lock-order-inversion: one after the other\n";
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(3, 0), suppression);
      await vscode.workspace.applyEdit(edit);
      const quiet = await findingsOnce(document, (found) => seen(found).length === 0);
      deepEqual(quiet, [], "The comment is of use, whether or not the analysis sees for what.");
      equal(document.lineAt(3).text, suppression.trimEnd());
      const back = new vscode.WorkspaceEdit();
      back.delete(document.uri, new vscode.Range(3, 0, 4, 0));
      await vscode.workspace.applyEdit(back);
      await findingsOnce(document, (found) => seen(found).length === 1);
      const [one, two] = ["one", "two"].map((name) => vscode.Uri.file(join(folder, `${name}.heddletrace`)));
      await vscode.commands.executeCommand("heddle.compareTraces", one, two);
      const shown = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isTrace).map(({ label }) => label));
      deepEqual(shown.sort(), ["one.heddletrace", "two.heddletrace"], "Each is open once.");
      equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, "one.heddletrace");
      const exported = vscode.Uri.file(join(folder, "one.json"));
      await vscode.commands.executeCommand("heddle.exportTrace", one, "chrome", exported);
      const events: unknown = JSON.parse(readFileSync(exported.fsPath, "utf8"));
      ok(JSON.stringify(events).includes("stock"), "The export has what the trace has.");
      deepEqual(readdirSync(folder).sort(), ["one.heddletrace", "one.json", "own.ts", "two.heddletrace"]);
      await closeTraces();
      await findingsOnce(document, (found) => seen(found).length === 0);

      // What the analysis finds too is told there, and not twice.
      const { document: deadlock } = await open("deadlock.ts");
      const [till = 0, stock = 0, stockFirst = 0, tillThen = 0] = deadlock
        .getText()
        .split("\n")
        .flatMap((line, i) => (/mutex[AB]\.acquire\(\)/.test(line) ? [i + 1] : []));
      const lines = { t1: [till, stock], t2: [stockFirst, tillThen] } as const;
      const file = join(folder, "both.heddletrace");
      writeFileSync(file, inversion(deadlock.uri.fsPath, lines));
      await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(file), "heddle.trace", beside);
      const isBoth = ({ message }: vscode.Diagnostic): boolean =>
        message.includes("\nAlso seen in a run: Locks were taken in a ring: t1 took stock while it held till");
      const both = await findingsOnce(deadlock, (found) => found.some(isBoth));
      equal(both.filter((each) => ruleOf(each) === "lock-order-inversion").length, 1);
      await closeTraces();
      await findingsOnce(document, (found) => seen(found).length === 0);
    } finally {
      await closeTraces();
      rmSync(folder, { recursive: true });
    }
  },
};
