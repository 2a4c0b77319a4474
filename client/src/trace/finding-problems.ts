import type { Finding, FindingPlace, Place } from "../../shared/messages.js";
import { shown } from "../../shared/shown.js";
import { isInFile, type SeenProblem } from "./seen-problem.js";

/** Names of the program stand in messages, and may be of any length. */
const LONGEST_MESSAGE = 600;

/** What there is to say about the findings of a run: at the place that matters most, with the others beside it. */
export function findingProblems(findings: readonly Finding[]): readonly SeenProblem[] {
  return findings.flatMap(({ id, isRule, message, places, times }) => {
    const [main, ...others] = places.filter(isAt);
    if (main === undefined) return [];
    const often = times === 1 ? "" : ` (${times.toLocaleString("en")} times)`;
    return {
      place: main.place,
      message: `Seen in a run${often}: ${shown(message, LONGEST_MESSAGE)}`,
      // What took long is no defect of its own.
      severity: isRule ? ("warning" as const) : ("info" as const),
      rule: id,
      related: others.map(({ what, place }) => ({ place, message: shown(what, LONGEST_MESSAGE) })),
    };
  });
}

function isAt(side: FindingPlace): side is FindingPlace & { readonly place: Place } {
  return isInFile(side.place);
}
