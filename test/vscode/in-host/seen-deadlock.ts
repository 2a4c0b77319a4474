import { deepEqual, equal, match } from "node:assert/strict";
import * as vscode from "vscode";
import { closeTraces, endOfRun, findingsOnce, open, ruleOf, type Scenario } from "./scenario.js";

const seen = (found: readonly vscode.Diagnostic[]): vscode.Diagnostic[] =>
  found.filter(({ message }) => message.startsWith("Deadlock, seen in a run"));

export const seenDeadlock: Scenario = {
  name: "a deadlock that a run ends in is a problem at both lines, until the trace is closed",
  async body() {
    const { document } = await open("deadlock.ts");
    const lines = [...document.getText().matchAll(/mutex[AB]\.acquire\(\)/g)].map(
      ({ index }) => document.positionAt(index).line,
    );
    const [t1First, t1Second, t2First, t2Second] = lines;
    // A second run takes the place of the first.
    for (let run = 0; run < 2; run++) {
      const ended = endOfRun();
      await vscode.commands.executeCommand("heddle.runAndTrace", document.uri);
      const problems = seen(await findingsOnce(document, (found) => seen(found).length === 2));
      deepEqual(problems.map(({ range }) => range.start.line).sort(byNumber), [t1Second, t2Second]);
      for (const problem of problems) {
        equal(ruleOf(problem), "lock-order-inversion");
        equal(problem.severity, vscode.DiagnosticSeverity.Error);
        match(problem.message, /t1 waits for mutexB, which t2 holds/);
        match(problem.message, /t2 waits for mutexA, which t1 holds/);
        const other = problem.range.start.line === t1Second ? t2Second : t1Second;
        const related = problem.relatedInformation?.map(({ location }) => location.range.start.line) ?? [];
        deepEqual(related.sort(byNumber), [t1First, t2First, other].sort(byNumber));
      }
      equal(await ended, 0);
    }
    equal(seen(await findingsOnce(document, () => true)).length, 2, "what ended is still to be seen");
    await closeTraces();
    await findingsOnce(document, (found) => seen(found).length === 0);
  },
};

function byNumber(a = 0, b = 0): number {
  return a - b;
}
