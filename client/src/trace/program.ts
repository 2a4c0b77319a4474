import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import * as vscode from "vscode";
import { ProgramError } from "./program-error.js";

const extensions = new Set([".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx"]);

/** A file of the user's that Node.js is to run. */
export interface Program {
  readonly file: string;
  readonly name: string;
  readonly folder: vscode.WorkspaceFolder | undefined;
  /** Where it runs. */
  readonly cwd: string;
}

/** The program at `uri`, or in the active editor. Saves it if that has to be. Throws {@link ProgramError}. */
export async function programAt(uri: vscode.Uri | undefined): Promise<Program> {
  const chosen = uri ?? vscode.window.activeTextEditor?.document.uri;
  if (chosen === undefined) throw new ProgramError(vscode.l10n.t("Open the program's main file first, then run it."));
  if (chosen.scheme === "untitled")
    throw new ProgramError(vscode.l10n.t("Save the file first: Node.js runs what is on the disk."));
  if (chosen.scheme !== "file")
    throw new ProgramError(vscode.l10n.t("{0} is not on the disk, so it cannot be run.", basename(chosen.path)));
  const program = programIn(chosen.fsPath);
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === chosen.toString());
  if (document?.isDirty && !(await document.save()))
    throw new ProgramError(vscode.l10n.t("{0} could not be saved.", program.name));
  return program;
}

/** The program in a file. Throws {@link ProgramError}. */
export function programIn(file: string): Program {
  const name = basename(file);
  if (!extensions.has(extname(file))) {
    throw new ProgramError(
      vscode.l10n.t("{0} is neither TypeScript nor JavaScript: open the program's main file, then run it.", name),
    );
  }
  if (!existsSync(file) || !statSync(file).isFile())
    throw new ProgramError(vscode.l10n.t("There is no file {0}.", file));
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file));
  return { file, name, folder, cwd: folder?.uri.fsPath ?? dirname(file) };
}

/** Nothing of a workspace is run before the user trusts it. Throws {@link ProgramError}. */
export function checkTrust(): void {
  if (!vscode.workspace.isTrusted) {
    throw new ProgramError(vscode.l10n.t("This workspace is not trusted, and to trace a program is to run it."));
  }
}

/** Says why something is not run. */
export async function showRefusal(error: ProgramError): Promise<void> {
  const manage = vscode.l10n.t("Manage Workspace Trust");
  const choices = vscode.workspace.isTrusted ? [] : [manage];
  const choice = await vscode.window.showErrorMessage(`Heddle: ${error.message}`, ...choices);
  if (choice === manage) await vscode.commands.executeCommand("workbench.trust.manage");
}
