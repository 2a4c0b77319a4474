import { basename } from "node:path";
import * as vscode from "vscode";
import type { Run, Runs } from "./runs.js";

/** The entry in the status bar: only while something is recorded, and red only for a deadlock. A click shows the trace. */
export function showTraceStatus(runs: Runs): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("heddle.trace", vscode.StatusBarAlignment.Left);
  item.name = "Heddle Trace";
  item.command = "heddle.showTrace";
  const answers = new Map<Run, vscode.Disposable>();
  const show = (): void => {
    const [run, ...more] = runs.live;
    if (run === undefined) return item.hide();
    const isStuck = runs.live.some(({ timeline }) =>
      timeline.snapshot?.deadlocks.some(({ until }) => until === undefined),
    );
    const what = more.length === 0 ? basename(run.script) : `${runs.live.length} programs`;
    item.text = isStuck ? `$(error) Heddle: deadlock in ${what}` : `$(pulse) Heddle: ${what}`;
    item.tooltip = `Heddle records what the threads of ${what} do. Click to see the trace.`;
    item.accessibilityInformation = { label: isStuck ? `Heddle: deadlock in ${what}` : `Heddle records ${what}` };
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
