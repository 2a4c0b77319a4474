import { type AccessSummary, type FunctionView, type Program, type Publication, pathKey } from "../program.js";
import { decidesChange, writesNothing } from "../source/read-use.js";
import { siteKey } from "../source/site.js";

/** A flag by which a thread tells others that something is there, and what goes wrong. */
export interface Published extends Publication {
  /** `late`: what the flag tells of is written after it; `plain`: nothing keeps the two in order. */
  readonly fault: "late" | "plain";
}

/** Whether other threads see the access in its order among the others. */
function isOrdered({ atomic, holder }: AccessSummary): boolean {
  return atomic || holder.kind !== "view";
}

/** What goes wrong between the write of the flag and that of what it tells of, if anything. */
export function faultOf(program: Program, publication: Publication): Published["fault"] | undefined {
  const { writer, flag, payload, look } = publication;
  const fn = program.view(flag.functionId);
  if (!fn) return undefined;
  const [isFirst, isLast] = orderOf(fn, flag, payload);
  if (isFirst && !isTakenBack(program, flag) && !isWrittenElsewhere(writer, flag) && waitsAlike(flag, payload)) {
    return "late";
  }
  // Where only one side is atomic, that is a finding of its own, unless the plain side holds a lock.
  const isPlain = !isOrdered(flag) && (flag.held.length > 0 || ("access" in look && !isOrdered(look)));
  return isLast && isPlain ? "plain" : undefined;
}

/** Whether the reader comes to the use because of what the flag says. */
export function isDecided(program: Program, { look, use, isHeard }: Publication): boolean {
  if (isHeard) return true;
  const tree = look.site.file === use.site.file ? program.bench.tree(look.site.file) : undefined;
  return tree !== undefined && decidesChange(tree, look.site, use.site);
}

/** Whether the flag is written before the payload and never after it, and the other way round. */
function orderOf(fn: FunctionView, flag: AccessSummary, payload: AccessSummary): readonly [boolean, boolean] {
  const flags: number[] = [];
  const payloads: number[] = [];
  const own = siteKey(flag.site);
  const words = fn.model.nodes.flatMap(({ event }) =>
    event.kind === "access" && siteKey(event.site) === own && event.access !== "read" ? [wordOf(event)] : [],
  );
  for (const [index, { event }] of fn.model.nodes.entries()) {
    if (event.kind !== "access" || event.access === "read") continue;
    if (words.includes(wordOf(event))) flags.push(index);
    else if (siteKey(event.site) === siteKey(payload.site)) payloads.push(index);
  }
  const behind = (from: number[], to: number[]): boolean =>
    from.some((index) => to.some((other) => fn.reachable(index).has(other)));
  const isBefore = behind(flags, payloads);
  const isAfter = behind(payloads, flags);
  return [isBefore && !isAfter, isAfter && !isBefore];
}

function wordOf({ object, cell }: Pick<AccessSummary, "object" | "cell">): string {
  return `${pathKey(object)}|${JSON.stringify(cell)}`;
}

/** Whether it is set to what says that nothing is there. */
function isTakenBack(program: Program, { site }: AccessSummary): boolean {
  const tree = program.bench.tree(site.file);
  return !tree || writesNothing(tree, site);
}

/** Whether the thread writes the flag at another place as well, which may be the one that counts. */
function isWrittenElsewhere({ accesses }: Publication["writer"], flag: AccessSummary): boolean {
  return accesses.some(
    (other) => other.access !== "read" && wordOf(other) === wordOf(flag) && other.functionId !== flag.functionId,
  );
}

/** Whether the thread has heard nothing between the two. */
function waitsAlike(flag: AccessSummary, payload: AccessSummary): boolean {
  return payload.waited.length <= flag.waited.length && payload.phases.join() === flag.phases.join();
}
