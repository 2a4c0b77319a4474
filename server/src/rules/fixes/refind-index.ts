import type { Finding, Fix } from "../../finding.js";
import type { Tree } from "../../first-accepted.js";
import type { Program } from "../../program.js";
import { refoundIndex } from "../../source/refound-index.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/**
 * @param site where an element is taken by an index that is out of date
 * @param kept where the index is put into a record
 */
export function refindIndex(program: Program, site: Site, kept: Site, finding: Finding): readonly Fix[] {
  const ways = [false, true].map((mayLack) => (tree: Tree) => refoundIndex(tree, site, kept, mayLack));
  return [gated(program, finding, site.file, "Keep the element and look its index up", ways)];
}
