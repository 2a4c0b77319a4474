import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** A copy in front of the loop, which nobody else changes. */
export function copyWalked(program: Program, { file, start, end }: Site, finding: Finding): readonly Fix[] {
  return [
    gated(program, finding, file, "Go through a copy", [
      () => [
        { start, end: start, newText: "[..." },
        { start: end, end, newText: "]" },
      ],
    ]),
  ];
}
