import { statSync } from "node:fs";
import * as vscode from "vscode";
import { DebuggedIsolate } from "./debugged-isolate.js";
import { ProgramError } from "./program-error.js";

/** How a program that a debugger was attached to is recorded. */
export interface AttachedRecording {
  readonly script: string;
  /** The trace file. */
  readonly file: string;
}

/**
 * Asks a process that a debugger was attached to for its trace. Throws {@link ProgramError}, with what to do, where there
 * is none to be read here.
 */
export async function attachedRecording(session: vscode.DebugSession): Promise<AttachedRecording> {
  const told = await new DebuggedIsolate(session).recording();
  const name = session.name;
  if (told === undefined) {
    throw new ProgramError(
      vscode.l10n.t("{0} does not say whether it is recorded, so only the debugger is there. Attach again.", name),
    );
  }
  const { script, trace } = told;
  if (trace === undefined) {
    throw new ProgramError(
      vscode.l10n.t(
        "{0} is not recorded, so only the debugger is there. A recording begins with the program: start it by “heddle run --trace run.heddletrace -- script”, and attach to that.",
        name,
      ),
    );
  }
  const { file, dev, ino } = trace;
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new ProgramError(
      vscode.l10n.t("{0} is recorded in {1}, which is not on this machine, or was taken away.", name, file),
    );
  }
  if (found.dev !== dev || found.ino !== ino) {
    throw new ProgramError(vscode.l10n.t("{0} was recorded in {1}, where there is another file by now.", name, file));
  }
  return { script, file };
}
