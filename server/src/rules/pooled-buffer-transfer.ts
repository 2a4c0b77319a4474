import type { Finding, Fix } from "../finding.js";
import type { Program } from "../program.js";
import type { Site } from "../source/site.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Transfer of the memory that all small buffers share",
  severity: "error",
  checkFunction(fn, program, report) {
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "pooled") continue;
      const { text, maker, made, site } = event;
      report({
        message: `"${text}" may be the pool from which "${maker}" cuts all small buffers, and that cannot be transferred.`,
        site,
        related: [{ message: "the buffer is made here", site: made }],
        fixes: (finding) => ownMemory(program, made, finding),
      });
    }
  },
};

/** A view of memory that nobody else has a part of. */
function ownMemory(program: Program, { file, start, end }: Site, finding: Finding): readonly Fix[] {
  const edits = [
    { site: { file, start, end: start }, newText: "new Uint8Array(" },
    { site: { file, start: end, end }, newText: ")" },
  ];
  return [
    {
      title: "Copy it into memory of its own",
      edits: () => (program.bench.accepts(edits, finding) ? edits : undefined),
    },
  ];
}
