import { keyOfCaller, placeOfCaller } from "../place.js";
import { writeText } from "../text.js";

/** Places of this thread's calls: a heap block with the text for each. They stay for ever, as the source does. */
const known = new Map<string, number>();

/** The place in the source that called this library: a heap block with `file:line:column`; 0 when it is not known. */
export function siteOfCaller(): number {
  const key = keyOfCaller();
  if (key === undefined) return 0;
  let site = known.get(key);
  if (site === undefined) {
    const place = placeOfCaller();
    site = place === undefined ? 0 : writeText(place);
    known.set(key, site);
  }
  return site;
}
