import process from "node:process";
import type { Invitation } from "./invitation.js";
import { takeInvitation } from "./plain-processes.js";
import { recordPlainThread } from "./plain-threads.js";
import { currentSession } from "./slot.js";
import { joinRecording, type RecordingOptions, startRecording } from "./start.js";

/** Records this process if its environment says so. Whoever wants a recording wants the program even more. Resolves when that is so. */
export async function recordInvited(): Promise<void> {
  const written = takeInvitation();
  if (written === undefined) return;
  try {
    const wanted = JSON.parse(written) as RecordingOptions | Invitation;
    if ("run" in wanted) joinRecording(wanted);
    else startRecording(wanted);
    if (currentSession() !== undefined) await recordPlainThread();
  } catch (error) {
    // A full disk, say.
    process.stderr.write(`heddle: nothing is recorded: ${error instanceof Error ? error.message : error}\n`);
  }
}
