import type { Finding, Fix } from "../../finding.js";
import type { Tree } from "../../first-accepted.js";
import type { Program } from "../../program.js";
import { rejectedEntries } from "../../source/rejected-entries.js";
import { settledForNone, wokenAlways } from "../../source/settled-always.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** The wake-up goes into a `finally`. */
export function wakeAlways(program: Program, notify: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, notify.file, "Wake it on every way out", [(tree) => wokenAlways(tree, notify)])];
}

/** A wait for all of nothing is over at once. */
export function settleForNone(
  program: Program,
  wait: { readonly collection: string; readonly settles: Site; readonly loop: Site },
  finding: Finding,
): readonly Fix[] {
  const { collection, settles, loop } = wait;
  const sizes = ["length", "size"] as const;
  return [
    gated(
      program,
      finding,
      loop.file,
      "Settle it at once where there is nothing to wait for",
      sizes.map((size) => (tree) => settledForNone(tree, collection, settles, loop, size)),
    ),
  ];
}

/** Promises in a container are rejected where the end of the peer is handled that would settle them. */
export function rejectOpen(
  program: Program,
  open: { readonly stored: Site; readonly messages: readonly Site[]; readonly ends: readonly Site[] },
  finding: Finding,
): readonly Fix[] {
  const { stored, messages, ends } = open;
  const [end] = ends;
  if (!end) return [];
  // The cause is told where the target knows of it.
  const ways = [true, false].map(
    (withCause) => (tree: Tree) => rejectedEntries(tree, stored, messages, ends, withCause),
  );
  return [gated(program, finding, end.file, "Reject what is open", ways)];
}
