import type { Edit, Finding, Fix } from "../finding.js";
import { type FunctionView, type Path, type Program, pathKey } from "../program.js";
import { ifAround } from "../source/method-call.js";
import { type Site, siteKey } from "../source/site.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Wait that is not repeated until its condition holds",
  severity: "warning",
  checkFunction(fn, program, report) {
    for (const { site, on, look } of lonelyWaits(fn, program)) {
      report({
        message: `After this wait for "${on.text}" nobody looks again whether what was waited for is so: another thread may have been faster.`,
        site,
        related: [look ?? { message: "the wait may end while it is not so", site: fn.model.site }],
        fixes: (finding) => repeat(program, site, finding),
      });
    }
  },
};

interface LonelyWait {
  readonly site: Site;
  readonly on: Path;
  readonly look: { readonly message: string; readonly site: Site } | undefined;
}

function* lonelyWaits(fn: FunctionView, program: Program): Generator<LonelyWait> {
  const seen = new Set<string>();
  for (const { node, index } of fn.events()) {
    const { event } = node;
    if (event.kind !== "wait" || !event.pause || !event.on || seen.has(siteKey(event.site))) continue;
    seen.add(siteKey(event.site)); // A copy in a `finally` says nothing new.
    if (fn.repeats(index)) continue;
    if (event.pause.inVain) {
      // A function that only waits leaves the loop to those who call it.
      if (!program.isCalledRepeatedly(fn.model.id)) yield { site: event.site, on: event.on, look: undefined };
      continue;
    }
    const look = consumingLook(fn, index, event.on);
    if (look) yield { site: event.site, on: event.on, look: { message: "it was looked at here, once", site: look } };
  }
}

/**
 * For `Atomics.wait`, which never comes back for nothing: a look at the word that decides whether to wait at all, in a
 * function that takes what it finds by changing the word. Where the word only ever goes one way, one look is enough.
 */
function consumingLook(fn: FunctionView, wait: number, on: Path): Site | undefined {
  const { nodes } = fn.model;
  const key = pathKey(on);
  for (const [index, { event }] of nodes.entries()) {
    if (event.kind !== "wait" || event.pause || !event.on || pathKey(event.on) !== key) continue;
    if (!fn.reachable(index).has(wait) || !fn.leavesAround(index, wait)) continue;
    const takes = nodes.some(({ event: change }, at) => {
      if (change.kind !== "notify" || change.wakes || !change.on || pathKey(change.on) !== key) return false;
      return siteKey(change.site) === siteKey(event.site) || fn.reachable(wait).has(at);
    });
    if (takes) return event.site;
  }
  return undefined;
}

/** `while` in place of `if`. */
function repeat(program: Program, site: Site, finding: Finding): readonly Fix[] {
  const tree = program.bench.tree(site.file);
  const keyword = tree && ifAround(tree, site.start, site.end);
  if (!keyword) return [];
  const edits: Edit[] = [{ site: { file: site.file, ...keyword }, newText: "while" }];
  return [
    { title: "Use `while` instead of `if`", edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) },
  ];
}
