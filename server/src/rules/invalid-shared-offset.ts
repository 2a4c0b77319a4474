import type { Edit, Finding, Fix, Related } from "../finding.js";
import type { FunctionView, Node, Program, ViewShape } from "../program.js";
import type { Site } from "../source/site.js";
import type { Report, Rule } from "./rule.js";

type ViewMade = Extract<Node["event"], { kind: "view-made" }>;

export const rule: Rule = {
  title: "Offset or index outside of shared memory",
  severity: "error",
  checkFunction(fn, program, report) {
    checkViews(fn, program, report);
    checkIndices(fn, report);
  },
};

function checkViews(fn: FunctionView, program: Program, report: Report): void {
  for (const { event } of fn.model.nodes) {
    if (event.kind !== "view-made") continue;
    const why = objection(event.shape);
    if (why === undefined) continue;
    const site = event.offset ?? event.site;
    const related: Related[] = [{ message: `the "${event.shape.array}" is made here`, site: event.site }];
    if (event.shape.buffer) related.push({ message: "its buffer is made here", site: event.shape.buffer });
    report({
      message: `This "${event.shape.array}" throws a RangeError where it is made: ${why}.`,
      site,
      related,
      fixes: (finding) => alignedFix(program, event, finding),
    });
  }
}

/** The next offset at which a view of such elements may begin. */
function alignedFix(program: Program, { offset, shape }: ViewMade, finding: Finding): readonly Fix[] {
  if (!offset || shape.offset === undefined || shape.offset % shape.bytes === 0) return [];
  const aligned = Math.ceil(shape.offset / shape.bytes) * shape.bytes;
  const edits: readonly Edit[] = [{ site: offset, newText: String(aligned) }];
  const title = `Begin at byte ${aligned}`;
  return [{ title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}

/** Why no such view can be made. All numbers are in bytes. */
function objection({ bytes, offset, length, bufferBytes }: ViewShape): string | undefined {
  if (offset === undefined) return undefined;
  if (offset % bytes !== 0) return `it begins at byte ${offset}, which is no multiple of its ${bytes} bytes`;
  if (bufferBytes === undefined) return undefined;
  if (offset > bufferBytes) return `it begins at byte ${offset} of a buffer of ${bufferBytes}`;
  const isWhole = length === undefined || Number.isInteger(length);
  if (!isWhole) return `the buffer's ${bufferBytes - offset} bytes are no multiple of its ${bytes} bytes`;
  const end = length === undefined ? offset : offset + length * bytes;
  return end > bufferBytes ? `it ends at byte ${end} of a buffer of ${bufferBytes}` : undefined;
}

function checkIndices(fn: FunctionView, report: Report): void {
  for (const { event } of fn.model.nodes) {
    if (event.kind !== "operate" || event.index === undefined || event.view?.length === undefined) continue;
    const { length } = event.view;
    if (event.index < length || !Number.isInteger(length)) continue;
    const made: Site = event.view.made ?? event.array;
    report({
      message: `"${event.name}" throws a RangeError here: "${event.text}" has ${length} elements, and none with the index ${event.index}.`,
      site: event.site,
      related: [{ message: `"${event.text}" is made here`, site: made }],
    });
  }
}
