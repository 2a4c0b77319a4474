import * as vscode from "vscode";
import type { Program } from "./program.js";
import { ProgramError } from "./program-error.js";
import type { Runs } from "./runs.js";
import type { Timelines } from "./timelines.js";
import type { TraceEditors } from "./trace-editor.js";
import type { TraceFolder } from "./trace-folder.js";

/** What a command that starts a program needs. */
export interface Launching {
  /** The command line of Heddle, a script for Node.js. */
  readonly heddle: string;
  readonly folder: TraceFolder;
  readonly timelines: Timelines;
  readonly runs: Runs;
  readonly editors: TraceEditors;
}

/** What the command line is told of how much to record. */
export function tierFor(folder: vscode.WorkspaceFolder | undefined): readonly string[] {
  const tier = vscode.workspace.getConfiguration("heddle.trace", folder).get("tier");
  // Settings may be anything; the default needs no word.
  return tier === "contended" || tier === "state" ? ["--tier", tier] : [];
}

/** Makes the file for a run that begins now. Throws {@link ProgramError}. */
export function newTrace({ file }: Program, { folder, timelines }: Launching): string {
  try {
    return folder.create(file, new Set(timelines.all.map((timeline) => timeline.file)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProgramError(vscode.l10n.t("There is no place for the trace: {0}", reason));
  }
}
