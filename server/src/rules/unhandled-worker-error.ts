import type { UnheardPeer } from "../program.js";
import { rejectOnFailure } from "./fixes/peer-handlers.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Worker or process whose failure nobody hears of",
  severity: "warning",
  checkProgram(program, report) {
    for (const peer of program.unheardPeers) {
      const { kind, site, listens, settles } = peer;
      const heard = settles ? "a promise waits for its message here" : "only its messages are listened to";
      report({
        message: messageOf(peer),
        site,
        related: [{ message: heard, site: listens }],
        ...(settles ? { fixes: (finding) => rejectOnFailure(program, listens, kind === "process", finding) } : {}),
      });
    }
  },
};

function messageOf({ kind, text, settles, isBounded }: UnheardPeer): string {
  const lasting = isBounded ? "learns of it late" : "stays open for ever";
  const waits = settles ? `, and the promise that waits for its message ${lasting}` : "";
  switch (kind) {
    case "worker":
      return settles
        ? `Nobody hears when "${text}" fails: its error ends the whole program, and if it exits, the promise that waits for its message ${lasting}.`
        : `Nobody hears when "${text}" fails: an error that leaves it ends the whole program.`;
    case "page worker":
      return `Nobody hears when "${text}" fails: its error is only printed${waits}.`;
    case "process":
      return `Nobody hears when "${text}" ends: that it failed remains unknown${waits}.`;
  }
}
