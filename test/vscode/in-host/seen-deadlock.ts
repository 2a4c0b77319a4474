import { deepEqual, equal, match } from "node:assert/strict";
import * as vscode from "vscode";
import { closeTraces, endOfRun, findingsOnce, open, ruleOf, type Scenario } from "./scenario.js";

const ofRule = (found: readonly vscode.Diagnostic[]): vscode.Diagnostic[] =>
  found.filter((each) => ruleOf(each) === "lock-order-inversion");
const seen = (found: readonly vscode.Diagnostic[]): vscode.Diagnostic[] =>
  ofRule(found).filter(({ message }) => message.includes("Also seen in a run, as a deadlock"));

export const seenDeadlock: Scenario = {
  name: "a deadlock that a run ends in is told beside what the analysis finds, once, until the trace is closed",
  async body() {
    const { document } = await open("deadlock.ts");
    const lines = [...document.getText().matchAll(/mutex[AB]\.acquire\(\)/g)].map(
      ({ index }) => document.positionAt(index).line,
    );
    const before = ofRule(await findingsOnce(document, (found) => ofRule(found).length > 0));
    // A second run takes the place of the first.
    for (let run = 0; run < 2; run++) {
      const ended = endOfRun();
      await vscode.commands.executeCommand("heddle.runAndTrace", document.uri);
      const [problem] = seen(await findingsOnce(document, (found) => seen(found).length > 0));
      equal(problem?.range.start.line, before[0]?.range.start.line);
      match(
        problem?.message ?? "",
        /\nAlso seen in a run, as a deadlock: t\d waits for mutex[AB], which t\d holds; t\d waits/,
      );
      const related = problem?.relatedInformation?.map(({ location }) => location.range.start.line) ?? [];
      deepEqual(
        lines.filter((line) => !related.includes(line)),
        [],
        "All places of the run are there.",
      );
      equal(await ended, 0);
    }
    // Nothing is told twice, and what ended is still to be seen.
    await findingsOnce(document, (found) => ofRule(found).length === before.length && seen(found).length === 1);
    await closeTraces();
    await findingsOnce(document, (found) => seen(found).length === 0);
  },
};
