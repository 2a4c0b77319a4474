/** The command "Heddle: Export Trace…": a trace for other viewers, in a file that the user names. */
import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import * as vscode from "vscode";
import type { Answer, Instruction } from "../../shared/messages.js";
import { traceTitle } from "./trace-title.js";

type ExportInstruction = Instruction & { readonly type: "export" };
type ExportFormat = ExportInstruction["format"];

interface ExportChoice extends vscode.QuickPickItem {
  readonly format: ExportFormat;
  readonly extension: string;
}

function choices(): readonly ExportChoice[] {
  return [
    {
      format: "chrome",
      extension: "json",
      label: "Chrome JSON",
      description: vscode.l10n.t("for chrome://tracing, ui.perfetto.dev and many others"),
    },
    {
      format: "perfetto",
      extension: "pftrace",
      label: "Perfetto",
      description: vscode.l10n.t("protocol buffers for ui.perfetto.dev, a third of the size"),
    },
  ];
}

/** `script` is the timelines' worker; `choose` returns the trace that the command is about where none is given. */
export function registerExportTrace(script: string, choose: () => Promise<string | undefined>): vscode.Disposable {
  return vscode.commands.registerCommand(
    "heddle.exportTrace",
    async (trace?: vscode.Uri, format?: ExportFormat, output?: vscode.Uri): Promise<void> => {
      const file = trace?.fsPath ?? (await choose());
      if (file === undefined) return;
      const choice =
        choices().find((each) => each.format === format) ??
        (await vscode.window.showQuickPick(choices(), { placeHolder: vscode.l10n.t("Which format?") }));
      if (choice === undefined) return;
      const target = output ?? (await askForOutput(file, choice));
      if (target !== undefined) await exportTo(script, file, target, choice);
    },
  );
}

function askForOutput(file: string, { label, extension }: ExportChoice): Thenable<vscode.Uri | undefined> {
  const name = `${traceTitle(file)}.${extension}`;
  return vscode.window.showSaveDialog({
    title: vscode.l10n.t("Export Trace"),
    saveLabel: vscode.l10n.t("Export"),
    filters: { [label]: [extension] },
    defaultUri: vscode.Uri.joinPath(exportFolder(file), name),
  });
}

/** Traces lie in a folder of VS Code's own, where nobody looks for what they exported. */
export function exportFolder(file: string): vscode.Uri {
  return vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(dirname(file));
}

async function exportTo(
  script: string,
  file: string,
  target: vscode.Uri,
  { format, label }: ExportChoice,
): Promise<void> {
  const name = basename(target.fsPath);
  try {
    if (target.scheme !== "file") throw new Error(vscode.l10n.t("it can be written to the disk only"));
    if (target.fsPath === file) throw new Error(vscode.l10n.t("that is the trace itself"));
    const instruction: ExportInstruction = {
      ...{ type: "export", file, output: target.fsPath, format },
      part: join(dirname(target.fsPath), `.${name}.${process.pid}.part`),
    };
    const problem = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t("Heddle: exporting {0}", basename(file)),
        cancellable: true,
      },
      (progress, token) => run(script, instruction, progress, token),
    );
    if (problem === "cancelled") return;
    const whole = vscode.l10n.t("Heddle: {0} has the trace as {1}.", name, label);
    const rest = problem.problem === undefined ? "" : vscode.l10n.t("Not everything is in it: {0}.", problem.problem);
    void tellOf([whole, rest].filter(Boolean).join(" "), target);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(vscode.l10n.t("Heddle: {0} cannot be exported: {1}", name, reason));
  }
}

async function tellOf(message: string, target: vscode.Uri): Promise<void> {
  const reveal = vscode.l10n.t("Show in Folder");
  const chosen = await vscode.window.showInformationMessage(message, reveal);
  if (chosen === reveal) await vscode.commands.executeCommand("revealFileInOS", target);
}

/** Whoever cancels it finds nothing half of it, and what was there before. */
async function run(
  script: string,
  instruction: ExportInstruction,
  progress: vscode.Progress<{ readonly increment?: number; readonly message?: string }>,
  token: vscode.CancellationToken,
): Promise<"cancelled" | { readonly problem: string | undefined }> {
  const worker = new Worker(script, { name: "heddle export", execArgv: [] });
  let told = 0;
  let cancelling: vscode.Disposable | undefined;
  try {
    return await new Promise((resolve, reject) => {
      worker.on("message", (answer: Answer) => {
        if (answer.type === "exported") return resolve({ problem: answer.problem });
        if (answer.type !== "exporting") return;
        const percent = Math.floor(answer.done * 100);
        progress.report({ increment: percent - told, message: `${percent} %` });
        told = percent;
      });
      worker.on("error", reject);
      worker.on("exit", () => reject(new Error("its thread ended")));
      cancelling = token.onCancellationRequested(() => resolve("cancelled"));
      worker.postMessage(instruction);
    });
  } finally {
    cancelling?.dispose();
    await worker.terminate();
    rmSync(instruction.part, { force: true });
  }
}
