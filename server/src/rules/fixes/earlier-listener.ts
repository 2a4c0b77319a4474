import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { listenedEarlier } from "../../source/earlier-listener.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

export function listenEarlier(program: Program, listener: Site, wait: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, listener.file, "Listen before the wait", [(tree) => listenedEarlier(tree, listener, wait)]),
  ];
}
