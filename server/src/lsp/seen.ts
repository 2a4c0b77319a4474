import { type SeenAnswer, type SeenParams, seenRequest } from "../protocol.js";
import { judgeSeen } from "../seen-in-run.js";
import { staticFinding } from "./located-finding.js";
import { staticLockOrder } from "./located-lock-order.js";
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
          lockOrderOf: (files) => workspace.snapshotsOf(files).flatMap((snapshot) => staticLockOrder(snapshot, files)),
          findingsIn: (file) => workspace.lookAtClosed(file).map((finding) => staticFinding(finding, file)),
        }),
    ),
  );
}
