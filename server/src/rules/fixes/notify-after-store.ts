import type { Edit, Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import { layoutOf } from "../../source/layout.js";
import { callStatementAt } from "../../source/method-call.js";
import type { Site } from "../../source/site.js";

/** `Atomics.notify` behind every `Atomics.store`; none where one of the changes has another form. */
export function notifyAfterStore(
  program: Program,
  changes: readonly { readonly site: Site }[],
  finding: Finding,
): readonly Fix[] {
  const edits: Edit[] = [];
  for (const { site } of changes) {
    const tree = program.bench.tree(site.file);
    const statement = tree && callStatementAt(tree, site.start, site.end);
    const [array, index] = statement?.args ?? [];
    if (!tree || !statement || !/\bAtomics\.store$/.test(statement.callee) || !array || !index) return [];
    const { newline, semicolon } = layoutOf(tree);
    const newText = `${newline}${statement.indentation}Atomics.notify(${array}, ${index})${semicolon}`;
    edits.push({ site: { file: site.file, start: statement.end, end: statement.end }, newText });
  }
  if (edits.length === 0) return [];
  const title = "Add `Atomics.notify` after the store";
  return [{ title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}
