import * as vscode from "vscode";
import { registerExportTrace } from "./export-trace.js";
import type { Runs } from "./runs.js";
import type { Timelines } from "./timelines.js";
import type { TraceEditors } from "./trace-editor.js";
import type { TraceFolder } from "./trace-folder.js";
import { traceTitle } from "./trace-title.js";

/**
 * The commands "Heddle: Show Trace", for runs of this workspace, "Heddle: Open Trace…", for any file, and "Heddle: Compare
 * with Another Trace…" and "Heddle: Export Trace…", for the trace that was looked at last. `script` is the timelines' worker.
 */
export function registerShowTrace(
  script: string,
  folder: TraceFolder,
  runs: Runs,
  timelines: Timelines,
  editors: TraceEditors,
): vscode.Disposable {
  const current = async (): Promise<string | undefined> => timelines.current?.file ?? (await chooseTrace(folder, runs));
  return vscode.Disposable.from(
    registerExportTrace(script, current),
    vscode.commands.registerCommand("heddle.showTrace", async () => {
      const file = await chooseTrace(folder, runs);
      if (file !== undefined) await editors.show(file, vscode.ViewColumn.Active, false);
    }),
    vscode.commands.registerCommand("heddle.openTrace", async () => {
      for (const { fsPath } of await askForTrace(vscode.l10n.t("Open Trace"), folder)) {
        await editors.show(fsPath, vscode.ViewColumn.Active, false);
      }
    }),
    vscode.commands.registerCommand("heddle.compareTraces", async (first?: vscode.Uri, second?: vscode.Uri) => {
      const file = first?.fsPath ?? (await current());
      if (file === undefined) return;
      const [other] =
        second === undefined ? await askForTrace(vscode.l10n.t("Compare with Another Trace"), folder) : [second];
      if (other !== undefined) await editors.compare(file, other.fsPath);
    }),
  );
}

async function askForTrace(title: string, folder: TraceFolder): Promise<readonly vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    filters: { [vscode.l10n.t("Heddle traces")]: ["heddletrace"] },
    ...(folder.files.length === 0 ? {} : { defaultUri: vscode.Uri.file(folder.path) }),
  });
  return chosen ?? [];
}

/** The one that is recorded now; else the user chooses, the newest first. */
async function chooseTrace(folder: TraceFolder, runs: Runs): Promise<string | undefined> {
  const live = runs.live.map(({ timeline }) => timeline.file);
  if (live.length === 1) return live[0];
  const files = [...live, ...folder.files.filter((file) => !live.includes(file))];
  if (files.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("Heddle: nothing was recorded here yet. Start with Run and Trace."),
    );
    return undefined;
  }
  const items = files.map((file) => ({
    label: traceTitle(file),
    description: live.includes(file) ? vscode.l10n.t("running") : "",
    file,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t("Which run do you want to see?"),
  });
  return chosen?.file;
}
