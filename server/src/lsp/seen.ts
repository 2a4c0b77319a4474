import { type SeenAnswer, type SeenParams, seenRequest } from "../protocol.js";
import { judgeSeen } from "../seen-in-run.js";
import { staticFinding } from "./located-finding.js";
import type { Session } from "./session.js";

/** `heddle/seen`: which of the things that a recorded run showed are known, suppressed or set to something else. */
export function answerSeen({ connection, log, workspace }: Session): void {
  connection.onRequest(
    seenRequest,
    log.guard(
      "judging what was seen in a run",
      { verdicts: [], unseen: [] },
      (params: SeenParams): SeenAnswer =>
        judgeSeen(params, {
          textOf: (file) => workspace.textOf(file),
          levelOf: (file, id) => workspace.levelOf(file, id),
          findingsIn: (file) => workspace.lookAtClosed(file).map((finding) => staticFinding(finding, file)),
        }),
    ),
  );
}
