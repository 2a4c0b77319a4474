import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";
import { cutFrom } from "./message-lists.js";

/** Cuts what a message takes along out of its list, so that it has a copy. */
export function sendCopy(program: Program, listed: Site | undefined, finding: Finding): readonly Fix[] {
  return cutFrom(program, "Send a copy", listed, finding);
}
