import type { Edit, Finding, Fix } from "../../finding.js";
import type { FunctionView, Program } from "../../program.js";
import { methodCallAt } from "../../source/method-call.js";
import { type Site, siteKey } from "../../source/site.js";

/** The method that does the same without stopping the thread, where the lock is taken at `site` by one that stops it. */
export function asyncFormFix(program: Program, fn: FunctionView, site: Site, finding: Finding): readonly Fix[] {
  const key = siteKey(site);
  const form = fn.model.nodes
    .map(({ event }) => (event.kind === "acquire" && siteKey(event.site) === key ? event.asyncForm : undefined))
    .find((name) => name !== undefined);
  const tree = program.bench.tree(site.file);
  const call = tree && methodCallAt(tree, site.start, site.end);
  if (form === undefined || !call || !(call.mayAwait || call.isReturned)) return [];
  const at = (start: number, end: number): Site => ({ file: site.file, start, end });
  const edits: Edit[] = [{ site: at(call.name.start, call.name.end), newText: form }];
  if (call.mayAwait && !call.isAwaited) {
    edits.push({ site: at(call.start, call.start), newText: call.needsParentheses ? "(await " : "await " });
    if (call.needsParentheses) edits.push({ site: at(call.end, call.end), newText: ")" });
  }
  return [{ title: `Use \`${form}\``, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}
