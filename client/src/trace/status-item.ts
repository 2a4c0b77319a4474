import { basename } from "node:path";
import * as vscode from "vscode";
import type { Run, Runs } from "./runs.js";

/** The entry in the status bar: only while something is recorded, and red only for a deadlock. A click shows the trace. */
export function showTraceStatus(runs: Runs): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("heddle.trace", vscode.StatusBarAlignment.Left);
  item.name = vscode.l10n.t("Heddle Trace");
  item.command = "heddle.showTrace";
  const answers = new Map<Run, vscode.Disposable>();
  const show = (): void => {
    const [run, ...more] = runs.live;
    if (run === undefined) return item.hide();
    const isStuck = runs.live.some(({ timeline }) =>
      timeline.snapshot?.deadlocks.some(({ until }) => until === undefined),
    );
    const what = more.length === 0 ? basename(run.script) : vscode.l10n.t("{0} programs", runs.live.length);
    const stuck = vscode.l10n.t("Heddle: deadlock in {0}", what);
    item.text = isStuck ? `$(error) ${stuck}` : `$(pulse) Heddle: ${what}`;
    item.tooltip = vscode.l10n.t("Heddle records what the threads of {0} do. Click to see the trace.", what);
    item.accessibilityInformation = { label: isStuck ? stuck : vscode.l10n.t("Heddle records {0}", what) };
    item.backgroundColor = isStuck ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    item.show();
  };
  return vscode.Disposable.from(
    item,
    runs.onDidBegin((run) => {
      answers.set(
        run,
        run.timeline.onDidAnswer(({ type }) => {
          if (type === "snapshot") show();
        }),
      );
      show();
    }),
    runs.onDidEnd((run) => {
      answers.get(run)?.dispose();
      answers.delete(run);
      show();
    }),
  );
}
