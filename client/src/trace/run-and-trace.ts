import * as vscode from "vscode";
import { type Launching, newTrace, tierFor } from "./launching.js";
import { checkTrust, type Program, programAt, showRefusal } from "./program.js";
import { ProgramError } from "./program-error.js";

/** The command "Heddle: Run and Trace": the program runs as a task, with its output and Ctrl+C where people expect them. */
export function registerRunAndTrace(launching: Launching): vscode.Disposable {
  return vscode.commands.registerCommand("heddle.runAndTrace", async (uri?: vscode.Uri) => {
    try {
      checkTrust();
      await runAndTrace(await programAt(uri), launching);
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      void showRefusal(error);
    }
  });
}

async function runAndTrace(program: Program, launching: Launching): Promise<void> {
  const trace = newTrace(program, launching);
  const { runs, editors } = launching;
  const run = runs.begin(program.file, trace);
  const isOurs = ({ execution }: { readonly execution: vscode.TaskExecution }): boolean =>
    execution.task.definition.trace === trace;
  const end = (): void => {
    runs.end(run);
    subscriptions.dispose();
  };
  // The second is told of what could not even be started.
  const subscriptions = vscode.Disposable.from(
    vscode.tasks.onDidEndTaskProcess((ended) => isOurs(ended) && end()),
    vscode.tasks.onDidEndTask((ended) => isOurs(ended) && end()),
  );
  try {
    await editors.show(trace, vscode.ViewColumn.Beside, true);
    await vscode.tasks.executeTask(taskFor(program, trace, launching.heddle));
  } catch (error) {
    end();
    throw error;
  }
}

/** No shell is between: names with blanks or quotes are what they are. */
function taskFor({ file, name, folder, cwd }: Program, trace: string, heddle: string): vscode.Task {
  const task = new vscode.Task(
    { type: "heddle", trace },
    folder ?? vscode.TaskScope.Workspace,
    vscode.l10n.t("Run and trace {0}", name),
    "heddle",
    new vscode.ProcessExecution("node", [heddle, "run", "--trace", trace, ...tierFor(folder), "--", file], { cwd }),
    [],
  );
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    clear: true,
  };
  return task;
}
