import type { Edit, Finding, Fix } from "../../finding.js";
import { type AccessSummary, type FunctionView, type Path, type Program, pathKey } from "../../program.js";
import { layoutOf } from "../../source/layout.js";
import { type AccessSpan, regionsAround } from "../../source/regions.js";
import { siteKey } from "../../source/site.js";
import { elementUpdateAt } from "../../source/updates.js";
import { chooseLock } from "./lock-choice.js";
import { useAtomics, useAtomicsTitle } from "./use-atomics.js";
import { wrapInLock } from "./wrap-in-lock.js";

/** An access of the function at hand to the object that a finding is about. */
type Access = Extract<FunctionView["model"]["nodes"][number]["event"], { kind: "access" }>;

/** All of the function's accesses to the object that hold no lock, in the function's own terms. */
interface Bare {
  readonly own: Access;
  readonly accesses: readonly Access[];
  readonly fn: FunctionView;
}

/** "Wrap in lock" for an access without one. @param guard the lock that guards the object elsewhere */
export function wrapFix(
  program: Program,
  access: AccessSummary,
  guard: Path | undefined,
  finding: Finding,
): readonly Fix[] {
  const bare = bareAccesses(program, access);
  return bare ? wrapSpans(program, access, bare, bare.accesses.map(spanOf), guard, finding) : [];
}

/** The same for what is read from `access` to the end of `last`, where both stand in one expression. */
export function wrapReadsFix(
  program: Program,
  access: AccessSummary,
  last: AccessSummary,
  guard: Path,
  finding: Finding,
): readonly Fix[] {
  const bare = bareAccesses(program, access);
  // To a region, what must be inside is a write.
  const span: AccessSpan = { start: access.site.start, end: last.site.end, writes: true };
  return bare ? wrapSpans(program, access, bare, [span], guard, finding) : [];
}

function wrapSpans(
  program: Program,
  access: AccessSummary,
  { own, fn }: Bare,
  spans: readonly AccessSpan[],
  guard: Path | undefined,
  finding: Finding,
): readonly Fix[] {
  const local = { object: own.object, site: own.site, hasOwnLock: own.holder.ownLock };
  const lock = chooseLock(program, access, local, guard);
  if (!lock) return [];
  const { file } = own.site;
  const edits = (): readonly Edit[] | undefined => {
    const tree = program.bench.tree(file);
    const regions = tree && regionsAround(tree, spans, manualLocking(fn));
    if (!tree || !regions) return undefined;
    return wrapInLock({
      file,
      regions,
      lock,
      layout: layoutOf(tree),
      allowsUsing: program.bench.allowsUsing(file),
      gate: (candidate) => program.bench.accepts(candidate, finding),
    });
  };
  return [{ title: `Wrap in \`${lock.expression}\``, edits }];
}

/** Atomic operations in place of the function's plain updates of one element; none where one of them has no such form. */
export function atomicsFix(program: Program, access: AccessSummary, finding: Finding): readonly Fix[] {
  const bare = bareAccesses(program, access);
  if (!bare?.own.holder.integer) return [];
  const { file } = bare.own.site;
  const tree = program.bench.tree(file);
  const kind = bare.own.holder.bigint ? "bigint" : "number";
  const edits: Edit[] = [];
  let title: string | undefined;
  for (const { access: what, site } of bare.accesses) {
    if (what !== "update") continue;
    const update = tree && elementUpdateAt(tree, site.start, site.end);
    const change = update && useAtomics(file, update, kind);
    if (!change) return [];
    title ??= useAtomicsTitle(update);
    edits.push(...change);
  }
  if (title === undefined) return [];
  return [{ title, edits: () => (program.bench.accepts(edits, finding) ? edits : undefined) }];
}

function bareAccesses(program: Program, access: AccessSummary): Bare | undefined {
  const fn = program.functions.find(({ model }) => model.id === access.functionId);
  if (!fn) return undefined;
  const accesses: Access[] = [];
  for (const { node, locks } of fn.events()) {
    if (node.event.kind === "access" && isBare(node.event) && locks.must.size === 0) accesses.push(node.event);
  }
  const own = accesses.find(({ site }) => siteKey(site) === siteKey(access.site));
  if (!own) return undefined;
  const key = `${pathKey(own.object)}|${JSON.stringify(own.cell)}`;
  const same = accesses.filter(({ object, cell }) => `${pathKey(object)}|${JSON.stringify(cell)}` === key);
  return { own, accesses: same, fn };
}

/** An operation of a container is atomic by itself, and two of them are not. */
function isBare({ atomic, holder }: Access): boolean {
  return !atomic || holder.kind === "container";
}

function spanOf({ site, access }: Access): AccessSpan {
  return { start: site.start, end: site.end, writes: access !== "read" };
}

/** Where the function locks by hand: a region must not take in one end of such a section and not the other. */
export function manualLocking(fn: FunctionView): readonly number[] {
  const scoped = new Set<string>();
  const manual: { start: number; key: string }[] = [];
  for (const { node } of fn.events()) {
    const { event } = node;
    const key = siteKey(event.site);
    if (event.kind === "acquire" && event.by !== "manual") scoped.add(key);
    else if (event.kind === "acquire" || event.kind === "release") manual.push({ start: event.site.start, key });
  }
  return manual.filter(({ key }) => !scoped.has(key)).map(({ start }) => start);
}
