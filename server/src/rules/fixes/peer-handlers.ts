import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { rejectedOnFailure } from "../../source/peer-handlers.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** @param listens where the message is listened to that settles a promise */
export function rejectOnFailure(program: Program, listens: Site, isProcess: boolean, finding: Finding): readonly Fix[] {
  const title = isProcess ? "Reject the promise when the process ends" : "Reject the promise when the worker fails";
  return [gated(program, finding, listens.file, title, [(tree) => rejectedOnFailure(tree, listens, isProcess)])];
}
