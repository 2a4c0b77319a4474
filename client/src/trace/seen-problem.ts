import { isAbsolute } from "node:path";
import type { Place } from "../../shared/snapshot.js";

/** What Problems says of something that was seen in a run. */
export interface SeenProblem {
  readonly place: Place;
  readonly message: string;
  /** The same beside what the analysis says of it. */
  readonly note: string;
  readonly severity: "error" | "warning" | "info";
  /** The rule that finds the same in the source; what went wrong where there is none. */
  readonly id: string;
  readonly related: readonly { readonly place: Place; readonly message: string }[];
}

/** Code that a program makes up as it runs has a name in brackets instead of a path: there is nothing to open. */
export function isInFile(place: Place | undefined): place is Place {
  return place !== undefined && isAbsolute(place.file);
}
