import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";

/** `()` behind the name of a method. */
export function callMethod(program: Program, named: Site, finding: Finding): readonly Fix[] {
  const { file, end } = named;
  return [
    {
      title: "Call it",
      edits() {
        const edits = [{ site: { file, start: end, end }, newText: "()" }];
        return program.bench.accepts(edits, finding) ? edits : undefined;
      },
    },
  ];
}
