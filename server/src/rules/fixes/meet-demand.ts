import type { Edit, Finding, Fix } from "../../finding.js";
import { type DemandSummary, type FunctionView, heldFor, type Path, type Program, pathKey } from "../../program.js";
import { annotated } from "../../source/annotate.js";
import { layoutOf } from "../../source/layout.js";
import { regionsAround } from "../../source/regions.js";
import { gated } from "./gated.js";
import { manualLocking } from "./guard-access.js";
import { wrapInLock } from "./wrap-in-lock.js";

type Demand = DemandSummary["demand"];

/** Takes the annotated lock around all that the function uses without it. */
export function wrapDemands(program: Program, { demand, functionId }: DemandSummary, finding: Finding): readonly Fix[] {
  const fn = program.view(functionId);
  const { lock, site } = demand;
  if (!fn || !lock) return [];
  const expression = expressionOf(program, lock, demand);
  if (expression === undefined) return [];
  const spans = bareDemands(fn, lock).map((each) => ({ start: each.site.start, end: each.site.end, writes: true }));
  const edits = (): readonly Edit[] | undefined => {
    const tree = program.bench.tree(site.file);
    const regions = tree && regionsAround(tree, spans, manualLocking(fn));
    if (!tree || !regions) return undefined;
    return wrapInLock({
      file: site.file,
      regions,
      lock: { expression, hasAsyncForm: true, edits: [] },
      layout: layoutOf(tree),
      allowsUsing: program.bench.allowsUsing(site.file),
      gate: (candidate) => program.bench.accepts(candidate, finding),
    });
  };
  return [{ title: `Wrap in \`${expression}\``, edits }];
}

/** Leaves it to the function's callers to hold the lock. */
export function addRequirement(
  program: Program,
  { demand, functionId }: DemandSummary,
  finding: Finding,
): readonly Fix[] {
  const fn = program.view(functionId);
  const { lock } = demand;
  const isGiven = lock && (lock.root === "this" ? /^this\./.test(lock.text) : /^(module|named):/.test(lock.root));
  if (!fn || !lock || !isGiven || fn.model.entry !== undefined || fn.model.name === "constructor") return [];
  const name = lock.root.startsWith("named:*:") ? `"${lock.text}"` : lock.text;
  const { site } = fn.model;
  return [
    gated(program, finding, site.file, `Leave \`${lock.text}\` to the callers of \`${fn.model.name}\``, [
      (tree) => annotated(tree, site, `@requires ${name}`),
    ]),
  ];
}

/** What the function uses that wants the lock, where it does not hold it. */
function bareDemands(fn: FunctionView, lock: Path): readonly Demand[] {
  const found: Demand[] = [];
  for (const { node, locks } of fn.events()) {
    const { event } = node;
    if (event.kind !== "demand" || !event.lock || pathKey(event.lock) !== pathKey(lock)) continue;
    if (!heldFor(locks.must.values(), lock)) found.push(event);
  }
  return found;
}

/** How the function can name the lock: by the object whose member is used, or by a variable in scope. */
function expressionOf(program: Program, lock: Path, { object, site }: Demand): string | undefined {
  if (object && lock.root === object.root) return lock.text;
  const name = program.bench.lockName(lock, site);
  if (name) return name.importFrom === undefined ? name.expression : undefined;
  return lock.root.startsWith("named:*:") || lock.root === "this" ? undefined : lock.text;
}
