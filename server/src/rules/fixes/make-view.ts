import type { Edit, Finding, Fix } from "../../finding.js";
import type { Program, ViewShape } from "../../program.js";
import { newExpressionAt } from "../../source/method-call.js";
import type { Site } from "../../source/site.js";

/** Makes a view on which threads can wait: of 32-bit integers, in shared memory. */
export function sharedViewFix(program: Program, made: Site, view: ViewShape, finding: Finding): readonly Fix[] {
  const tree = program.bench.tree(made.file);
  const creation = tree && newExpressionAt(tree, made.start, made.end);
  if (!creation) return [];
  const isWide = view.array.startsWith("Big");
  const array = isWide ? "BigInt64Array" : "Int32Array";
  const at = (span: { start: number; end: number }): Site => ({ file: made.file, start: span.start, end: span.end });
  const edits: Edit[] = [];
  if (array !== view.array) edits.push({ site: at(creation.callee), newText: array });
  const [first] = creation.args;
  if (view.shared === "no") {
    // The number of elements is given: the buffer has to be made of it.
    if (!first || creation.args.length > 1 || view.length === undefined || view.buffer) return [];
    const bytes = `${first.isSimple ? first.text : `(${first.text})`} * ${array}.BYTES_PER_ELEMENT`;
    edits.push({ site: at(first), newText: `new SharedArrayBuffer(${bytes})` });
  }
  const title = view.shared === "no" ? "Make it in a `SharedArrayBuffer`" : `Make it an \`${array}\``;
  return [{ title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}
