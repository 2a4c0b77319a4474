import { isAbsolute } from "node:path";
import type { Place } from "../../shared/messages.js";

/** What Problems says of something that was seen in a run. */
export interface SeenProblem {
  readonly place: Place;
  readonly message: string;
  readonly severity: "error" | "warning" | "info";
  /** Undefined where no rule is about it. */
  readonly rule: string | undefined;
  readonly related: readonly { readonly place: Place; readonly message: string }[];
}

/** Code that a program makes up as it runs has a name in brackets instead of a path: there is nothing to open. */
export function isInFile(place: Place | undefined): place is Place {
  return place !== undefined && isAbsolute(place.file);
}
