import type { Finding, FindingPlace } from "../../shared/report.js";
import { shown } from "../../shared/shown.js";
import type { Place } from "../../shared/snapshot.js";
import { isInFile, type SeenProblem } from "./seen-problem.js";

/** Names of the program stand in messages, and may be of any length. */
const LONGEST_MESSAGE = 600;

/**
 * What there is to say about a finding of a run: at the place that matters most, with the others beside it. Undefined
 * where no place is in a file.
 */
export function findingProblem({ id, isRule, message, places, times }: Finding): SeenProblem | undefined {
  const [main, ...others] = places.filter(isAt);
  if (main === undefined) return undefined;
  const often = times === 1 ? "" : ` (${times.toLocaleString("en")} times)`;
  const story = shown(message, LONGEST_MESSAGE);
  return {
    place: main.place,
    message: `Seen in a run${often}: ${story}`,
    note: `Also seen in a run${often}: ${story}`,
    // What took long is no defect of its own.
    severity: isRule ? "warning" : "info",
    id,
    related: others.map(({ what, place }) => ({ place, message: shown(what, LONGEST_MESSAGE) })),
  };
}

function isAt(side: FindingPlace): side is FindingPlace & { readonly place: Place } {
  return isInFile(side.place);
}
